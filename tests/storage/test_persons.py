"""What is read of one person finds its rows by an index, however much has been stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from storage import erasures, personal_data, persons, prompts_kept
from storage.database import Database, Query, Transaction, Value
from storage.erasures import Doomed
from storage.prompts_kept import PromptsRow
from storage.states import JobState, Shown
from tests.storage.rows import MEMBER, NOW, SERVER, do, execute, insert, insert_in, stored
from tests.storage.test_plans import Recorder, assert_no_scan, plan

ALIAS = -7

READS: dict[str, Callable[[Query], Awaitable[object]]] = {
    "what is held": lambda query: persons.holdings(query, MEMBER, ALIAS),
    "work left": lambda query: persons.has_work_left(query, MEMBER),
    "prompts left": lambda query: persons.has_prompts(query, MEMBER),
    "old prompts": lambda query: prompts_kept.older_than(query, NOW, most=10),
    "a member's prompts": lambda query: prompts_kept.of_member(query, MEMBER, most=10),
    "jobs": lambda query: personal_data.jobs(query, MEMBER, (0, "")),
    "calls": lambda query: personal_data.calls(query, ["1", "2"]),
    "entries": lambda query: personal_data.entries(query, SERVER, MEMBER, (0, "")),
    "lines": lambda query: personal_data.lines(query, ["1", "2"]),
    "accounts": lambda query: personal_data.section(query, "accounts", MEMBER, ALIAS),
    "the next message": lambda query: erasures.next_due(query, now=NOW),
}


SMALL = ("quota_rules", "suspensions", "drafts", "log_posts")
"""Moderators write rows by hand, and a day forgets the others: an erasure may read them through."""


@pytest.mark.parametrize("name", READS)
async def test_a_read_scans_no_growing_table(embedded: Database, name: str) -> None:
    recorder = Recorder(embedded.read)

    await READS[name](recorder.read)

    assert_no_scan(await plan(embedded, recorder.asked), but=SMALL)


async def test_replacing_scans_no_growing_table(embedded: Database) -> None:
    asked: list[tuple[str, tuple[Value, ...]]] = []

    async def work(tx: Transaction) -> None:
        recorder = Recorder(tx.run)
        await persons.lock_accounts(recorder, MEMBER, ALIAS)
        await erasures.doom(recorder, "id", MEMBER, now=NOW)
        await persons.replace(recorder, MEMBER, ALIAS, since=NOW)
        asked.extend(recorder.asked)

    await do(embedded, erasures.ask, "id", ALIAS, MEMBER, now=NOW)
    await embedded.transaction(work)

    assert_no_scan(await plan(embedded, asked), but=SMALL)


async def blanked(database: Database, job_id: str) -> int:
    row = PromptsRow(job_id=job_id, request="none", source="none", results=None)
    return await do(database, prompts_kept.drop, [row])


async def test_prompts_are_dropped_once_and_only_of_what_is_over(database: Database) -> None:
    over = await insert_in(database, JobState.SUCCEEDED)
    unshown = await insert_in(database, JobState.SUCCEEDED)
    queued = await insert(database)
    await execute(database, "UPDATE jobs SET shown = ? WHERE id = ?", Shown.YES, over.id)

    dropped = [await blanked(database, one.id) for one in (over, over, unshown, queued)]

    assert dropped == [1, 0, 0, 0]
    assert (await stored(database, over.id)).request == "none"
    assert (await stored(database, unshown.id)).request == "{}"


async def test_a_message_is_claimed_and_counted_once(database: Database) -> None:
    row = await insert_in(database, JobState.SUCCEEDED)
    await execute(database, "UPDATE jobs SET message_id = 5, shown = 'yes' WHERE id = ?", row.id)
    await do(database, erasures.ask, "id", ALIAS, MEMBER, now=NOW)
    await do(database, erasures.doom, "id", MEMBER, now=NOW)
    doomed = await erasures.next_due(database.read, now=NOW)
    assert doomed == Doomed(erasure_id="id", channel_id=300, message_id=5, attempts=0)

    claims = [await do(database, erasures.claim, doomed, until=NOW + 9) for _ in range(2)]
    hidden = await erasures.next_due(database.read, now=NOW + 8)
    for _ in range(2):
        await do(database, erasures.count, doomed, deleted=True)

    assert claims == [True, False]
    assert hidden is None
    found = await erasures.latest(database.read, ALIAS)
    assert found is not None
    assert (found.deleted, found.failed) == (1, 0)


async def test_an_erasure_ends_once_it_has_no_message_left(database: Database) -> None:
    await do(database, erasures.ask, "id", ALIAS, MEMBER, now=NOW)

    too_early = await do(database, erasures.mark_ended, "id", now=NOW)
    replaced = [await do(database, erasures.mark_replaced, "id", now=NOW) for _ in range(2)]
    ended = [await do(database, erasures.mark_ended, "id", now=NOW) for _ in range(2)]
    again = await do(database, erasures.ask, "next", ALIAS, MEMBER, now=NOW - 1)

    assert (too_early, replaced, ended, again) == (False, [True, False], [True, False], True)
    latest = await erasures.latest(database.read, ALIAS)
    assert latest is not None
    assert latest.id == "next"
