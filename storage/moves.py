"""Whether a community lives in a database: it may have moved away, or not have arrived yet.

One fact says so, which is not copied. While a database that several processes share is copied,
the fact is good for a minute and renewed, so that nothing is in the way after a copy was killed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from storage import facts
from storage.database import Database, StorageError, Transaction

MOVE = "move"
"""Names the fact."""
LEASE_MS = 60_000
RENEW_MS = 10_000


class Stage(StrEnum):
    """How far a move has come, as one of the two databases knows it."""

    LEAVING = "leaving"
    """It is being copied to another."""
    LEFT = "left"
    """It was copied, and the community goes on in the other."""
    ARRIVING = "arriving"
    """It is a copy that is not whole."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """What a database knows of its last move."""

    stage: Stage
    id: str
    """The same in both databases."""
    at: int
    """Milliseconds: when it left, or until when it is leaving if nobody says so again."""

    def __str__(self) -> str:
        return f"{self.stage} {self.id} {self.at}"


async def known(database: Database) -> Move | None:
    """What the database knows of a move; None where the community lives in it."""
    return parsed(await facts.get(database, MOVE))


def parsed(value: str | None) -> Move | None:
    """The move that the fact tells of."""
    if value is None:
        return None
    stage, move_id, at = value.split()
    return Move(stage=Stage(stage), id=move_id, at=int(at))


async def require_home(database: Database, *, now: int) -> None:
    """Check that the community lives in a database.

    To be asked at a start, and once more after the first sign of life: a copy that begins in
    between either sees that or is seen here.

    Raises:
        StorageError: It has left, it is leaving, or it has not arrived.
    """
    move = await known(database)
    if move and (reason := refusal(move, now=await database.server_time() or now)):
        raise StorageError(reason)


def refusal(move: Move, *, now: int) -> str | None:
    """Why no bot may work on a database that knows of this move; None where one may."""
    if move.stage is Stage.LEFT:
        return (
            f"this database was copied to another one on {_date(move.at)}, and the community goes "
            "on there; set DATABASE_URL to that one. If that one is lost, make a new one of this "
            "by `remix-bot copy-database`, see docs/operating.md."
        )
    if move.stage is Stage.ARRIVING:
        return (
            "this database is half a copy: `remix-bot copy-database` was cut off or found a "
            "difference. Start the bot on the database that was copied, or remove this one and "
            "copy again into an empty one."
        )
    if move.at > now:
        return (
            "this database is being copied to another one; wait until `remix-bot copy-database` "
            "has ended, a minute longer if it was killed, and start again."
        )
    return None


class Departure:
    """The move of a community, as the database knows it that is left. Begin it with `begin`."""

    def __init__(
        self, database: Database, clock: Callable[[], int], *, before: Move | None
    ) -> None:
        self.id = secrets.token_hex(8)
        self.again = before is not None and before.stage is Stage.LEFT
        """Whether the community had left before: its jobs may have been carried out elsewhere."""
        self._database = database
        self._clock = clock
        # A file is locked, and on one that was left nobody starts.
        self._told = not (database.exclusive or self.again)
        self._until = 0

    @classmethod
    async def begin(cls, database: Database, clock: Callable[[], int]) -> Departure:
        """Begin, so that nobody starts on the database any more.

        Args:
            database: That is to be copied.
            clock: Milliseconds, where the database has no clock of its own.

        Raises:
            StorageError: It is being copied already, or is no whole copy itself.
        """
        before = await known(database)
        departure = cls(database, clock, before=before)
        if not departure.again:
            await require_home(database, now=clock())
        if departure._told:
            departure._until = await departure._now() + LEASE_MS
            await departure._swap(before, departure._leaving)
        return departure

    async def renew(self) -> None:
        """Say again that it goes on; to be called at least once a minute.

        Raises:
            StorageError: It was not called for so long that a bot may have started meanwhile.
        """
        now = await self._now()
        if not self._told or now < self._until - LEASE_MS + RENEW_MS:
            return
        before = self._leaving
        if now >= self._until:
            raise StorageError("The copy stood still for more than a minute; begin it anew.")
        self._until = now + LEASE_MS
        await self._swap(before, self._leaving)

    async def complete(self) -> None:
        """Write that the community has left for good.

        Raises:
            StorageError: As `renew`.
        """
        await self.renew()
        left = Move(stage=Stage.LEFT, id=self.id, at=await self._now())
        if self._told:
            await self._swap(self._leaving, left)
            return

        async def work(tx: Transaction) -> None:
            await facts.put(tx, MOVE, str(left))

        await self._database.transaction(work)

    async def give_up(self) -> None:
        """Take it that the community stays."""
        if not self._told:
            return

        async def work(tx: Transaction) -> None:
            await facts.remove(tx, MOVE, str(self._leaving))

        await self._database.transaction(work)

    @property
    def _leaving(self) -> Move:
        return Move(stage=Stage.LEAVING, id=self.id, at=self._until)

    async def _now(self) -> int:
        return await self._database.server_time() or self._clock()

    async def _swap(self, before: Move | None, after: Move) -> None:
        expected = None if before is None else str(before)

        async def work(tx: Transaction) -> bool:
            return await facts.swap(tx, MOVE, expected, str(after))

        if not await self._database.transaction(work):
            raise StorageError("Another copy of this database was begun; let that one end first.")


async def arrive(tx: Transaction, move_id: str) -> None:
    """Write into the new database that it is not whole yet."""
    await facts.put(tx, MOVE, str(Move(stage=Stage.ARRIVING, id=move_id, at=0)))


async def settle(tx: Transaction, move_id: str) -> None:
    """Write into the new database that the community lives in it."""
    await facts.remove(tx, MOVE, str(Move(stage=Stage.ARRIVING, id=move_id, at=0)))


def _date(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
