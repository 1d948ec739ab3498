"""What a webhook tells is noted at its call alone, and changes nothing else."""

from __future__ import annotations

import pytest

from storage import calls
from storage.calls import HINT_MS, CallRow
from storage.database import Database
from storage.states import CallOutcome
from tests.storage.rows import NOW, do, execute, insert


async def call_of(database: Database, **changes: object) -> CallRow:
    row = await insert(database, **changes)
    return await do(
        database,
        calls.intend,
        row.id,
        backend="fal-v2a",
        key=f"key-{row.id}",
        secret=f"secret-{row.id}",
        provider="fal",
        slots=0,
        now=NOW,
    )


async def test_a_hint_is_noted_at_the_call_of_its_secret(database: Database) -> None:
    call, other = await call_of(database), await call_of(database)

    for _ in range(2):
        told = await do(database, calls.note_hint, call.secret, "fal", "theirs", now=NOW + 1)
        assert told == call.job_id

    found = await calls.latest(database, call.job_id)
    assert found is not None
    assert (found.hint, found.outcome, found.ticket) == ("theirs", CallOutcome.INTENDED, None)
    assert await calls.latest(database, other.job_id) == other


@pytest.mark.parametrize(
    ("secret", "provider", "later"),
    [("wrong", "fal", 1), (None, "runware", 1), (None, "fal", HINT_MS)],
)
async def test_a_hint_to_no_call_that_anyone_waits_for_is_nobodys(
    database: Database, secret: str | None, provider: str, later: int
) -> None:
    call = await call_of(database)

    told = await do(
        database, calls.note_hint, secret or call.secret, provider, "theirs", now=NOW + later
    )

    assert told is None
    assert await calls.latest(database, call.job_id) == call


@pytest.mark.parametrize("outcome", CallOutcome)
async def test_a_hint_is_of_use_only_to_a_call_whose_end_is_open(
    database: Database, outcome: CallOutcome
) -> None:
    call = await call_of(database)
    await do(database, calls.end, call, outcome, now=NOW)

    told = await do(database, calls.note_hint, call.secret, "fal", "theirs", now=NOW)

    open_ended = (CallOutcome.INTENDED, CallOutcome.ACCEPTED, CallOutcome.UNKNOWN)
    assert told == (call.job_id if outcome in open_ended else None)


async def test_an_owner_finds_the_hints_to_its_open_calls(database: Database) -> None:
    mine, silent, theirs = [
        await call_of(database, owner=owner) for owner in ("this", "this", "another")
    ]
    ended = await call_of(database, owner="this")
    for call in (mine, theirs, ended):
        await do(database, calls.note_hint, call.secret, "fal", f"of {call.key}", now=NOW)
    await do(database, calls.end, ended, CallOutcome.DONE, now=NOW)

    found = await calls.hinted(database, "this", late_since=NOW)

    assert found == {mine.job_id: f"of {mine.key}"}
    assert silent.hint is None


@pytest.mark.parametrize("outcome", [CallOutcome.ACCEPTED, CallOutcome.UNKNOWN])
async def test_an_owner_finds_the_hints_to_calls_that_were_given_up_for_a_day(
    database: Database, outcome: CallOutcome
) -> None:
    call = await call_of(database, owner="this")
    given_up = "UPDATE jobs SET state = 'unconfirmed', shown = 'yes', finished = ? WHERE id = ?"
    await execute(database, given_up, NOW, call.job_id)
    await do(database, calls.end, call, outcome, now=NOW)
    await do(database, calls.note_hint, call.secret, "fal", "theirs", now=NOW)

    assert await calls.hinted(database, "this", late_since=NOW - 1) == {call.job_id: "theirs"}
    assert await calls.hinted(database, "this", late_since=NOW) == {}
    assert await calls.hinted(database, "another", late_since=NOW - 1) == {}
