"""Whether a database file is the one that was written last, or an older copy put in its place.

A count goes up in the database with every paid call and every heartbeat, and a moment later in a
small file beside it. A copy of the database that comes back lacks the counts since, and the small
file tells.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from storage import facts
from storage.database import Database, Transaction, integer_or_none, text

log = logging.getLogger(__name__)

SUFFIX = ".life"
"""The small file is called like the database, with this at the end."""
COUNT, RESTORED = "life", "restored_until"
"""Names of facts."""

_WRITTEN = re.compile(r"([0-9a-f]{16}) ([0-9]{15})")


@dataclass(frozen=True, kw_only=True)
class _Mark:
    life: str
    """Drawn anew at each restore: two lives have nothing to do with each other."""
    count: int

    def __str__(self) -> str:
        return f"{self.life} {self.count:015}"


class Lineage:
    """The count of one database file."""

    def __init__(self, database_path: Path) -> None:
        self._beside = database_path.with_name(database_path.name + SUFFIX)
        self._life = secrets.token_hex(8)
        self._kept = 0

    async def is_restored(self, database: Database) -> bool:
        """Whether the file was put back since it was last written; to be asked at the start.

        A file that comes without its count, to a new machine for one, counts as put back.
        """
        stored = _parsed(await facts.get(database, COUNT))
        kept = _parsed(self._read())
        if stored is None:
            return kept is not None
        if kept is None or kept.life != stored.life or kept.count > stored.count:
            return True
        self._life, self._kept = kept.life, kept.count
        return False

    async def advance(self, tx: Transaction) -> int:
        """Count in the database; gives the count, for `keep` once that is committed."""
        rows = await tx.run("SELECT value FROM facts WHERE name = ?", COUNT)
        stored = _parsed(text(rows[0], "value")) if rows else None
        count = stored.count + 1 if stored is not None and stored.life == self._life else 1
        await facts.put(tx, COUNT, str(_Mark(life=self._life, count=count)))
        return count

    def keep(self, count: int) -> None:
        """Count in the small file too.

        A few bytes in their place: a power cut leaves the old ones or the new, and nobody waits
        for the disk. A failure is logged and leaves the file behind, which is safe.
        """
        if count <= self._kept:
            return
        self._kept = count
        try:
            self._write(str(_Mark(life=self._life, count=count)).encode())
        except OSError as error:
            log.warning("lineage.not_kept", extra={"reason": error.strerror})

    def _read(self) -> str | None:
        try:
            return self._beside.read_text(encoding="ascii", errors="replace")
        except OSError:
            return None

    def _write(self, mark: bytes) -> None:
        file = os.open(self._beside, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(file, mark, 0)
        finally:
            os.close(file)


async def close_past(tx: Transaction) -> None:
    """Take it that the database was restored: for what is unfinished in it nothing is bought."""
    rows = await tx.run(
        "SELECT MAX(created) AS newest FROM jobs WHERE state IN ('queued', 'submitting', 'running')"
    )
    newest = integer_or_none(rows[0], "newest")
    if newest is not None:
        await facts.put(tx, RESTORED, str(newest))


async def restored_until(database: Database) -> int | None:
    """Jobs that were created by then, in milliseconds, may have been carried out since.

    None where the database was never restored.
    """
    value = await facts.get(database, RESTORED)
    return None if value is None else int(value)


def _parsed(written: str | None) -> _Mark | None:
    found = _WRITTEN.match(written or "")
    return None if found is None else _Mark(life=found[1], count=int(found[2]))
