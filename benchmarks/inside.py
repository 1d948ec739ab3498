"""A bot's process with probes: `python -m benchmarks.inside ours|traced|baseline|polling`.

Each word on standard input is answered with one line of JSON on standard output: `reset` begins
anew, `watch` does so and watches the event loop, `read` gives what was measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from benchmarks.baseline import serve_baseline
from benchmarks.probe import Probe
from bot import logs
from bot.serve import serve
from bot.settings import Settings, load
from storage import failpoints


def main() -> None:
    """Run one of the bots until it is told to stop."""
    probe = Probe()
    probe.install()
    settings = load(None)
    logs.setup(level=settings.log_level, form=settings.log_format, secrets=settings.secrets)
    kind = sys.argv[1]
    if kind == "traced":
        failpoints.arm(probe.note)
    bots: dict[str, Callable[[Settings], Coroutine[None, None, None]]] = {
        "ours": serve,
        "traced": serve,
        "baseline": lambda given: serve_baseline(given, pause=None),
        "polling": lambda given: serve_baseline(given, pause=1.0),
    }
    asyncio.run(_serve(bots[kind](settings), probe))


async def _serve(bot: Coroutine[None, None, None], probe: Probe) -> None:
    loop = asyncio.get_running_loop()
    desk = _Desk(probe)
    loop.add_reader(sys.stdin.fileno(), desk.answer)
    try:
        await bot
    finally:
        loop.remove_reader(sys.stdin.fileno())


class _Desk:
    """Answers what is asked on standard input."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._watching: asyncio.Task[None] | None = None

    def answer(self) -> None:
        """Answer; nothing more to read means that whoever asks is gone."""
        asked = os.read(sys.stdin.fileno(), 100).split()
        if not asked:
            signal.raise_signal(signal.SIGTERM)
        for word in asked:
            said = self._probe.report() if word == b"read" else self._begin(watch=word == b"watch")
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()

    def _begin(self, *, watch: bool) -> dict[str, Any]:
        self._probe.reset()
        if watch:
            self._watching = asyncio.create_task(self._probe.watch_loop())
        return {}


if __name__ == "__main__":
    main()
