"""What is stored of a server goes some days after the bot was removed, and nothing else does."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.departures import DAY_MS, Departures
from bot.lacking import fact_name
from bot.quotas import periods
from storage import budgets, departures, facts, servers
from storage.budgets import Scope
from storage.database import Database, Transaction, Value
from storage.states import JobState
from storage.tables import tables
from tests.storage.rows import MEMBER, NOW, SERVER, count, do, execute, insert_in

OTHER, KEEP = 101, 30
THEN = NOW + (KEEP + 1) * DAY_MS
"""When the rows of a server that left at `NOW` may go."""
ROWS: dict[str, str] = {
    "accounts": (
        "server_id=:server user_id=:member period=1 period_start=1 used=0 held=0 running=0 "
        "last_start=0"
    ),
    "grants": "id=:id server_id=:server user_id=:member credits=5 remaining=5 held=0 given=1",
    "quota_rules": "server_id=:server kind=role subject_id=:id credits=3",
    "suspensions": "server_id=:server user_id=:member",
    "changes": "id=:id server_id=:server at=1 actor_id=1 what=settings subject_id=0",
    "log_posts": "id=:job server_id=:server channel_id=1 body={} created=1 attempts=0 due=1",
    "prompt_rules": "id=:id server_id=:server kind=words rule=:job action=refuse",
    "rule_hits": "id=:job server_id=:server user_id=:member at=1 rule=rule action=refuse",
    "consents": "user_id=:member server_id=:server choice=allow at=1",
    "ledger": "id=:job at=1 server_id=:server user_id=:member job_id=:job kind=reserve",
    "ledger_lines": "entry_id=:job lot_kind=period lot=1 amount=6",
    "calls": (
        "job_id=:job number=1 backend=fal-v3 key=:job secret=s provider=fal slots=1 "
        "outcome=done intended=1"
    ),
    "messages": "job_id=:job part=1 message_id=1",
    "waiting": "job_id=:job provider=fal user_id=:member places=1 since=1 passed=0 seen=1",
    "card_reports": "job_id=:job user_id=:member at=1",
}
"""One of each; what begins with a colon is filled in."""
OF_JOBS = ("calls", "messages", "waiting", "card_reports")


@dataclass
class Clock:
    """Stands where it is put."""

    at: int = NOW

    def now(self) -> int:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def leaving(database: Database, clock: Clock) -> Departures:
    return Departures(database=database, clock=clock, keep_days=KEEP)


def nowhere(_: int) -> bool:
    return False


async def fill(database: Database, server: int = SERVER, member: int = MEMBER) -> str:
    """Store a row of everything that there is of a server; gives the id of its job."""
    job = await insert_in(
        database, JobState.SUCCEEDED, server_id=server, user_id=member, account_id=member
    )
    await execute(database, "UPDATE jobs SET shown = 'yes' WHERE id = ?", job.id)
    number = server * 1000 + member
    own: dict[str, Value] = {":server": server, ":member": member, ":id": number, ":job": job.id}
    await do(database, servers.lock, server)
    for table, row in ROWS.items():
        await insert_row(database, table, row, own)
    await do(database, facts.put, fact_name(server, 1, ["Attach Files"]), "1")
    await spend(database, Scope.SERVER_BUDGET, server, NOW)
    await spend(database, Scope.SERVER_MONTH, server, NOW)
    return job.id


async def spend(database: Database, scope: Scope, server: int, at: int) -> None:
    month = periods(at).month
    await do(database, budgets.add, scope, server, starts=month, amount=6, limit=None)


async def insert_row(database: Database, table: str, row: str, own: dict[str, Value]) -> None:
    pairs = [pair.partition("=") for pair in row.split()]
    values = [own.get(value, int(value) if value.isdigit() else value) for _, _, value in pairs]
    names, marks = ", ".join(name for name, _, _ in pairs), ", ".join("?" * len(pairs))
    query = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
    await execute(database, query, *values)


async def of_server(database: Database, server: int) -> dict[str, int]:
    """How many rows each table has of a server, as far as it has any."""
    found: dict[str, int] = {}
    for table in tables():
        column = "server_id" if "server_id" in table.columns else "scope_id"
        if column in table.columns:
            query = f"SELECT 1 AS n FROM {table.name} WHERE {column} = ?"  # noqa: S608 - our own names
            found[table.name] = len(await database.read(query, server))
    for table in OF_JOBS:
        query = (
            f"SELECT 1 AS n FROM {table} WHERE job_id IN"  # noqa: S608 - our own names
            " (SELECT id FROM jobs WHERE server_id = ?)"
        )
        found[table] = len(await database.read(query, server))
    lines = "SELECT 1 AS n FROM ledger_lines, ledger WHERE entry_id = id AND server_id = ?"
    found["ledger_lines"] = len(await database.read(lines, server))
    told = await database.read("SELECT 1 AS n FROM facts WHERE name LIKE ?", f"lacks:{server}:%")
    row = await database.read("SELECT 1 AS n FROM servers WHERE id = ?", server)
    return {**found, "facts": len(told), "servers": len(row)}


async def test_nothing_is_left_of_a_server_and_all_of_the_others(
    database: Database, leaving: Departures, clock: Clock
) -> None:
    await fill(database)
    await fill(database, member=MEMBER + 1)
    await fill(database, OTHER)
    before = await of_server(database, OTHER)
    # Whoever adds a table adds a row of it here.
    assert 0 not in before.values(), before

    await leaving.left(SERVER)
    clock.at = THEN
    await leaving.sweep(nowhere)

    assert set((await of_server(database, SERVER)).values()) == {0}
    assert await of_server(database, OTHER) == before
    for table in ("jobs", *OF_JOBS, "ledger", "ledger_lines"):
        assert await count(database, table) == 1, table


async def test_what_a_server_spent_of_the_operators_month_outlives_it(
    database: Database, leaving: Departures, clock: Clock
) -> None:
    await fill(database)
    await leaving.left(SERVER)
    clock.at = THEN
    await spend(database, Scope.SERVER_MONTH, SERVER, THEN)

    await leaving.sweep(nowhere)

    left = {table: rows for table, rows in (await of_server(database, SERVER)).items() if rows}
    assert left == {"budgets": 1, "servers": 1}
    month = periods(THEN).month
    assert await budgets.used(database.read, Scope.SERVER_MONTH, SERVER, starts=month) == 6
    row = await servers.get(database.read, SERVER)
    assert row is not None
    assert row.settings == servers.UNSET
    # Next month nothing of it counts any more.
    clock.at += 31 * DAY_MS
    await leaving.sweep(nowhere)
    assert set((await of_server(database, SERVER)).values()) == {0}


async def test_rows_stay_for_the_days_that_the_operator_set(
    database: Database, leaving: Departures, clock: Clock
) -> None:
    await fill(database)
    before = await of_server(database, SERVER)
    await leaving.left(SERVER)

    clock.at = NOW + KEEP * DAY_MS
    await leaving.sweep(nowhere)

    assert await of_server(database, SERVER) == before


@pytest.mark.parametrize("way", ["told", "seen"])
async def test_a_server_that_invites_the_bot_again_keeps_everything(
    database: Database, leaving: Departures, clock: Clock, way: str
) -> None:
    await fill(database)
    before = await of_server(database, SERVER)
    await leaving.left(SERVER)
    clock.at = THEN

    if way == "told":
        await leaving.arrived([SERVER])
        await leaving.sweep(nowhere)
    else:
        await leaving.sweep(lambda server: server == SERVER)

    assert await of_server(database, SERVER) == before
    row = await servers.get(database.read, SERVER)
    assert row is not None
    assert row.removed is None


@pytest.mark.parametrize(
    "left_over",
    [
        f"state = 'running', finished = {NOW}",
        f"shown = 'no', finished = {NOW}",
        f"state = 'unconfirmed', finished = {THEN - DAY_MS // 2}",
    ],
)
async def test_a_server_waits_for_its_last_jobs(
    database: Database, leaving: Departures, clock: Clock, left_over: str
) -> None:
    job_id = await fill(database)
    await leaving.left(SERVER)
    clock.at = THEN
    change = f"UPDATE jobs SET {left_over} WHERE id = ?"  # noqa: S608 - from above
    await execute(database, change, job_id)
    before = await of_server(database, SERVER)

    await leaving.sweep(nowhere)
    assert await of_server(database, SERVER) == before

    ended = "UPDATE jobs SET state = 'failed', shown = 'yes' WHERE id = ?"
    await execute(database, ended, job_id)
    await leaving.sweep(nowhere)
    assert set((await of_server(database, SERVER)).values()) == {0}


async def test_deleting_goes_on_where_it_was_cut_off(
    database: Database, leaving: Departures, clock: Clock
) -> None:
    await fill(database)
    await fill(database, member=MEMBER + 1)
    await leaving.left(SERVER)
    clock.at = THEN

    async def half(tx: Transaction) -> None:
        await departures.delete_member(tx, SERVER, MEMBER, [MEMBER])
        await departures.delete_some(tx, SERVER)

    await database.transaction(half)
    # Members are gone or there as a whole.
    assert await count(database, "accounts") == await count(database, "ledger") == 1
    await leaving.sweep(nowhere)

    assert set((await of_server(database, SERVER)).values()) == {0}


async def test_nothing_is_deleted_of_a_server_that_came_back_meanwhile(
    database: Database, leaving: Departures
) -> None:
    await fill(database)
    await leaving.left(SERVER)
    await leaving.arrived([SERVER])

    assert not await do(database, departures.lock_removed, SERVER)


async def test_jobs_of_an_erased_member_go_with_the_alias_that_paid_them(
    database: Database, leaving: Departures, clock: Clock
) -> None:
    job_id = await fill(database)
    alias = -5
    for table in ("accounts", "ledger", "grants"):
        change = f"UPDATE {table} SET user_id = ?"  # noqa: S608 - our own names
        await execute(database, change, alias)
    await execute(database, "UPDATE jobs SET account_id = ? WHERE id = ?", alias, job_id)
    await leaving.left(SERVER)
    clock.at = THEN

    await leaving.sweep(nowhere)

    assert set((await of_server(database, SERVER)).values()) == {0}


async def test_removals_that_nobody_told_of_are_found(
    database: Database, leaving: Departures
) -> None:
    await leaving.arrived([1, 2, 3])
    # As a version left it that knew no servers.
    await insert_row(database, "accounts", ROWS["accounts"], {":server": 9, ":member": 1})

    assert await leaving.missing({1, 3}, lambda _: True) == [2, 9]
    assert await leaving.missing({1, 3}, lambda server: server != 2) == [9]
    await leaving.left(2)
    await leaving.left(9)
    assert await leaving.missing({1, 3}, lambda _: True) == []


async def test_a_removal_names_the_jobs_that_are_still_to_be_ended(
    database: Database, leaving: Departures
) -> None:
    running = await insert_in(database, JobState.RUNNING)
    queued = await insert_in(database, JobState.QUEUED)
    await insert_in(database, JobState.SUCCEEDED)
    await insert_in(database, JobState.RUNNING, server_id=OTHER)

    assert sorted(await leaving.left(SERVER)) == sorted([running.id, queued.id])
