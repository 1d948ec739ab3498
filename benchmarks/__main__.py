"""`make bench`: measure the bot and the baseline against the stand-ins, and write the page.

Without arguments all parts are measured and `docs/performance.md` is written; with names of parts
only these are, and printed. The exit status is 1 where a ratio that holds on any machine fails.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks import page, pictures
from benchmarks.alone import alone
from benchmarks.crowds import LOADS, crowds
from benchmarks.figures import Part
from benchmarks.memory import memory, photographs
from benchmarks.reservation import reservation
from benchmarks.servers import servers
from benchmarks.stage import Stage, stage
from benchmarks.start import start
from benchmarks.timeline import timeline

PARTS = (
    "reservation",
    "start",
    "alone",
    "timeline",
    "crowds",
    "photographs",
    "memory",
    "servers",
)
"""In the order in which they are played."""


class Bench:
    """The stages, each set up once, and the parts that are played on them."""

    def __init__(self, folder: Path, stack: AsyncExitStack, counts: Sequence[int]) -> None:
        self._folder = folder
        self._stack = stack
        self._counts = counts
        self._stages: dict[str, Stage] = {}
        self._result = pictures.png(pictures.SMALL)

    @property
    def parts(self) -> dict[str, Callable[[], Awaitable[Part]]]:
        """By name, in the order of `PARTS`."""
        made = (
            lambda: reservation(self._folder),
            lambda: start(self._folder / "start", self._result),
            self._alone,
            self._timeline,
            self._crowds,
            self._photographs,
            self._memory,
            self._servers,
        )
        return dict(zip(PARTS, made, strict=True))

    async def _alone(self) -> Part:
        ours, baseline = await self._stage("ours"), await self._stage("baseline")
        return await alone(ours, baseline, await self._stage("polling"))

    async def _timeline(self) -> Part:
        return await timeline(await self._stage("traced"))

    async def _crowds(self) -> Part:
        ours, baseline = await self._stage("ours"), await self._stage("baseline")
        return await crowds(ours, baseline, self._counts)

    # A process that has done nothing yet, so that what it holds is its own.

    async def _photographs(self) -> Part:
        return await photographs(await self._stage("ours", "photographs"))

    async def _memory(self) -> Part:
        return await memory(await self._stage("ours", "memory"))

    async def _servers(self) -> Part:
        return await servers(await self._stage("ours", "servers"))

    async def _stage(self, kind: str, name: str = "") -> Stage:
        """A stage, whose bot has already made its first remixes."""
        key = name or kind
        if key not in self._stages:
            opened = stage(kind, self._folder / key, self._result)
            self._stages[key] = await self._stack.enter_async_context(opened)
            await self._stages[key].ready()
            await self._stages[key].run(5, pictures.small(), latency=0.1)
        return self._stages[key]


def main() -> int:
    """Measure; returns the exit status."""
    parser = _parser()
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - {*PARTS}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    begun = time.monotonic()
    parts = asyncio.run(_measure(arguments.parts, arguments.members))
    minutes = (time.monotonic() - begun) / 60
    if arguments.parts or tuple(arguments.members) != LOADS:
        sys.stdout.write(page.measured(parts, minutes) + "\n")
    else:
        page.write(parts, minutes)
        sys.stdout.write(page.summary(parts) + "\n")
    failed = [one.what for part in parts for one in part.figures if one.ratio and not one.met]
    for what in failed:
        sys.stdout.write(f"FAILED: {what}\n")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument(
        "--members",
        type=lambda text: [int(number) for number in text.split(",")],
        default=list(LOADS),
        help="how many ask at once; 30 and 300 are among them",
    )
    return parser


async def _measure(wanted: Sequence[str], counts: Sequence[int]) -> list[Part]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with AsyncExitStack() as stack:
            bench = Bench(Path(folder), stack, counts)
            found: list[Part] = []
            for name in wanted or bench.parts:
                begun = time.monotonic()
                found.append(await bench.parts[name]())
                sys.stderr.write(f"{name}: {time.monotonic() - begun:.0f} s\n")
            return found


if __name__ == "__main__":
    sys.exit(main())
