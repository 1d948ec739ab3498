"""What the tests of failing disks share."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

from sandbox.process import ROOT
from storage import facts
from storage.sqlite import SqliteDatabase
from tests.storage.rows import do

PAGE = 4096
BULK = "x" * 3000
"""Most of a page."""


async def run(*command: str) -> str:
    """Run a program with our packages at hand; gives what it prints, its complaints last."""
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return done.stdout + done.stderr


async def filled(folder: Path) -> Path:
    """A file with more pages than a start reads, all of them in their place."""
    path = folder / "bot.db"
    database = await SqliteDatabase.open(path)
    for number in range(50):
        await do(database, facts.put, f"fact-{number}", BULK)
    await database.close()
    return path
