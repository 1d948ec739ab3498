"""Members who ask in the same instant: acknowledgements, the last picture, cost of each remix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks import pictures
from benchmarks.figures import Figure, Part, ms, table
from benchmarks.stage import Load, Stage
from sandbox.discord import Upload

LOADS = (1, 10, 30, 100, 300)
LATENCIES = (1.0, 8.0)
ENGINE = "bot.jobs.engine."
"""Transactions of this module are the process's own, such as its heartbeat."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One combination of what is varied."""

    latency: float
    normalised: bool
    count: int

    @property
    def picture(self) -> Upload:
        """The source."""
        return pictures.wide() if self.normalised else pictures.small()


Loads = Mapping[Case, tuple[Load, Load]]
"""Ours and the baseline's."""


async def crowds(ours: Stage, baseline: Stage, counts: Sequence[int] = LOADS) -> Part:
    """Run every load on both bots, one after the other."""
    found: dict[Case, tuple[Load, Load]] = {}
    for latency in LATENCIES:
        for normalised in (False, True):
            for count in counts:
                case = Case(latency=latency, normalised=normalised, count=count)
                found[case] = (await _run(ours, case), await _run(baseline, case))
    part = Part(title="Members who ask in the same instant")
    part.figures = list(_figures(found))
    part.text = [_times(found, normalised=False), _times(found, normalised=True), _costs(found)]
    return part


async def _run(stage: Stage, case: Case) -> Load:
    return await stage.run(case.count, case.picture, latency=case.latency)


def _figures(found: Loads) -> Sequence[Figure]:
    def of(count: int, latency: float = 1.0) -> tuple[Load, Load]:
        return found[Case(latency=latency, normalised=False, count=count)]

    thirty, straight = of(30)
    crowd, _ = of(300)
    lasting, full = of(30, 8.0)[0], of(300, 8.0)[0]
    return [
        Figure(
            what="last of 30 at once, behind the baseline's last",
            found=thirty.last - straight.last,
            target=0.4,
            unit=" s",
        ),
        _ack("30 at once, p99", thirty, 0.99, 100),
        _ack("300 in the same instant, p50", crowd, 0.5, 350),
        _ack("300 in the same instant, p99", crowd, 0.99, 750),
        Figure(
            what="requests to Discord per remix",
            found=lasting.requests / lasting.count,
            target=2,
            unit="",
        ),
        Figure(what="transactions per remix", found=_transactions(lasting), target=5, unit=""),
        Figure(
            what="of 300 in the same instant, not answered in three seconds",
            found=max(crowd.lost, full.lost),
            target=0,
            unit="",
        ),
        Figure(
            what="processor time per remix, 300 in flight to 30",
            found=full.cpu / lasting.cpu,
            target=1.3,
            unit="",
            ratio=True,
        ),
    ]


def _ack(what: str, load: Load, share: float, target: float) -> Figure:
    found = load.acknowledged(share) * 1000
    return Figure(what=f"acknowledged, {what}", found=found, target=target, unit=" ms")


def _transactions(load: Load) -> float:
    """Those of one remix."""
    made: Mapping[str, int] = load.bot["transactions"]
    return sum(times for name, times in made.items() if not name.startswith(ENGINE)) / load.count


def _times(found: Loads, *, normalised: bool) -> str:
    size = pictures.WIDE if normalised else pictures.SMALL
    heads = (
        *("members", "fal takes", "acknowledged p50, p99", "sent p50, p99"),
        *("half shown", "last shown", "baseline: acknowledged", "half shown", "last shown"),
    )
    rows = [
        (
            str(case.count),
            f"{case.latency:.0f} s",
            f"{ms(ours.acknowledged(0.5))}, {ms(ours.acknowledged(0.99))}",
            f"{ms(ours.answered(0.5))}, {ms(ours.answered(0.99))}",
            f"{ours.middle:.2f} s",
            f"{ours.last:.2f} s",
            f"{ms(straight.acknowledged(0.5))}, {ms(straight.acknowledged(0.99))}",
            f"{straight.middle:.2f} s",
            f"{straight.last:.2f} s",
        )
        for case, (ours, straight) in found.items()
        if case.normalised is normalised
    ]
    how = "must be normalised" if normalised else "fits as it is"
    return f"A source of {size[0]} x {size[1]}, which {how}; milliseconds:\n\n{table(heads, rows)}"


def _costs(found: Loads) -> str:
    heads = ("members", "processor time", "baseline's", "until answered", "baseline's", "reads")
    rows = [
        (
            str(case.count),
            f"{ours.cpu * 1000:.1f} ms",
            f"{straight.cpu * 1000:.1f} ms",
            f"{ours.spent(1) / case.count * 1000:.2f} ms",
            f"{straight.spent(1) / case.count * 1000:.2f} ms",
            f"{ours.bot['reads'] / case.count:.1f}",
        )
        for case, (ours, straight) in found.items()
        if case.latency == LATENCIES[0] and not case.normalised
    ]
    return (
        "What one remix costs the bot's own process, all its threads together, and how much of it"
        f" is spent until the last answer is sent:\n\n{table(heads, rows)}"
    )
