"""A process with a newer schema starts on a server on which others work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from storage import accounts, budgets, migrate
from storage.budgets import Scope
from storage.database import Database, StorageError, Transaction, integer
from storage.postgres import PostgresDatabase
from tests.storage.engines import ENGINES, Engine

WORKERS = 8
NEWEST = migrate.migrations()[-1][0]
# In another order than that in which transactions take them.
SCRIPT = """
ALTER TABLE budgets ADD COLUMN one {int} NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN two {int} NOT NULL DEFAULT 0;
"""


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """Overrides the fixture of both engines: a file has one process."""
    chosen = ENGINES["postgres"]
    yield chosen
    await chosen.discard(tmp_path)


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code knows one migration more."""
    more = [*migrate.migrations(), (NEWEST + 1, SCRIPT)]
    monkeypatch.setattr(migrate, "migrations", lambda: more)


class Crowd:
    """Members who order without a pause."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._over = False
        self._taken = asyncio.Condition()
        self.spent = 0

    async def work(self, user_id: int) -> None:
        async def order(tx: Transaction) -> None:
            await accounts.lock(tx, 1, user_id)
            await budgets.add(tx, Scope.OPERATOR_DAY, 0, starts=1, amount=1, limit=None)

        async def send(tx: Transaction) -> None:
            for table in ("jobs", "waiting", "calls", "facts"):
                await tx.run(f"DELETE FROM {table} WHERE 1 = 0")  # noqa: S608 - our own tables

        while not self._over:
            await self._database.transaction(order)
            await self._database.transaction(send)
            self.spent += 1
            async with self._taken:
                self._taken.notify_all()

    async def more(self) -> None:
        """Wait until each has ordered once more, on the average."""
        until = self.spent + WORKERS
        async with self._taken:
            await self._taken.wait_for(lambda: self.spent >= until)

    def end(self) -> None:
        self._over = True


async def test_it_waits_for_those_who_work_and_none_of_them_fails(
    database: Database, newer: None, tmp_path: Path
) -> None:
    crowd, url = Crowd(database), await ENGINES["postgres"].url(tmp_path)
    workers = [asyncio.create_task(crowd.work(number)) for number in range(1, WORKERS + 1)]
    await crowd.more()

    async with AsyncExitStack() as stack:
        for opened in await asyncio.gather(*(PostgresDatabase.open(url) for _ in range(3))):
            stack.push_async_callback(opened.close)
        await crowd.more()
        crowd.end()
        await asyncio.gather(*workers)
        found = await database.read("SELECT used, one FROM budgets")

    assert [integer(row, "used") for row in found] == [crowd.spent]
    assert [integer(row, "one") for row in found] == [0]
    assert await version(database) == NEWEST + 1


async def test_who_works_on_goes_on_though_a_table_has_one_column_more(
    database: Database, newer: None, tmp_path: Path
) -> None:
    async def lock(tx: Transaction) -> None:
        await accounts.lock(tx, 1, 1)

    await asyncio.gather(*(database.transaction(lock) for _ in range(WORKERS)))

    await (await PostgresDatabase.open(await ENGINES["postgres"].url(tmp_path))).close()

    await asyncio.gather(*(database.transaction(lock) for _ in range(WORKERS)))
    assert await version(database) == NEWEST + 1


async def test_a_migration_that_fails_for_good_leaves_no_trace(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    more = [*migrate.migrations(), (NEWEST + 1, f"{SCRIPT}DROP TABLE nothing;\n")]
    monkeypatch.setattr(migrate, "migrations", lambda: more)

    with pytest.raises(StorageError, match="nothing"):
        await PostgresDatabase.open(await ENGINES["postgres"].url(tmp_path))

    assert await version(database) == NEWEST
    with pytest.raises(StorageError, match="one"):
        await database.read("SELECT one FROM budgets")


async def version(database: Database) -> int:
    return integer((await database.read("SELECT version FROM schema_version"))[0], "version")
