"""The process that decodes: reads tasks as JSON lines, answers each with one.

A decoder is the part of a bot most likely to be attacked. So it runs here, with a cap on
memory, without the bot's environment (and its secrets), and answers in text that the bot
checks: a pickle from a process that was taken over could run code in the bot.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bot.images import errands
from bot.images.faults import Fault, Unreadable
from bot.images.task import READY, Answer, Refusal, Task, from_line

_NICENESS: Final = 5


def main() -> None:
    """Serve until standard input ends. The argument is the memory allowed, in bytes."""
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints is no answer
    _confine(memory=int(sys.argv[1]))
    with suppress(BrokenPipeError):  # the bot was killed, and nobody waits for an answer
        os.write(answers, READY)
        for line in sys.stdin.buffer:
            task, seconds = from_line(line)
            answer = carry_out(task, seconds=seconds)
            os.write(answers, json.dumps(asdict(answer)).encode() + b"\n")


def carry_out(task: Task, *, seconds: int) -> Answer:
    """Carry out one task; no fault of a picture is raised."""
    # The bot ends a slow worker itself; this is for the case that it was killed meanwhile.
    signal.alarm(seconds)
    try:
        return errands.run(task)
    except Unreadable as error:
        return Refusal(reason=error.reason, detail=error.detail, fact=error.fact)
    except Exception as error:  # noqa: BLE001 - the process serves the next picture
        return Refusal(reason=Fault.FAILED, detail=f"{type(error).__name__}: {error}")
    finally:
        signal.alarm(0)


def _confine(*, memory: int) -> None:
    os.nice(_NICENESS)
    os.umask(0o077)
    # Ctrl-C reaches the whole process group; when to stop is for the bot to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(resource.RLIMIT_CORE, 0)  # a dump would hold members' pictures
    with suppress(OSError):  # only Linux tells, and only there the limit is kept
        _limit(resource.RLIMIT_AS, _address_space() + memory)


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _limit(kind: int, value: int) -> None:
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        value = min(value, most)
    resource.setrlimit(kind, (value, value))


if __name__ == "__main__":
    main()
