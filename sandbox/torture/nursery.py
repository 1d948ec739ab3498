"""A process that has imported the bot and forks one for each start, so that a start is cheap.

Each child is the real bot in a process of its own: its own loop, connections, database and
workers, from the first line of `main` on. Only the imports were done before.

It is told what to start by lines of JSON on its standard input, and answers with the process id.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from bot import __main__ as entrance
from bot import serve
from bot.backends.pace import Pace
from bot.client import EXTENSIONS
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
class Birth:
    """One bot to be started."""

    settings: dict[str, str]
    """Its whole environment."""
    folder: str
    log: str
    """The file that gets its log."""
    inbox: str
    """Where its trap is set anew."""
    record: str | None = None
    first: tuple[str, int] | None = None
    """The point at which it dies, and how often it is reached until then."""
    arguments: tuple[str, ...] = ()
    """After `run`."""
    lease: float | None = None
    """Seconds, shorter than the settings allow; paid calls have less time then, too."""

    def line(self) -> str:
        """Say it to the nursery."""
        return json.dumps(asdict(self)) + "\n"


def main() -> None:
    """Start bots until the input ends, then end them all."""
    for name in EXTENSIONS:
        importlib.import_module(name)
    children: list[int] = []
    for line in sys.stdin:
        birth: dict[str, Any] = json.loads(line)
        child = os.fork()
        if child == 0:
            _live(Birth(**birth))
        children.append(child)
        print(child, flush=True)
    for child in children:
        _end(child)


def _live(birth: Birth) -> None:
    """Be the bot; never returns."""
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        log = os.open(birth.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.clear()
        os.environ.update(birth.settings)
        os.chdir(birth.folder)
        _hasten()
        if birth.lease is not None:
            _shorten(birth.lease)
        arm(birth.record, birth.inbox, birth.first)
        status = entrance.main(["run", *birth.arguments])
    finally:
        os._exit(status)


def _hasten() -> None:
    _defaults(Tempo).update(TEMPO)


def _shorten(lease: float) -> None:
    """Make the lease short, and all paid calls so short that they fit into it."""
    serve.Tempo = partial(_with_lease, lease)
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


def _end(child: int) -> None:
    # Until then even a dead child keeps its number, so that nobody else is met.
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


if __name__ == "__main__":
    main()
