"""SQLite's errors, as an operator may read them: what it is, and what to do next."""

from __future__ import annotations

import sqlite3

from storage.database import BrokenError, StorageError

BROKEN = {
    sqlite3.SQLITE_IOERR: (
        "the disk failed; look at the system's log and the disk, then start the bot again"
    ),
    sqlite3.SQLITE_CORRUPT: (
        "the file is damaged; stop the bot and put a backup in its place, see docs/operating.md"
    ),
    sqlite3.SQLITE_NOTADB: (
        "this is no SQLite file, or its head is damaged; correct DATABASE_URL or put a backup in "
        "its place, see docs/operating.md"
    ),
}
"""By primary code: after these, nothing that the connection says can be trusted."""
MENDABLE = {
    sqlite3.SQLITE_FULL: "the disk is full; make room",
    sqlite3.SQLITE_BUSY: "another program holds the file; end that one",
    sqlite3.SQLITE_READONLY: "the file cannot be written; let the bot's user write it",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; let the bot's user read and write it",
    sqlite3.SQLITE_PERM: "the file cannot be opened; let the bot's user read and write it",
}
NO_ROOM = frozenset({sqlite3.SQLITE_IOERR_SHMSIZE})
"""Extended codes that mean a full disk, though their primary one says that it failed.

SQLite says SQLITE_FULL for its other files; not for the one beside a file in WAL mode that all
programs share, which it makes when it is opened. Source: sqlite.org, "Result and Error Codes".
"""


def explained(error: sqlite3.Error) -> StorageError:
    """Give the error of our own for one of SQLite's; its text keeps SQLite's words."""
    # Misuse of the driver has none.
    extended: int = getattr(error, "sqlite_errorcode", 0)
    # Extended codes carry the primary one in their lowest byte.
    code = sqlite3.SQLITE_FULL if extended in NO_ROOM else extended & 0xFF
    if code in BROKEN:
        return BrokenError(f"The database failed ({error}): {BROKEN[code]}.")
    if code in MENDABLE:
        return StorageError(f"The database failed ({error}): {MENDABLE[code]}.")
    return StorageError(f"The database failed: {error}")
