"""Duplicates, calls, tokens and the smaller records."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage import accounts, budgets, calls, drafts, facts, jobs, ledger, messages, slots
from storage.budgets import Scope
from storage.calls import CallRow
from storage.database import Database, StorageError, Transaction
from storage.drafts import DraftRow
from storage.ledger import Line
from storage.states import CallOutcome, EntryKind, JobState, LotKind
from tests.storage.rows import (
    MEMBER,
    NOW,
    SERVER,
    account_at,
    count,
    do,
    execute,
    insert,
    new_job,
    stored,
)

CALL = {"backend": "fal-v3", "secret": "secret", "provider": "fal", "slots": 0, "now": NOW}
OPEN = (CallOutcome.INTENDED, CallOutcome.ACCEPTED)


async def intend(database: Database, job_id: str, key: str, **changes: object) -> CallRow:
    return await do(database, calls.intend, job_id, key=key, **(CALL | changes))


async def latest(database: Database, job_id: str) -> CallRow:
    found = await calls.latest(database, job_id)
    assert found is not None
    return found


# Jobs


async def test_a_job_is_read_as_it_was_written(database: Database) -> None:
    wanted = new_job(pressed="remix:reroll:1", parent_id="0" * 16)

    row = await do(database, jobs.insert, wanted)

    assert row is not None
    assert {name: getattr(row, name) for name in wanted.__dataclass_fields__} == {
        name: getattr(wanted, name) for name in wanted.__dataclass_fields__
    }
    assert (row.state, row.fence, row.attempts, row.settled) == (JobState.QUEUED, 1, 0, None)
    assert await jobs.get(database, row.id) == row
    assert await jobs.get(database, "unknown") is None


@pytest.mark.parametrize("same", ["id", "interaction_id"])
async def test_a_second_job_of_one_interaction_or_draft_is_not_written(
    database: Database, same: str
) -> None:
    row = await insert(database)

    second = await do(database, jobs.insert, new_job(**{same: getattr(row, same)}, reserved=60))

    assert second is None
    assert await count(database, "jobs") == 1
    assert await stored(database, row.id) == row


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"created": NOW - 1}, True),
        ({"created": NOW - 2000}, False),
        ({"created": NOW + 1}, False),
        ({"pressed": "another"}, False),
        ({"user_id": MEMBER + 1}, False),
        ({"server_id": SERVER + 1}, False),
    ],
)
async def test_a_press_is_found_by_its_button_member_and_time(
    database: Database, changes: dict[str, object], *, found: bool
) -> None:
    row = await insert(database, **({"pressed": "button"} | changes))

    pressed = await do(
        database, jobs.pressed_since, SERVER, MEMBER, "button", since=NOW - 2000, until=NOW
    )

    assert pressed == (row.id if found else None)


async def test_the_last_jobs_of_a_member_come_newest_first(database: Database) -> None:
    mine = [await insert(database, created=NOW + number) for number in range(4)]
    await insert(database, created=NOW + 9, user_id=MEMBER + 1)
    await insert(database, created=NOW + 9, server_id=SERVER + 1)

    found = await jobs.recent(database, SERVER, MEMBER, limit=3)

    assert [row.id for row in found] == [row.id for row in reversed(mine[1:])]


async def test_a_token_is_erased_when_it_dies_and_not_before(database: Database) -> None:
    dead = await insert(database, token_ends=NOW)
    alive = await insert(database, token_ends=NOW + 1)

    assert await do(database, jobs.erase_tokens, now=NOW) == 1
    assert await do(database, jobs.erase_tokens, now=NOW) == 0

    assert (await stored(database, dead.id)).token is None
    assert (await stored(database, alive.id)).token == "interaction token"


async def test_a_message_of_a_part_is_remembered_once(database: Database) -> None:
    row = await insert(database)

    for part, message in ((2, 22), (1, 11), (1, 99)):
        await do(database, messages.add, row.id, part, message)

    assert await messages.by_part(database, row.id) == {1: 11, 2: 22}


# Calls


async def test_calls_are_numbered_and_only_one_is_open(database: Database) -> None:
    job, other = await insert(database), await insert(database)
    first = await intend(database, job.id, "first")

    with pytest.raises(StorageError, match=r"(?i)unique"):
        await intend(database, job.id, "second")
    await do(database, calls.end, first, CallOutcome.NOT_ACCEPTED, now=NOW)
    second = await intend(database, job.id, "second")
    elsewhere = await intend(database, other.id, "elsewhere")

    assert (first.number, second.number, elsewhere.number) == (1, 2, 1)
    assert await latest(database, job.id) == second


async def test_no_two_calls_have_one_key(database: Database) -> None:
    job, other = await insert(database), await insert(database)
    await intend(database, job.id, "key")

    with pytest.raises(StorageError, match=r"(?i)unique"):
        await intend(database, other.id, "key")


@pytest.mark.parametrize("outcome", CallOutcome)
async def test_a_ticket_is_never_refused(database: Database, outcome: CallOutcome) -> None:
    job = await insert(database)
    call = await intend(database, job.id, "key")
    if outcome is not CallOutcome.INTENDED:
        await do(database, calls.end, call, outcome, now=NOW)

    await do(database, calls.accept, call, "ticket", now=NOW + 5)

    found = await latest(database, job.id)
    hopeful = outcome in (CallOutcome.INTENDED, CallOutcome.UNKNOWN, CallOutcome.ACCEPTED)
    assert (found.ticket, found.accepted) == ("ticket", NOW + 5)
    assert found.outcome is (CallOutcome.ACCEPTED if hopeful else outcome)


@pytest.mark.parametrize("outcome", [o for o in CallOutcome if o not in OPEN])
async def test_a_closed_call_keeps_its_ticket_only_if_it_may_be_heard_of(
    database: Database, outcome: CallOutcome
) -> None:
    job = await insert(database)
    call = await intend(database, job.id, "key")
    await do(database, calls.accept, call, "ticket", now=NOW)

    await do(database, calls.end, call, outcome, now=NOW, cost_micros=80_000)
    await do(database, calls.end, call, outcome, now=NOW)

    found = await latest(database, job.id)
    assert found.outcome is outcome
    assert found.ticket == ("ticket" if outcome is CallOutcome.UNKNOWN else None)
    assert found.cost_micros == 80_000, "a cost that is known is not forgotten"


# Money


async def test_an_entry_of_a_kind_is_written_once_and_a_job_is_closed_once(
    database: Database,
) -> None:
    job = await insert(database)

    async def record(kind: EntryKind) -> None:
        await do(
            database,
            ledger.record,
            kind,
            at=NOW,
            server_id=SERVER,
            user_id=MEMBER,
            job_id=job.id,
            lines=[Line(lot_kind=LotKind.PERIOD, lot=1, amount=-1)],
        )

    for kind in (EntryKind.RESERVE, EntryKind.SETTLE, EntryKind.RETURN):
        await record(kind)
    for kind in (EntryKind.RESERVE, EntryKind.SETTLE, EntryKind.REFUND, EntryKind.RETURN):
        with pytest.raises(StorageError, match=r"(?i)unique"):
            await record(kind)

    assert await count(database, "ledger") == 3
    assert await count(database, "ledger_lines") == 3


async def test_a_period_begins_only_later_and_keeps_what_runs(database: Database) -> None:
    async def work(tx: Transaction, start: int) -> accounts.Account:
        account = await account_at(tx, start)
        await accounts.reserve(tx, account, 4, allowance=None, now=start)
        return account

    first = await do(database, work, NOW)
    later = await do(database, work, NOW + 1)
    back = await do(database, work, NOW)

    assert (first.period, first.used) == (1, 0)
    assert (later.period, later.used, later.held, later.running) == (2, 0, 0, 1)
    assert (back.period, back.used, back.running) == (2, 4, 2)


@pytest.mark.parametrize(("allowance", "granted"), [(None, True), (10, True), (9, False)])
async def test_an_allowance_of_none_is_unlimited_and_others_are_exact(
    database: Database, allowance: int | None, *, granted: bool
) -> None:
    async def work(tx: Transaction) -> bool:
        account = await account_at(tx)
        return await accounts.reserve(tx, account, 10, allowance=allowance, now=NOW)

    assert await database.transaction(work) is granted


async def test_no_account_budget_or_slot_can_fall_below_nothing(database: Database) -> None:
    account = await do(database, account_at)
    await do(database, budgets.add, Scope.OPERATOR_DAY, 0, starts=NOW, amount=1, limit=None)
    await do(database, slots.take, "ideogram", 1, limit=10)

    for attempt in (
        do(database, accounts.close, account, period=1, held=1, returned=1),
        do(database, accounts.give_back, account, period=1, settled=1),
        do(database, budgets.change, Scope.OPERATOR_DAY, 0, starts=NOW, amount=-2),
        do(database, slots.give_back, "ideogram", 2),
    ):
        with pytest.raises(StorageError, match=r"(?i)check"):
            await attempt


async def test_budgets_of_different_scopes_and_times_are_apart(database: Database) -> None:
    for scope, scope_id, starts in (
        (Scope.OPERATOR_DAY, 0, 1),
        (Scope.OPERATOR_DAY, 0, 2),
        (Scope.SERVER_MONTH, 1, 1),
        (Scope.SERVER_MONTH, 2, 1),
    ):
        assert await do(database, budgets.add, scope, scope_id, starts=starts, amount=5, limit=5)
        assert not await do(
            database, budgets.add, scope, scope_id, starts=starts, amount=1, limit=5
        )
        assert await budgets.used(database.read, scope, scope_id, starts=starts) == 5

    assert await budgets.used(database.read, Scope.SERVER_MONTH, 3, starts=1) == 0


# The rest


async def test_a_draft_is_kept_until_it_is_swept(database: Database) -> None:
    old = DraftRow(id="a", user_id=1, request="{}", source="{}", parent_id=None, created=NOW)
    young = replace(old, id="b", created=NOW + 1, parent_id="p")
    for draft in (old, young):
        await do(database, drafts.insert, draft)
    assert await drafts.get(database, "a") == old

    await do(database, drafts.sweep, older_than=NOW + 1)

    assert await drafts.get(database, "a") is None
    assert await drafts.get(database, "b") == young


async def test_a_fact_has_its_last_value(database: Database) -> None:
    assert await facts.get(database, "name") is None

    for value in ("one", "two"):
        await do(database, facts.put, "name", value)

    assert await facts.get(database, "name") == "two"


async def test_a_row_of_the_wrong_shape_is_refused_by_the_schema(database: Database) -> None:
    row = await insert(database)

    for sql in (
        "UPDATE jobs SET state = 'lost' WHERE id = ?",
        "UPDATE jobs SET settled = reserved + 1 WHERE id = ?",
        "UPDATE jobs SET fence = 'one' WHERE id = ?",
        "INSERT INTO messages (job_id, part, message_id) VALUES (? || 'x', 1, 1)",
    ):
        with pytest.raises(StorageError, match=r"(?i)check|cannot store|foreign key|invalid input"):
            await execute(database, sql, row.id)

    assert await stored(database, row.id) == row
