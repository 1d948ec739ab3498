"""A SQLite file with all migrations and nothing else in it, made once and copied.

Making one takes eight times as long as opening one, and nearly every test of a database wants one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from storage.sqlite import SqliteDatabase

_made: list[bytes] = []


async def fresh(path: Path) -> SqliteDatabase:
    """Open the database at a path; where there is none, an empty one is put there first."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(await _template())
    return await SqliteDatabase.open(path)


async def _template() -> bytes:
    if not _made:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "template.db"
            await (await SqliteDatabase.open(path)).close()
            _made.append(path.read_bytes())
    return _made[0]
