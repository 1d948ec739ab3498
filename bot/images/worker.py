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

from bot.images.anatomy import MAX_FILE_BYTES
from bot.images.develop import develop, take_apart
from bot.images.faults import Fault, Unreadable
from bot.images.task import READY, Normalised, Refusal, Task

_NICENESS: Final = 5


def main() -> None:
    """Serve until standard input ends. The argument is the memory allowed, in bytes."""
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints is no answer
    _confine(memory=int(sys.argv[1]))
    os.write(answers, READY)
    for line in sys.stdin.buffer:
        answer = carry_out(Task(**json.loads(line)))
        os.write(answers, json.dumps(asdict(answer)).encode() + b"\n")


def carry_out(task: Task) -> Normalised | Refusal:
    """Read one picture and write what became of it; no fault of the picture is raised."""
    # The bot ends a slow worker itself; this is for the case that it was killed meanwhile.
    signal.alarm(task.seconds)
    try:
        return _read_and_write(task)
    except Unreadable as error:
        return Refusal(reason=error.reason, detail=error.detail)
    except Exception as error:  # noqa: BLE001 - the process serves the next picture
        return Refusal(reason=Fault.FAILED, detail=f"{type(error).__name__}: {error}")
    finally:
        signal.alarm(0)


def _read_and_write(task: Task) -> Normalised:
    with Path(task.raw).open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    anatomy = take_apart(data)
    del data  # 25 MB that the decoder may need
    encoded, reencoded = develop(anatomy, max_bytes=task.max_bytes, max_side=task.max_side)
    Path(task.to).write_bytes(encoded.data)
    return Normalised(
        media_type=encoded.media_type,
        width=encoded.width,
        height=encoded.height,
        size=len(encoded.data),
        animated=anatomy.animated,
        reencoded=reencoded,
    )


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
