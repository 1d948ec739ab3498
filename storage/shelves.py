"""The files of a spool as whoever copies a database sees them: in a folder or in a table."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from storage import spool_files
from storage.database import Database, StorageError, Transaction, text
from storage.jobs import WORK_LEFT
from storage.spool import Spool, SpoolFullError

NO_CAP = 1 << 62


class Shelf(Protocol):
    """The files of one database's jobs."""

    @property
    def place(self) -> object:
        """Two of the same place are one."""
        ...

    async def names(self, job_id: str) -> Collection[str]:
        """What a job's files are called."""
        ...

    async def get(self, job_id: str, name: str) -> bytes:
        """A file's content."""
        ...

    async def put(self, job_id: str, name: str, content: bytes) -> None:
        """Keep a file; on return it survives a power cut.

        Raises:
            StorageError: There is no room for it.
        """
        ...

    async def clear(self, job_id: str) -> None:
        """Remove a job's files."""
        ...


class FolderShelf:
    """See `Shelf`: the spool of a SQLite file."""

    def __init__(self, root: Path) -> None:
        self._spool = Spool(root, cap=NO_CAP)
        self.place = root.resolve()

    async def names(self, job_id: str) -> Collection[str]:
        """See `Shelf.names`."""
        return await self._spool.sizes(job_id)

    async def get(self, job_id: str, name: str) -> bytes:
        """See `Shelf.get`."""
        return await asyncio.to_thread(self._spool.path(job_id, name).read_bytes)

    async def put(self, job_id: str, name: str, content: bytes) -> None:
        """See `Shelf.put`."""
        try:
            staged = self._spool.staging(job_id, name, size=len(content))
            await asyncio.to_thread(staged.write_bytes, content)
            await self._spool.commit(job_id, name, staged)
        except (SpoolFullError, OSError) as error:
            raise StorageError(
                f"{self.place} does not take the pictures of jobs in flight ({error}); make room."
            ) from error

    async def clear(self, job_id: str) -> None:
        """See `Shelf.clear`."""
        await self._spool.clear(job_id)


class TableShelf:
    """See `Shelf`: the spool of a database that several processes share."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.place = database

    async def names(self, job_id: str) -> Collection[str]:
        """See `Shelf.names`."""
        return await spool_files.names(self._database.read, job_id)

    async def get(self, job_id: str, name: str) -> bytes:
        """See `Shelf.get`."""
        return await spool_files.get(self._database.read, job_id, name) or b""

    async def put(self, job_id: str, name: str, content: bytes) -> None:
        """See `Shelf.put`."""

        async def work(tx: Transaction) -> None:
            await spool_files.put(tx, job_id, name, content)

        await self._database.transaction(work)

    async def clear(self, job_id: str) -> None:
        """See `Shelf.clear`."""

        async def work(tx: Transaction) -> None:
            await spool_files.clear(tx, job_id)

        await self._database.transaction(work)


def shelf_of(database: Database, folder: Path) -> Shelf:
    """The files that belong to a database, whose spool is that folder if it is a file."""
    return FolderShelf(folder) if database.exclusive else TableShelf(database)


async def jobs_in_flight(database: Database) -> list[str]:
    """Ids of all jobs that have work left, whoever owns them: others need no files."""
    rows = await database.read(f"SELECT id FROM jobs WHERE {WORK_LEFT} ORDER BY id")  # noqa: S608 - our own condition
    return [text(row, "id") for row in rows]
