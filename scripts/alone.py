"""Run a command, and fail if it ends well but leaves a process behind.

On Linux this process becomes the parent of whatever outlives its own parent ("child subreaper"), so
that even a process in a session of its own, with an environment of its own, is found.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
GRACE = 5.0
"""Seconds that a process has to end by itself after the command."""


def adopt() -> None:
    """Become the parent of every orphan below this process.

    Raises:
        OSError: The system has no such thing.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def children() -> Iterator[int]:
    """Yield the ids of this process's children that are still running."""
    for path in Path("/proc/self/task").glob("*/children"):
        for pid in path.read_text().split():
            yield int(pid)


def reap() -> bool:
    """Collect what has ended; say whether anything is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def left_behind() -> list[str]:
    """Wait for what is left to end; what does not is described, and killed with all below it."""
    until = time.monotonic() + GRACE
    while reap() and time.monotonic() < until:
        time.sleep(0.05)
    found: list[str] = []
    while reap():  # a killed process leaves its own children to this one
        found += [line for pid in children() if (line := _kill(pid))]
        time.sleep(0.05)
    return found


def _kill(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        return ""  # it ended by itself in this instant
    if not command:
        return ""  # it has ended, and is only not yet collected
    return f"{pid} {command.replace(bytes(1), b' ').decode(errors='replace').strip()}"


def main(command: Sequence[str]) -> int:
    adopt()
    status = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    left = left_behind()
    for one in left:
        print(f"Left behind, and killed: {one}", file=sys.stderr)
    return status or (1 if left else 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
