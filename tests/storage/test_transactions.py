"""A transaction is all or nothing, whatever happens to the one who asked for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from storage import accounts, budgets, facts, slots
from storage.budgets import Scope
from storage.database import Database, Transaction, integer
from tests.storage.engines import Open
from tests.storage.rows import MEMBER, NOW, SERVER, account_at, count, do

STATEMENTS = 4


class BrokenError(Exception):
    pass


async def write_all(tx: Transaction, prefix: str = "fact") -> str:
    for number in range(STATEMENTS):
        await facts.put(tx, f"{prefix}-{number}", "value")
    return prefix


class Held:
    """A transaction that goes on when it is told."""

    def __init__(self, database: Database) -> None:
        self.began = asyncio.Event()
        self.go_on = asyncio.Event()
        self.task = asyncio.create_task(database.transaction(self._work))

    async def _work(self, tx: Transaction) -> None:
        await facts.put(tx, "held", "value")
        self.began.set()
        await self.go_on.wait()


@pytest.fixture
async def held(database: Database) -> Held:
    holding = Held(database)
    await holding.began.wait()
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
        raise BrokenError

    with pytest.raises(BrokenError):
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

    held.go_on.set()
    await held.task

    assert await count(database, "facts") == 1


@pytest.mark.parametrize("cancelled_at", range(STATEMENTS + 1))
async def test_a_begun_transaction_ends_though_its_caller_is_cancelled(
    database: Database, cancelled_at: int
) -> None:
    async def work(tx: Transaction) -> None:
        for number in range(STATEMENTS):
            if number == cancelled_at:
                caller.cancel()
            await facts.put(tx, f"fact-{number}", "value")
        if cancelled_at == STATEMENTS:
            # Strikes while the commit is under way.
            asyncio.get_running_loop().call_soon(caller.cancel)

    caller = asyncio.create_task(database.transaction(work))
    with pytest.raises(asyncio.CancelledError):
        await caller

    await do(database, facts.put, "next", "value")
    assert await count(database, "facts") == STATEMENTS + 1


async def test_a_cancellation_at_any_moment_leaves_all_or_nothing(database: Database) -> None:
    ends: set[tuple[bool, int]] = set()
    for moment in range(60):
        prefix = f"moment-{moment}"
        caller = asyncio.create_task(do(database, write_all, prefix))
        await steps(moment)
        caller.cancel()
        (seen,) = await asyncio.gather(caller, return_exceptions=True)

        await do(database, facts.put, "next", prefix)  # waits for what may be under way
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
    held.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    await do(database, facts.put, "next", "value")
    assert await count(database, "facts") == 2


async def test_what_must_run_runs_though_its_caller_is_cancelled_before_its_turn(
    database: Database, held: Held
) -> None:
    waiting = asyncio.create_task(database.transaction(write_all, must_run=True))
    await steps(3)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    held.go_on.set()

    await do(database, facts.put, "next", "value")
    assert await count(database, "facts") == STATEMENTS + 2


async def test_an_abandoned_transaction_may_fail_without_a_complaint(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(tx: Transaction) -> None:
        caller.cancel()
        await facts.put(tx, "fact", "value")
        raise BrokenError

    caller = asyncio.create_task(database.transaction(work))
    with pytest.raises(asyncio.CancelledError):
        await caller
    await do(database, facts.put, "next", "value")

    assert await count(database, "facts") == 1
    assert not caplog.records


async def test_closing_waits_for_what_has_begun_and_for_what_must_run(
    open_database: Open, tmp_path: Path
) -> None:
    database = await open_database(tmp_path)
    held = Held(database)
    await held.began.wait()
    tickets = [
        asyncio.create_task(database.transaction(lambda tx, n=n: write_all(tx, n), must_run=True))
        for n in ("one", "two")
    ]
    await steps(3)
    for task in (held.task, *tickets):
        task.cancel()
    await asyncio.gather(held.task, *tickets, return_exceptions=True)

    closing = asyncio.create_task(database.close())
    await steps(5)
    assert not closing.done()
    held.go_on.set()
    await closing
    await database.close()

    again = await open_database(tmp_path)
    assert await count(again, "facts") == 2 * STATEMENTS + 1
    await again.close()


async def test_transactions_of_one_loop_do_not_overlap(database: Database) -> None:
    inside = 0
    most = 0

    async def work(tx: Transaction) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await write_all(tx)
        inside -= 1

    await asyncio.gather(*(database.transaction(work) for _ in range(20)))

    assert most == 1


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
