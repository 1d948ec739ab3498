"""The spool of processes that share a database: its files lie in a table, and here as copies."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from storage import spool_files
from storage.database import Database, Transaction
from storage.spool import DEFAULT_CAP, DISK_MARGIN, Spool

_PREFIX: Final = "process-"


class SharedSpool(Spool):
    """See `storage.spool.Spool`. A file is in its place when the table has it.

    Each process has a folder of its own for the copies; those of processes that died go when
    another starts.
    """

    def __init__(
        self,
        root: Path,
        database: Database,
        *,
        cap: int = DEFAULT_CAP,
        disk_margin: int = DISK_MARGIN,
    ) -> None:
        """Make a folder for this process under `root`, which others may use as well."""
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_dead(root)
        mine, self._held = _own_folder(root)
        self._database = database
        super().__init__(mine, cap=cap, disk_margin=disk_margin)

    async def commit(self, job: str, name: str, staged: Path) -> Path:
        """Put a written temporary in its place; on return any process finds it there.

        Raises:
            ValueError: `staged` is no open temporary of this job.
            StorageError: The database did not take it.
        """
        self._require_staged(job, name, staged)
        content = await self._on_thread(staged.read_bytes)

        async def work(tx: Transaction) -> None:
            await spool_files.put(tx, job, name, content)

        await self._database.transaction(work)
        return await super().commit(job, name, staged)

    async def has(self, job: str, name: str) -> bool:
        """Say whether a file is in its place, and see to it that it lies here."""
        await self._bring(job)
        return await super().has(job, name)

    async def sizes(self, job: str) -> dict[str, int]:
        """List the files of a job that are in their place, and see to it that they lie here."""
        await self._bring(job)
        return await super().sizes(job)

    async def clear(self, job: str) -> None:
        """Remove all that lies anywhere of a job; nothing there is no error."""

        async def work(tx: Transaction) -> None:
            await spool_files.clear(tx, job)

        await self._database.transaction(work)
        await super().clear(job)

    async def let_go(self, job: str) -> None:
        """Remove the copies of a job that another process has now."""
        await super().clear(job)

    async def sweep(self, keep: set[str]) -> int:
        """Remove, at start, the files of all jobs that have no work left, whoever owned them.

        Returns:
            How many folders were removed here.
        """
        await self._database.transaction(spool_files.sweep)
        return await super().sweep(keep)

    async def _bring(self, job: str) -> None:
        """Copy what another process put into the table."""
        for name in await spool_files.names(self._database.read, job):
            if await super().has(job, name):
                continue
            content = await spool_files.get(self._database.read, job, name)
            if content is not None:
                # Whoever had the job let it in.
                staged = self.staging(job, name, size=len(content), past_cap=True)
                await self._on_thread(lambda c=content, at=staged: at.write_bytes(c))
                await super().commit(job, name, staged)


def _own_folder(root: Path) -> tuple[Path, int]:
    """Make a folder, and keep its lock for as long as the process lives."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.exists():
            return folder, handle
        # Another process took it for a dead one's before it was locked.
        os.close(handle)


def _remove_dead(root: Path) -> None:
    """Remove the folders that no process holds any more."""
    for folder in root.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(handle)
