"""Memory over thousands of remixes, and with photographs arriving; how late the loop is then."""

from __future__ import annotations

from benchmarks import pictures
from benchmarks.child import MIB, Child, Seen
from benchmarks.figures import Figure, Part
from benchmarks.stage import Stage, quantile

FEW, MANY, TOGETHER = 200, 2000, 50
IN_FLIGHT = 100
PHOTOGRAPHS = 40


async def memory(ours: Stage) -> Part:
    """Make thousands of remixes, then have many in flight."""
    part = Part(title="Memory")
    await _several(ours, FEW)
    before = _now(ours.child)
    await _several(ours, MANY - FEW)
    after = _now(ours.child)
    seen = ours.child.look()
    await ours.run(IN_FLIGHT, pictures.small(), latency=4)
    ours.child.stop_looking()
    part.figures = [
        _mib(f"main process, after {MANY} remixes beyond after {FEW}", after - before, 30),
        _mib(f"main process at {IN_FLIGHT} in flight", seen.main, 150),
    ]
    part.text.append(
        f"Resident after {FEW} remixes: {before / MIB:.0f} MB; after {MANY}: {after / MIB:.0f} MB."
    )
    return part


async def photographs(ours: Stage) -> Part:
    """Let members send photographs, and watch the event loop."""
    part = Part(title="Photographs of 12 megapixels")
    seen: Seen = ours.child.look()
    load = await ours.run(PHOTOGRAPHS, pictures.photograph(), latency=1, watch=True)
    ours.child.stop_looking()
    delays = load.bot["delays"]
    part.figures = [
        _late("p99", quantile(delays, 0.99), 20),
        _late("most", max(delays), 100),
        _mib("all processes together, at most", seen.together, 300),
    ]
    part.text.append(
        f"{PHOTOGRAPHS} members at once; the last was shown after {load.last:.1f} s, and the main"
        f" process had {seen.main / MIB:.0f} MB at most. The event loop is looked at"
        f" {len(delays) / load.last:.0f} times a second."
    )
    return part


async def _several(stage: Stage, count: int) -> None:
    for _ in range(count // TOGETHER):
        await stage.run(TOGETHER, pictures.small(), latency=0.1)


def _now(child: Child) -> int:
    return child.resident()


def _mib(what: str, found: int, target: float) -> Figure:
    return Figure(what=what, found=found / MIB, target=target, unit=" MB")


def _late(what: str, found: float, target: float) -> Figure:
    return Figure(what=f"event loop late, {what}", found=found * 1000, target=target, unit=" ms")
