"""Whether a server's database is the one that was written last, or came from a backup.

What the server itself says of the database is kept in it. A dump that is put back lies in other
tables than it was taken from; a server that goes back in time begins another timeline. A copy of
the server's disk that is put back whole is not noticed.
"""

from __future__ import annotations

from storage import facts
from storage.database import Database, Transaction, text

PLACE = "place"
"""Name of the fact."""

# Source: PostgreSQL 18 documentation, "Control Data Functions" and "Object Identifier Types".
_ASK = (
    "SELECT CONCAT_WS(' ', system_identifier, timeline_id, CAST(to_regclass('jobs') AS OID))"
    " AS place FROM pg_control_system(), pg_control_checkpoint()"
)


class ServerLineage:
    """See `storage.lineage.Lineage`."""

    def __init__(self) -> None:
        self._written = False

    async def is_restored(self, database: Database) -> bool:
        """Whether the database lies elsewhere than where it was written last."""
        stored = await facts.get(database, PLACE)
        here = text((await database.read(_ASK))[0], "place")
        self._written = stored == here
        return stored not in {None, here}

    async def advance(self, tx: Transaction) -> int:
        """Write down where it lies, unless that is known to be done; there is nothing to count."""
        if not self._written:
            await facts.put(tx, PLACE, text((await tx.run(_ASK))[0], "place"))
        return 0

    def keep(self, count: int) -> None:  # noqa: ARG002 - as its counterpart has it
        """Take it that what was written is committed; nothing lies outside of the database."""
        self._written = True
