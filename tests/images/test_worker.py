"""The process that reads pictures, on its own."""

from __future__ import annotations

import os
import subprocess
import sys


def test_a_worker_whose_bot_was_killed_ends_without_a_word() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    ended = subprocess.run(
        [sys.executable, "-m", "bot.images.worker", str(1 << 30)],
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    assert (ended.returncode, ended.stderr) == (0, b"")
