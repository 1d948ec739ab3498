"""A transaction is all or nothing, whatever happens to the one who asked for it."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from pathlib import Path

import pytest

from storage import accounts, budgets, facts, slots
from storage.budgets import Scope
from storage.database import Database, Transaction, integer
from storage.postgres import WRITERS
from tests.storage.engines import Engine
from tests.storage.rows import MEMBER, NOW, SERVER, account_at, all_ended, count, do

STATEMENTS = 4


class MishapError(Exception):
    pass


async def write_all(tx: Transaction, prefix: str = "fact") -> str:
    for number in range(STATEMENTS):
        await facts.put(tx, f"{prefix}-{number}", "value")
    return prefix


class Held:
    """Transactions in all turns that there are; they go on when they are told."""

    def __init__(self, database: Database) -> None:
        self.turns = 1 if database.exclusive else WRITERS
        self._waiting_for = self.turns
        self._began = asyncio.Event()
        self._go_on = asyncio.Event()
        self._let_go = threading.Event()
        self._loop = asyncio.get_running_loop()
        self.tasks = [
            asyncio.create_task(database.transaction(partial(self._work, number)))
            for number in range(self.turns)
        ]

    async def began(self) -> None:
        await self._began.wait()

    def go_on(self) -> None:
        self._go_on.set()
        self._let_go.set()

    async def _work(self, number: int, tx: Transaction) -> None:
        await facts.put(tx, f"held-{number}", "value")
        self._loop.call_soon_threadsafe(self._count)
        if threading.current_thread() is threading.main_thread():
            await self._go_on.wait()
        else:
            assert self._let_go.wait(10)

    def _count(self) -> None:
        self._waiting_for -= 1
        if not self._waiting_for:
            self._began.set()


@pytest.fixture
async def held(database: Database) -> Held:
    holding = Held(database)
    await holding.began()
    return holding


async def steps(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_a_transaction_returns_what_its_work_returns_and_is_kept(
    database: Database,
) -> None:
    assert await database.transaction(write_all) == "fact"
    assert await count(database, "facts") == STATEMENTS


async def test_a_failing_transaction_writes_nothing_and_raises_its_error(
    database: Database,
) -> None:
    async def work(tx: Transaction) -> None:
        await write_all(tx)
        raise MishapError

    with pytest.raises(MishapError):
        await database.transaction(work)

    assert await count(database, "facts") == 0
    await database.transaction(write_all)
    assert await count(database, "facts") == STATEMENTS


async def test_a_refused_statement_undoes_those_before_it(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        await write_all(tx)
        await tx.run("INSERT INTO facts (name, value) VALUES ('fact-0', 'again')")

    with pytest.raises(Exception, match=r"(?i)unique"):
        await database.transaction(work)

    assert await count(database, "facts") == 0


async def test_a_read_sees_only_what_is_committed_and_waits_for_nobody(
    database: Database, held: Held
) -> None:
    assert await count(database, "facts") == 0

    held.go_on()
    await asyncio.gather(*held.tasks)

    assert await count(database, "facts") == held.turns


@pytest.mark.parametrize("cancelled_at", range(STATEMENTS + 1))
async def test_a_begun_transaction_ends_though_its_caller_is_cancelled(
    database: Database, cancelled_at: int
) -> None:
    loop = asyncio.get_running_loop()

    async def work(tx: Transaction) -> None:
        for number in range(STATEMENTS):
            if number == cancelled_at:
                loop.call_soon_threadsafe(caller.cancel)
            await facts.put(tx, f"fact-{number}", "value")
        if cancelled_at == STATEMENTS:
            # Strikes while the commit is under way.
            loop.call_soon_threadsafe(caller.cancel)

    caller = asyncio.create_task(database.transaction(work))
    with pytest.raises(asyncio.CancelledError):
        await caller

    await all_ended(database)
    assert await count(database, "facts") == STATEMENTS


async def test_a_cancellation_at_any_moment_leaves_all_or_nothing(database: Database) -> None:
    ends: set[tuple[bool, int]] = set()
    for moment in range(60):
        prefix = f"moment-{moment}"
        caller = asyncio.create_task(do(database, write_all, prefix))
        await steps(moment)
        caller.cancel()
        (seen,) = await asyncio.gather(caller, return_exceptions=True)

        await all_ended(database)
        rows = await database.read(
            "SELECT COUNT(*) AS n FROM facts WHERE name LIKE ?", f"{prefix}-%"
        )
        written = integer(rows[0], "n")
        assert written in (0, STATEMENTS)
        assert written == STATEMENTS or isinstance(seen, asyncio.CancelledError)
        ends.add((isinstance(seen, asyncio.CancelledError), written))

    assert (True, 0) in ends, "never cancelled before it began"
    assert (True, STATEMENTS) in ends, "never cancelled while it ran"


async def test_a_caller_that_is_cancelled_before_its_turn_starts_nothing(
    database: Database, held: Held
) -> None:
    waiting = asyncio.create_task(database.transaction(write_all))
    await steps(3)
    waiting.cancel()
    held.go_on()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    await all_ended(database)
    assert await count(database, "facts") == held.turns


async def test_what_must_run_runs_though_its_caller_is_cancelled_before_its_turn(
    database: Database, held: Held
) -> None:
    waiting = asyncio.create_task(database.transaction(write_all, must_run=True))
    await steps(3)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    held.go_on()

    await all_ended(database)
    assert await count(database, "facts") == STATEMENTS + held.turns


async def test_an_abandoned_transaction_may_fail_without_a_complaint(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()

    async def work(tx: Transaction) -> None:
        loop.call_soon_threadsafe(caller.cancel)
        await facts.put(tx, "fact", "value")
        raise MishapError

    caller = asyncio.create_task(database.transaction(work))
    with pytest.raises(asyncio.CancelledError):
        await caller
    await all_ended(database)

    assert await count(database, "facts") == 0
    assert not caplog.records


async def test_closing_waits_for_what_has_begun_and_for_what_must_run(
    engine: Engine, tmp_path: Path
) -> None:
    database = await engine.open(tmp_path)
    held = Held(database)
    await held.began()
    tickets = [
        asyncio.create_task(database.transaction(lambda tx, n=n: write_all(tx, n), must_run=True))
        for n in ("one", "two")
    ]
    await steps(3)
    for task in (*held.tasks, *tickets):
        task.cancel()
    await asyncio.gather(*held.tasks, *tickets, return_exceptions=True)

    closing = asyncio.create_task(database.close())
    await steps(5)
    assert not closing.done()
    held.go_on()
    await closing
    await database.close()

    again = await engine.open(tmp_path)
    assert await count(again, "facts") == 2 * STATEMENTS + held.turns
    await again.close()


async def test_two_hundred_reservations_at_once_grant_exactly_the_allowance(
    database: Database,
) -> None:
    async def work(tx: Transaction) -> bool:
        account = await account_at(tx)
        return await accounts.reserve(tx, account, 1, allowance=10, now=NOW)

    granted = await asyncio.gather(*(database.transaction(work) for _ in range(200)))

    assert sum(granted) == 10
    account = await accounts.get(database.read, SERVER, MEMBER)
    assert account is not None
    assert (account.used, account.held, account.running) == (10, 10, 10)


async def test_two_hundred_additions_at_once_stay_within_the_budget(database: Database) -> None:
    async def work(tx: Transaction) -> bool:
        return await budgets.add(tx, Scope.OPERATOR_DAY, 0, starts=NOW, amount=3, limit=32)

    granted = await asyncio.gather(*(database.transaction(work) for _ in range(200)))

    assert sum(granted) == 10
    assert await budgets.used(database.read, Scope.OPERATOR_DAY, 0, starts=NOW) == 30


async def test_two_hundred_calls_at_once_take_exactly_the_places_there_are(
    database: Database,
) -> None:
    async def work(tx: Transaction) -> bool:
        return await slots.take(tx, "ideogram", 3, limit=10)

    taken = await asyncio.gather(*(database.transaction(work) for _ in range(200)))

    assert sum(taken) == 3
    await do(database, slots.give_back, "ideogram", 3)
    assert await database.transaction(work)
    assert not await database.transaction(work)
