"""Whether a server's database is the one that was written last, or came from a backup, or was left.

What the server itself says of the database is kept in it. A dump that is put back lies in other
tables than it was taken from; a server that goes back in time, or takes over from another, begins
another timeline. A copy of the server's disk that is put back whole is not noticed.

Whether the community left is asked along with it: a process that slept while it did would go on
with jobs that are carried out elsewhere now.
"""

from __future__ import annotations

from storage import facts, moves
from storage.database import BrokenError, Database, Transaction, integer, text, text_or_none

PLACE = "place"
"""Name of the fact."""

# The name of what is being written begins with the timeline. The last checkpoint says it too, but
# for minutes after a standby took over it is still the old one's.
# Source: PostgreSQL 18 documentation, "Control Data Functions", "Backup Control Functions" and
# "Object Identifier Types".
_ASK = (
    "SELECT CONCAT_WS(' ', system_identifier,"
    " CAST(CAST('x' || LEFT(pg_walfile_name(pg_current_wal_lsn()), 8) AS BIT(32)) AS BIGINT),"
    " CAST(to_regclass('jobs') AS OID)) AS place,"
    " (SELECT value FROM facts WHERE name = ?) AS move,"
    " CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now"
    " FROM pg_control_system()"
)
_ELSEWHERE = (
    "The database is not the one on which the bot was started: a backup was put back, or another "
    "server took over; start the bot again, and nothing is bought for what was in flight, see "
    "docs/operating.md."
)


class ServerLineage:
    """See `storage.lineage.Lineage`."""

    def __init__(self) -> None:
        self._here = ""
        self._written = False

    async def is_restored(self, database: Database) -> bool:
        """Whether the database lies elsewhere than where it was written last; asked at the start.

        From then on it has to stay where it is.
        """
        stored = await facts.get(database, PLACE)
        self._here = text((await database.read(_ASK, moves.MOVE))[0], "place")
        self._written = stored == self._here
        return stored not in {None, self._here}

    async def advance(self, tx: Transaction) -> int:
        """Write down where it lies, unless that is known to be done; there is nothing to count.

        Raises:
            BrokenError: It lies elsewhere than at the start, or the community has left it.
        """
        [row] = await tx.run(_ASK, moves.MOVE)
        # Not compared with what is written: another process may have started on it already.
        if text(row, "place") != self._here:
            raise BrokenError(_ELSEWHERE)
        move = moves.parsed(text_or_none(row, "move"))
        if move and (reason := moves.refusal(move, now=integer(row, "now"))):
            raise BrokenError(reason[0].upper() + reason[1:])
        if not self._written:
            await facts.put(tx, PLACE, self._here)
        return 0

    def keep(self, count: int) -> None:  # noqa: ARG002 - as its counterpart has it
        """Take it that what was written is committed; nothing lies outside of the database."""
        self._written = True
