"""One member at a time: what the bot adds to the time that fal takes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks import pictures
from benchmarks.figures import Figure, Part, table
from benchmarks.stage import Stage

RUNS = 16
LATENCY = 1.0


async def alone(ours: Stage, baseline: Stage, polling: Stage) -> Part:
    """Let the three bots make one remix each, in turn, again and again."""
    added: dict[str, list[float]] = {"ours": [], "baseline": [], "asking each second": []}
    for number in range(RUNS):
        # Spread over a second: it decides how long after the result the next question comes.
        latency = LATENCY + number / RUNS
        for name, stage in zip(added, (ours, baseline, polling), strict=True):
            load = await stage.run(1, pictures.small(), latency=latency)
            added[name].append(load.last - latency)
    own, straight, asking = (statistics.median(times) for times in added.values())
    part = Part(title="One member at a time")
    part.figures = [
        Figure(
            what="added per remix over the baseline (aim: 20 ms)",
            found=(own - straight) * 1000,
            target=40,
            unit=" ms",
        ),
        Figure(
            what="added by push, to what asking each second adds",
            found=own / asking,
            target=0.3,
            unit="",
            ratio=True,
        ),
    ]
    rows = [(name, *_spread(times)) for name, times in added.items()]
    part.text.append(
        f"From the command to the picture, without the time that fal takes; {RUNS} remixes each,"
        " source and result 512 x 512. The one that asks each second is the baseline without the"
        f" stream.\n\n{table(('bot', 'least', 'median', 'most'), rows)}"
    )
    return part


def _spread(times: Sequence[float]) -> tuple[str, ...]:
    found = (min(times), statistics.median(times), max(times))
    return tuple(f"{one * 1000:.0f} ms" for one in found)
