"""Where tests keep their files: in memory, where that can be.

Every commit waits until the disk has all of it, which is most of what a test of the database waits
for, and shows nothing: a test that cuts the power plays the disk itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - made private by pytest and tempfile, as below /tmp
ROOM = 3 << 30
"""Bytes that a run of all tests is sure to need less than."""


def take() -> None:
    """Have temporary files made in memory, by this process and all below it.

    Whoever set TMPDIR has chosen, and nothing changes.
    """
    if "TMPDIR" not in os.environ and _has_room() and _can_execute():
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _has_room() -> bool:
    return MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM


def _can_execute() -> bool:
    """Whether scripts can be run there: in many containers they cannot."""
    try:
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            script = Path(folder) / "script"
            script.write_text("#!/bin/sh\n")
            script.chmod(0o700)
            return subprocess.run([script], check=False).returncode == 0
    except OSError:
        return False
