"""Changes about a member in one process, while another carries out their erasure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.consent import Consents
from bot.moderation.scene import Changes, Scene
from bot.people import People
from bot.privacy.erasing import SETTLED_MS
from storage import consents, suspensions
from storage.consents import Consent
from storage.database import Database, Query, Row, Transaction, Value
from storage.suspensions import Suspension
from tests.privacy.lives import ALICE, HERE, Lives

T = TypeVar("T")

FOREVER = Suspension(until=None, reason=None)
WAITS = "SELECT count(*) AS n FROM pg_locks WHERE NOT granted"


class Slow:
    """A process whose transactions, once their work is done, wait before they commit."""

    exclusive = False

    def __init__(self, inner: Database) -> None:
        self.worked, self.gate = asyncio.Event(), asyncio.Event()
        self._inner = inner

    async def transaction(
        self, work: Callable[[Transaction], Awaitable[T]], *, must_run: bool = False
    ) -> T:
        async def slowly(tx: Transaction) -> T:
            result = await work(tx)
            self.worked.set()
            await self.gate.wait()
            return result

        return await self._inner.transaction(slowly, must_run=must_run)

    async def read(self, sql: str, *values: Value) -> list[Row]:
        return await self._inner.read(sql, *values)

    async def look(self, work: Callable[[Query], Awaitable[T]]) -> T:
        return await self._inner.look(work)

    async def server_time(self) -> int | None:
        return None

    async def close(self) -> None:
        """It is not this one's to close."""


async def leaving(database: Database) -> Lives:
    """A world in which Alice asked to be erased, a while ago."""
    lives = Lives(database, await People.open(database))
    await lives.made()
    await lives.privacy.erasing.ask(ALICE)
    lives.clock.at += SETTLED_MS
    return lives


async def crossed(lives: Lives, slow: Slow, change: Awaitable[object]) -> None:
    """Have the erasure carried out while a change that was written waits to commit."""
    changing = asyncio.ensure_future(change)
    await slow.worked.wait()
    erasing = asyncio.create_task(lives.privacy.erasing.advance())
    async with asyncio.timeout(10):
        while not erasing.done() and not (await lives.rows(WAITS))[0]["n"]:
            pass  # Whether it waits, only the server knows.
    slow.gate.set()
    await asyncio.gather(changing, erasing)
    await lives.privacy.erasing.advance()


async def test_what_a_moderator_just_says_of_a_member_is_erased_with_them(
    shared: Database,
) -> None:
    lives, slow = await leaving(shared), Slow(shared)
    changes = Changes(database=slow, clock=lives.clock, people=lives.people)

    async def suspend(scene: Scene) -> None:
        account_id = await scene.account(ALICE)
        await suspensions.put(scene.tx, HERE, account_id, FOREVER)
        await scene.record("quota.suspend", subject_id=ALICE)

    await crossed(lives, slow, changes.make(lives.by(), suspend))

    (row,) = await lives.rows("SELECT user_id FROM suspensions")
    assert row["user_id"] == lives.people.alias(ALICE)
    (row,) = await lives.rows("SELECT subject_id FROM changes")
    assert row["subject_id"] == lives.people.alias(ALICE)


async def test_what_a_member_just_changes_as_a_moderator_is_not_under_their_name(
    shared: Database,
) -> None:
    lives, slow = await leaving(shared), Slow(shared)
    changes = Changes(database=slow, clock=lives.clock, people=lives.people)

    async def note(scene: Scene) -> None:
        await scene.record("settings")

    await crossed(lives, slow, changes.make(lives.by(user_id=ALICE), note))

    (row,) = await lives.rows("SELECT actor_id FROM changes")
    assert row["actor_id"] == lives.people.alias(ALICE)


async def test_what_a_member_just_says_of_their_pictures_is_kept_under_their_alias(
    shared: Database,
) -> None:
    lives, slow = await leaving(shared), Slow(shared)
    said = Consents(database=slow, clock=lives.clock, people=lives.people)

    await crossed(lives, slow, said.say(ALICE, HERE, Consent.REFUSE))

    assert await consents.of(lives.query, lives.people.alias(ALICE), HERE) is Consent.REFUSE
    assert await consents.of(lives.query, ALICE, HERE) is None
