"""Inside of a bot's process: the instant at which it kills itself, and a record of all instants."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from signal import SIGKILL

from storage import failpoints

KILLED = "torture: killed at "
"""Begins the last line of the log of a process that killed itself."""


class Trap:
    """Kills the process when a point is reached for the so many-th time.

    Args:
        record: A file that gets the name of each point that is reached; None records none.
    """

    def __init__(self, record: Path | None) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._record = None if record is None else os.open(record, flags, 0o600)
        self._name: str | None = None
        self._left = 0

    def set(self, name: str, nth: int) -> None:
        """Wait for a point to be reached for the `nth` time from now on."""
        self._left, self._name = nth, name

    def reach(self, name: str) -> None:
        """Hear of a point; called in whatever thread reaches it."""
        if self._record is not None:
            os.write(self._record, f"{name}\n".encode())
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            os.write(2, f"{KILLED}{name}\n".encode())
            os.kill(os.getpid(), SIGKILL)

    def listen(self, address: Path) -> None:
        """Let the trap be set anew by datagrams, `<nth> <name>`, as long as the process lives."""
        address.unlink(missing_ok=True)
        inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        inbox.bind(str(address))
        threading.Thread(target=self._heed, args=(inbox,), daemon=True).start()

    def _heed(self, inbox: socket.socket) -> None:
        while True:
            nth, _, name = inbox.recv(4096).decode().partition(" ")
            self.set(name, int(nth))


def arm(record: str | None, address: str, first: tuple[str, int] | None) -> None:
    """Arm the failpoints of this process.

    Args:
        record: See `Trap`.
        address: See `Trap.listen`.
        first: The point at which it dies, and how often it is reached until then.
    """
    trap = Trap(None if record is None else Path(record))
    if first is not None:
        trap.set(*first)
    trap.listen(Path(address))
    failpoints.arm(trap.reach)
