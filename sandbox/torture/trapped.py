"""The bot with a trap in it and with little patience: what is born for the sweep in its place."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from bot import __main__ as entrance
from bot import serve
from bot.backends.pace import Pace
from bot.jobs.context import Tempo
from sandbox.torture.trap import arm

# What is waited for is the same, but so that a kill costs seconds: seconds.
TEMPO: dict[str, float] = {
    "late_gap": 0.5,
    "sweep": 1.0,
    "retry_first": 0.2,
    "answer_within": 5.0,
    "stop_showing": 2.0,
    # What a webhook may still tell of a call is waited for until six seconds after its intent;
    # the backend's own deadline of 600 is counted in.
    "hear_margin": -594.0,
}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a bot is started with, beside its settings and arguments."""

    inbox: str
    """Where its trap is set anew."""
    record: str | None = None
    """The file that gets the names of all points it reaches."""
    first: tuple[str, int] | None = None
    """The point at which it dies, and how often it is reached until then."""
    lease: float | None = None
    """Seconds, shorter than the settings allow; paid calls have less time then, too."""

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def main(terms: Terms, arguments: Sequence[str]) -> int:
    """Run the bot; returns its exit status."""
    _hasten()
    if terms.lease is not None:
        _shorten(terms.lease)
    arm(terms.record, terms.inbox, terms.first)
    return entrance.main(["run", *arguments])


def _hasten() -> None:
    _defaults(Tempo).update(TEMPO)


def _shorten(lease: float) -> None:
    """Make the lease short, and all paid calls so short that they fit into it."""
    serve.Tempo = partial(_with_lease, lease)  # pyrefly: ignore[bad-assignment] - only called
    most = lease * 0.6
    _defaults(Pace).update(answer=most / 3, transfer=most / 3, submit=most / 3, synchronous=most)


def _with_lease(seconds: float, *, heartbeat: float, lease: float) -> Tempo:
    del lease  # What the settings say.
    return Tempo(heartbeat=heartbeat, lease=seconds)


def _defaults(of: type[object]) -> dict[str, Any]:
    """What a class of values takes where nobody says more; may be changed."""
    defaults = of.__init__.__kwdefaults__
    assert defaults is not None, f"{of.__name__} has no defaults"
    return defaults


if __name__ == "__main__":
    sys.exit(main(Terms(**json.loads(sys.argv[1])), sys.argv[2:]))
