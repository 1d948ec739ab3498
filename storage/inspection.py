"""Looking at a SQLite file without changing it, also while the bot has it open."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from storage.database import BrokenError
from storage.migrate import migrations
from storage.sqlite_faults import BROKEN, explained


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What was found."""

    exists: bool
    version: int
    """Of its schema."""
    newest: int
    """The schema that this code brings."""
    in_use: bool
    """Whether a process has it open as its own."""


async def require_sound(path: Path) -> None:
    """Check before a start that the file is whole, if there is one.

    It reads all of it: 0.3 s for 200 MB that the system has in memory (November 2026).

    Raises:
        StorageError: It is damaged, or cannot be read.
    """
    await asyncio.to_thread(_inspect, path)


async def inspect(path: Path) -> Inspection:
    """Read a file's schema and check that it is whole.

    Raises:
        StorageError: It is damaged, or cannot be read.
    """
    return await asyncio.to_thread(_inspect, path)


def _inspect(path: Path) -> Inspection:
    newest = migrations()[-1][0]
    if not path.exists():
        return Inspection(exists=False, version=0, newest=newest, in_use=False)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as found:
            [(sound,)] = found.execute("PRAGMA quick_check(1)")
            version = _version(found)
    except sqlite3.Error as error:
        raise explained(error) from error
    if sound != "ok":
        what = str(sound).splitlines()[-1]
        raise BrokenError(f"{path} is damaged ({what}): {BROKEN[sqlite3.SQLITE_CORRUPT]}.")
    return Inspection(exists=True, version=version, newest=newest, in_use=_in_use(path))


def _version(found: sqlite3.Connection) -> int:
    # A first start that was cut off leaves a file without any table, which the next one fills.
    tables = found.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").fetchall()
    if not tables:
        return 0
    [(version,)] = found.execute("SELECT version FROM schema_version")
    return int(version)


def _in_use(path: Path) -> bool:
    try:
        handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
