"""The spool: where the bytes of jobs in flight lie, and of no others.

One private folder a job. A file appears under its name only when it is whole and on the disk:
it is written as a temporary beside its place, synced, and renamed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from storage import failpoints
from storage.database import StorageError

log = logging.getLogger(__name__)

T = TypeVar("T")

DEFAULT_CAP: Final = 2 << 30
FILE_BYTES: Final = 25_000_000
"""What a file may grow to where its writer does not say."""
DISK_MARGIN: Final = 256 << 20
"""Bytes of the disk that are left to others, the database above all."""

_JOB: Final = re.compile(r"[0-9a-f]{16}")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_STAGED: Final = re.compile(r"[a-z][a-z0-9-]{0,31}\.[0-9a-f]{16}\.part")


class SpoolFullError(StorageError):
    """No room: the cap of the spool, or the disk, would be passed."""


class Spool:
    """Files of jobs, by job id (16 hex digits) and name (lower-case letters, digits, hyphens).

    One thread does all that waits for the disk, in the order of asking, so that a folder is
    never cleared under a commit that was cancelled halfway.
    """

    def __init__(
        self, root: Path, *, cap: int = DEFAULT_CAP, disk_margin: int = DISK_MARGIN
    ) -> None:
        """Open the folder `root`, made private if it has to be made.

        Args:
            root: Of this process alone.
            cap: Bytes that may lie here, those promised to open temporaries included; only what
                may not wait passes it.
            disk_margin: Bytes of the disk that are never touched.
        """
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = root
        self._cap = cap
        self._disk_margin = disk_margin
        self._committed: dict[str, dict[str, int]] = {}
        self._promised: dict[Path, int] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")

    def path(self, job: str, name: str) -> Path:
        """Say where a file lies, or would.

        Raises:
            ValueError: The id or the name is not one of ours.
        """
        _require(_NAME, name)
        return self._folder(job) / name

    def used(self) -> int:
        """Count the bytes of committed files, and those promised to open temporaries."""
        lying = sum(sum(files.values()) for files in self._committed.values())
        return lying + sum(self._promised.values())

    def staging(
        self, job: str, name: str, *, size: int = FILE_BYTES, past_cap: bool = False
    ) -> Path:
        """Open an empty private temporary, to be written and then committed or discarded.

        Args:
            job: Its id.
            name: What the file will be called.
            size: Bytes that it may grow to; held against the cap until then.
            past_cap: Whether only the disk's room counts.

        Raises:
            SpoolFullError: There is no room for them; nothing was made.
            ValueError: The id or the name is not one of ours.
        """
        target = self.path(job, name)
        self.require_room(size, past_cap=past_cap)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        staged = target.with_name(f"{name}.{secrets.token_hex(8)}.part")
        os.close(os.open(staged, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        failpoints.reach("spool stage after")
        self._promised[staged] = size
        return staged

    def require_room(self, size: int, *, past_cap: bool = False) -> None:
        """See whether there is room for so many bytes; nothing is held for whoever asks.

        Raises:
            SpoolFullError: There is none.
        """
        if not past_cap and self.used() + size > self._cap:
            raise SpoolFullError(f"the spool holds {self.used()} of {self._cap} bytes")
        # Temporaries may still grow to what they were promised.
        free = shutil.disk_usage(self._root).free - sum(self._promised.values())
        if size + self._disk_margin > free:
            raise SpoolFullError(f"the disk of the spool has {free} bytes left; make room")

    async def commit(self, job: str, name: str, staged: Path) -> Path:
        """Put a written temporary in its place; on return it survives a power cut.

        Returns:
            Where it lies now.

        Raises:
            ValueError: `staged` is no open temporary of this job.
        """
        target = self._require_staged(job, name, staged)
        first = job not in self._committed
        size = await self._on_thread(lambda: _commit(staged, target, first=first))
        self._promised.pop(staged, None)
        self._committed.setdefault(job, {})[name] = size
        return target

    def discard(self, staged: Path) -> None:
        """Have a temporary removed that is not wanted; one that is gone already is no error.

        Nobody waits for it: whatever is asked for later is done later.
        """
        if self._promised.pop(staged, None) is not None:
            self._thread.submit(_discard, staged)

    async def has(self, job: str, name: str) -> bool:
        """Say whether a file is in its place."""
        if name not in self._committed.get(job, {}):
            _require(_NAME, name)
            return False
        return await self._on_thread(self.path(job, name).is_file)

    async def sizes(self, job: str) -> dict[str, int]:
        """List the files of a job that are in their place, with their bytes."""
        folder = self._folder(job)
        return await self._on_thread(lambda: _sizes(folder))

    async def clear(self, job: str) -> None:
        """Remove all that lies here of a job; nothing there is no error."""
        folder = self._folder(job)
        await self._on_thread(lambda: _remove(folder))
        self._forget(job)

    async def let_go(self, job: str) -> None:
        """Take it that another process has the job now."""

    async def sweep(self, keep: set[str]) -> int:
        """Remove, at start, the folders of other jobs and all temporaries.

        What does not look like ours is left alone. The spool counts what it kept.

        Returns:
            How many folders were removed.
        """
        kept, removed = await self._on_thread(lambda: _sweep(self._root, keep))
        self._committed = kept
        self._promised.clear()
        return removed

    def _folder(self, job: str) -> Path:
        _require(_JOB, job)
        return self._root / job

    def _require_staged(self, job: str, name: str, staged: Path) -> Path:
        target = self.path(job, name)
        if staged not in self._promised or staged.parent != target.parent:
            raise ValueError("not a temporary of this job")
        return target

    def _forget(self, job: str) -> None:
        self._committed.pop(job, None)
        folder = self._folder(job)
        for staged in [path for path in self._promised if path.parent == folder]:
            del self._promised[staged]

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _require(pattern: re.Pattern[str], text: str) -> None:
    if not pattern.fullmatch(text):
        raise ValueError(f"no such id or name in the spool: {text!r}")


def _commit(staged: Path, target: Path, *, first: bool) -> int:
    failpoints.reach("spool commit before")
    file = os.open(staged, os.O_RDONLY)
    try:
        os.fchmod(file, 0o600)  # whoever wrote it may have replaced the file that was opened
        os.fsync(file)
        size = os.fstat(file).st_size
    finally:
        os.close(file)
    failpoints.reach("spool commit synced")
    staged.replace(target)
    _sync_folder(target.parent)
    if first:
        _sync_folder(target.parent.parent)  # the job's folder itself may be new
    failpoints.reach("spool commit after")
    return size


def _discard(staged: Path) -> None:
    try:
        staged.unlink(missing_ok=True)
    except OSError as error:
        # It goes with its folder, once its job has ended.
        log.warning("spool.not_discarded", extra={"error": str(error)})


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sizes(folder: Path) -> dict[str, int]:
    with suppress(FileNotFoundError):
        return {
            path.name: path.stat().st_size
            for path in folder.iterdir()
            if _NAME.fullmatch(path.name)
        }
    return {}


def _remove(folder: Path) -> None:
    failpoints.reach("spool clear before")
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
    failpoints.reach("spool clear after")


def _sweep(root: Path, keep: set[str]) -> tuple[dict[str, dict[str, int]], int]:
    kept: dict[str, dict[str, int]] = {}
    removed = 0
    for folder in root.iterdir():
        if not _JOB.fullmatch(folder.name):
            continue
        if folder.name not in keep:
            _remove(folder)
            removed += 1
            continue
        for path in folder.iterdir():
            if _STAGED.fullmatch(path.name):
                path.unlink()
        kept[folder.name] = _sizes(folder)
    _sync_folder(root)  # whoever made the folders kept may have died before that
    return kept, removed
