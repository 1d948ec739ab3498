"""Where the time of one remix goes: between which two instants of the bot's process how much."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from benchmarks import pictures
from benchmarks.figures import Part, table
from benchmarks.stage import Stage

RUNS = 12
LATENCY = 1.0

BEGIN = "db look before"
STEPS = (
    ("the order is checked, reserved and answered", "discord POST *callback answered"),
    ("the source is asked for", "http GET *attachments* before"),
    ("the source arrives", "http GET *attachments* read"),
    ("the source is checked and kept", "spool commit after"),
    ("the call is written down", "db *_write_intent.work commit after"),
    ("the call is prepared and connected", "http POST /queue/* before"),
    ("the call is sent, with the source in it", "http POST /queue/* sent"),
    ("fal works, and says that it is done", "http GET *requests/[*] before"),
    ("the result's link arrives", "http GET *requests/[*] read"),
    ("the result arrives", "http GET *files/* read"),
    ("the result is checked and kept", "spool commit after"),
    ("the end is booked", "db *Run.end.work commit after"),
    ("the card is shown", "discord PATCH *original answered"),
)
"""What the bot does, each up to an instant of `bot.instants`: * is anything, [*] is itself."""


class OrderError(Exception):
    """Something was not done, or not when it was expected."""


@dataclass(frozen=True)
class Instant:
    """One that was reached."""

    at: float
    """Seconds on a clock that stands nowhere."""
    spent: float
    """Processor time of the process until then; seconds."""
    name: str


async def timeline(traced: Stage) -> Part:
    """Let one member remix again and again, and find the middle of what each step took."""
    taken: list[list[Instant]] = []
    missed = 0
    while len(taken) < RUNS:
        load = await traced.run(1, pictures.small(), latency=LATENCY)
        try:
            taken.append(list(_steps([Instant(*one) for one in load.bot["instants"]])))
        except OrderError:
            # A job may begin while its answer is still on its way.
            missed += 1
            if missed == RUNS:
                raise
    rows: list[tuple[str, ...]] = []
    for number, (what, _) in enumerate(STEPS):
        pairs = [(run[number], run[number + 1]) for run in taken]
        passed = statistics.median(end.at - begin.at for begin, end in pairs)
        spent = statistics.median(end.spent - begin.spent for begin, end in pairs)
        rows.append((what, _ms(passed), _ms(spent)))
    text = (
        f"Middles of {RUNS} remixes of one member, of whose time fal takes {LATENCY:g} s;"
        " those whose steps overlap are left out. The one who notes the instants is in the"
        " figures, too.\n\n" + table(("until", "passed", "processor time"), rows)
    )
    return Part(title="Where the time of one remix goes", text=[text])


def _steps(reached: Sequence[Instant]) -> Iterator[Instant]:
    """Give the instant with which each step ends, after the one with which the first begins.

    Raises:
        OrderError: One was not reached in this order.
    """
    left = iter(reached)
    for name in (BEGIN, *(name for _, name in STEPS)):
        found = next((one for one in left if fnmatchcase(one.name, name)), None)
        if found is None:
            raise OrderError(f"no instant {name!r} in its place; see `bot.instants` for the names")
        yield found


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
