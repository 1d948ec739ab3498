"""Bots of the nursery, as the harness holds them: started, set a trap, killed, their log read."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Self

from sandbox.process import KEPT, ROOT
from sandbox.torture.nursery import Birth
from sandbox.torture.trap import KILLED


class Bot:
    """One process of the bot."""

    def __init__(self, process_id: int, birth: Birth) -> None:
        self._id = process_id
        self._birth = birth
        self._handle = os.pidfd_open(process_id)
        self.dead = asyncio.Event()
        """Set once it has ended, however."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._handle, self._bury)

    @property
    def lines(self) -> list[str]:
        """Its log so far."""
        return Path(self._birth.log).read_text(errors="replace").splitlines()

    @property
    def killed_at(self) -> str | None:
        """The point at which it killed itself; None where it did not."""
        last = next(iter(self.lines[-1:]), "")
        return last.removeprefix(KILLED) if last.startswith(KILLED) else None

    def set_trap(self, name: str, nth: int) -> None:
        """Let it die when a point is reached for the `nth` time from now on."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(f"{nth} {name}".encode(), self._birth.inbox)

    async def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.send(SIGKILL)
        await self.dead.wait()

    async def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        self.send(SIGTERM)
        await self.dead.wait()

    def send(self, number: int) -> None:
        """Send it a signal, if it is there."""
        with suppress(ProcessLookupError):
            os.kill(self._id, number)

    def _bury(self) -> None:
        self._loop.remove_reader(self._handle)
        os.close(self._handle)
        self.dead.set()


class Nursery:
    """The process that forks bots; use it with `async with`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._births = 0

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sandbox.torture.nursery"),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def start(
        self,
        settings: Mapping[str, str],
        *,
        first: tuple[str, int] | None = None,
        record: Path | None = None,
        arguments: tuple[str, ...] = (),
        lease: float | None = None,
    ) -> Bot:
        """Start a bot.

        Args:
            settings: The only ones that it gets.
            first: The point at which it dies, and how often it is reached until then.
            record: A file that gets the names of all points it reaches.
            arguments: What follows `run` on its command line.
            lease: Seconds; shorter than LEASE_SECONDS may be.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._births += 1
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        birth = Birth(
            settings={**kept, "PYTHONPATH": str(ROOT), **settings},
            folder=str(self._folder),
            log=str(self._folder / f"bot-{self._births}.log"),
            inbox=str(self._folder / f"inbox-{self._births}"),
            record=None if record is None else str(record),
            first=first,
            arguments=arguments,
            lease=lease,
        )
        self._process.stdin.write(birth.line().encode())
        return Bot(int(await self._process.stdout.readline()), birth)
