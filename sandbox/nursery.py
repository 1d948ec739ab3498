"""Bots that start at once: a process that has imported the bot once forks for each of them.

Importing the bot takes a second of a processor, and the tests start it hundreds of times. What is
born here is still a process of its own, with its own arguments, environment, folder, streams,
signals and exit status; it only finds all modules imported. Tests of the start itself use
`python -m bot` as an operator does.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")
"""What a process gets of this one's environment: no setting may slip in."""
IMPORTED = ("bot.__main__", "bot.images.images", "bot.privacy.eraser", "certifi")
_FDS = 4
"""What comes with each order: the socket that it is told on, and the three streams."""


def kept_environment() -> dict[str, str]:
    """Give the environment of a process that is to know no setting of whoever started this one."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT)}


class Child:
    """A process that was born, as far as its parent need know it."""

    def __init__(self, pid: int, told: asyncio.StreamReader, wire: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._told, self._wire = told, wire
        self._end = asyncio.create_task(self._await_end())

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def wait(self) -> int:
        """Wait until it has ended; gives its exit status, negative for a signal."""
        return await asyncio.shield(self._end)

    async def _await_end(self) -> int:
        self.returncode = int(await self._told.readline())
        self._wire.close()
        return self.returncode


class Nursery:
    """The process that forks; closing it ends whatever was born and still lives."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "sandbox.nursery", str(theirs.fileno())),
                env=kept_environment(),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it, and whatever it bore."""
        self._control.close()
        self._process.wait()

    async def bear(
        self,
        *arguments: str,
        module: str = "bot",
        environment: Mapping[str, str],
        folder: Path,
        streams: tuple[int, int, int],
    ) -> Child:
        """Start `python -m` with a module.

        Args:
            arguments: Its command line.
            module: The bot, or what runs the bot after doing something to it.
            environment: All of it.
            folder: Where it runs.
            streams: The file descriptors that become its input, output and errors; they stay
                open here.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"!"], [theirs.fileno(), *streams])
        told, wire = await asyncio.open_connection(sock=ours)
        order = {
            "module": module,
            "arguments": arguments,
            "environment": dict(environment),
            "folder": str(folder),
        }
        wire.write(json.dumps(order).encode() + b"\n")
        return Child(int(await told.readline()), told, wire)


# From here on: what runs in the process that forks, and in what it bears.


@dataclass(frozen=True)
class _Living:
    pid: int
    wire: socket.socket


@dataclass(frozen=True)
class _Newborn:
    wire: socket.socket
    streams: Sequence[int]


def main(control: socket.socket) -> None:
    """Import the bot, and fork when told to; in what was born, run what was ordered."""
    loaded_late = importlib.import_module("bot.backends.http").LOADED_LATE
    for name in (*IMPORTED, *loaded_late, *_parts_of_cogs()):
        importlib.import_module(name)
    del sys.modules["bot.__main__"]  # it is run, not imported
    gc.collect()
    gc.freeze()
    if (newborn := _serve(control)) is not None:
        runpy.run_module(_become(newborn), run_name="__main__", alter_sys=True)


def _parts_of_cogs() -> list[str]:
    """What the extensions import; they themselves are carried out anew when they are loaded."""
    extensions = importlib.import_module("bot.client").EXTENSIONS
    modules = pkgutil.iter_modules([str(ROOT / "cogs")], "cogs.")
    return [module.name for module in modules if module.name not in extensions]


def _serve(control: socket.socket) -> _Newborn | None:
    """Fork for each order; returns in what was born, and with None when the orders end."""
    with selectors.DefaultSelector() as selector, control:
        selector.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not control:
                    selector.unregister(key.fileobj)
                    _bury(key.fd, key.data)
                    continue
                order, fds, _, _ = socket.recv_fds(control, 1, _FDS)
                if not order:
                    _end_all(selector)
                    return None
                if (newborn := _fork(selector, fds)) is not None:
                    return newborn


def _fork(selector: selectors.BaseSelector, fds: Sequence[int]) -> _Newborn | None:
    if threading.active_count() > 1:
        raise RuntimeError("a module starts a thread when imported: such a process must not fork")
    wire, streams = socket.socket(fileno=fds[0]), fds[1:]
    # The writing end stays open in the newborn alone, until it ends, however it ends.
    life, held = os.pipe()
    pid = os.fork()
    if pid == 0:
        for key in selector.get_map().values():
            if key.data is not None:
                os.close(key.fd)
                key.data.wire.close()
        os.close(life)
        return _Newborn(wire, streams)
    for fd in (held, *streams):
        os.close(fd)
    wire.sendall(b"%d\n" % pid)
    selector.register(life, selectors.EVENT_READ, _Living(pid, wire))
    return None


def _bury(life: int, living: _Living) -> None:
    os.close(life)
    _, status = os.waitpid(living.pid, 0)
    with living.wire, suppress(OSError):  # nobody may be left to hear it
        living.wire.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _end_all(selector: selectors.BaseSelector) -> None:
    for key in list(selector.get_map().values()):
        if key.data is not None:
            os.kill(key.data.pid, signal.SIGKILL)
            _bury(key.fd, key.data)


def _become(newborn: _Newborn) -> str:
    """Put on what the order says: folder, environment, arguments and streams; gives the module."""
    with newborn.wire, newborn.wire.makefile() as file:
        order: dict[str, Any] = json.loads(file.readline())
    for number, fd in enumerate(newborn.streams):
        os.dup2(fd, number)
        os.close(fd)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv[1:] = order["arguments"]
    sys.path[0] = order["folder"]
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - they live as long as the process
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - as above
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115 - as above
    return order["module"]


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
