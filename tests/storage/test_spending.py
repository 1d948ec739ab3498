"""What was spent is added up from jobs and calls, each where it belongs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.jobs.record import Outcome, Result, write_outcome
from storage import calls, spending
from storage.database import Database
from storage.spending import SpentRow
from storage.states import CallOutcome, JobState
from tests.storage.rows import MEMBER, NOW, SERVER, do, execute, insert, insert_in

DAY = 86_400_000


def outcome(pictures: int, prompt: str = "") -> str:
    result = Result(
        name="a", media_type="image/png", width=1, height=1, size=1, prompt=prompt or None
    )
    return write_outcome(Outcome(results=(result,) * pictures))


async def settle(database: Database, job_id: str, settled: int | None, pictures: int) -> None:
    await execute(
        database,
        "UPDATE jobs SET settled = ?, results = ?, shown = 'yes' WHERE id = ?",
        settled,
        outcome(pictures) if pictures else None,
        job_id,
    )


async def call(
    database: Database,
    job_id: str,
    ended: CallOutcome,
    cost: int | None,
    backend: str = "fal-v3",
) -> None:
    row = await do(
        database,
        calls.intend,
        job_id,
        backend=backend,
        key=f"{job_id}-{ended}-{backend}",
        secret="secret",
        provider="fal",
        slots=0,
        now=NOW,
    )
    await do(database, calls.end, row, ended, now=NOW, cost_micros=cost)


async def spent(database: Database, since: int = NOW, until: int = NOW + DAY) -> list[SpentRow]:
    return await spending.spent(database.read, SERVER, since=since, until=until)


def row(**changes: Any) -> SpentRow:
    plain = SpentRow(user_id=MEMBER, backend="fal-v3", jobs=0, pictures=0, credits=0, micros=0)
    return replace(plain, **changes)


async def test_jobs_pictures_credits_and_costs_are_summed_by_member_and_backend(
    database: Database,
) -> None:
    for member, pictures in ((MEMBER, 1), (MEMBER, 3), (MEMBER + 1, 2)):
        job = await insert_in(database, JobState.SUCCEEDED, user_id=member, reserved=18)
        await settle(database, job.id, 6 * pictures, pictures)
        await call(database, job.id, CallOutcome.DONE, 60_000 * pictures)

    assert await spent(database) == [
        row(jobs=2, pictures=4, credits=24, micros=240_000),
        row(user_id=MEMBER + 1, jobs=1, pictures=2, credits=12, micros=120_000),
    ]


async def test_only_the_servers_jobs_of_the_time_are_counted(database: Database) -> None:
    for changes in (
        {"created": NOW - 1},
        {"created": NOW + DAY},
        {"server_id": SERVER + 1},
    ):
        job = await insert_in(database, JobState.SUCCEEDED, **changes)
        await settle(database, job.id, 6, 1)
        await call(database, job.id, CallOutcome.DONE, 60_000)
    for moment in (NOW, NOW + DAY - 1):
        job = await insert_in(database, JobState.SUCCEEDED, created=moment)
        await settle(database, job.id, 6, 1)

    assert await spent(database) == [row(jobs=2, pictures=2, credits=12)]


async def test_the_backend_that_did_it_counts_and_not_the_one_that_was_asked(
    database: Database,
) -> None:
    job = await insert_in(database, JobState.SUCCEEDED)
    await settle(database, job.id, 4, 1)
    await call(database, job.id, CallOutcome.NOT_ACCEPTED, 0)
    await call(database, job.id, CallOutcome.DONE, 40_000, backend="runware-v2")

    assert await spent(database) == [
        row(backend="runware-v2", jobs=1, pictures=1, credits=4, micros=40_000)
    ]


async def test_what_failed_though_it_was_billed_costs_and_is_no_remix(database: Database) -> None:
    failed = await insert_in(database, JobState.FAILED)
    await call(database, failed.id, CallOutcome.FAILED, 60_000)
    free = await insert_in(database, JobState.FAILED, user_id=MEMBER + 1)
    await call(database, free.id, CallOutcome.FAILED, 0)
    charged = await insert_in(database, JobState.FAILED, user_id=MEMBER + 2)
    await settle(database, charged.id, 6, 0)
    await call(database, charged.id, CallOutcome.FAILED, 60_000)

    assert await spent(database) == [
        row(micros=60_000),
        row(user_id=MEMBER + 2, jobs=1, credits=6, micros=60_000),
    ]


async def test_a_call_that_nobody_knows_the_end_of_costs_its_list_price(
    database: Database,
) -> None:
    job = await insert_in(
        database, JobState.UNCONFIRMED, credits_each=6, micros_each=55_000, reserved=18
    )
    await call(database, job.id, CallOutcome.UNKNOWN, None)
    free = await insert_in(
        database, JobState.UNCONFIRMED, credits_each=0, micros_each=0, reserved=0
    )
    await call(database, free.id, CallOutcome.UNKNOWN, None)

    assert await spent(database) == [row(micros=165_000)]


async def test_what_was_given_back_is_not_charged_and_a_gift_never_was(
    database: Database,
) -> None:
    lost = await insert_in(database, JobState.SUCCEEDED)
    await settle(database, lost.id, 6, 1)
    await execute(database, "UPDATE jobs SET shown = 'undeliverable' WHERE id = ?", lost.id)
    gift = await insert_in(database, JobState.SUCCEEDED)
    await settle(database, gift.id, None, 2)
    await execute(database, "UPDATE jobs SET gift = 1 WHERE id = ?", gift.id)

    assert await spent(database) == [row(jobs=2, pictures=3)]


async def test_what_is_still_under_way_is_not_there_yet(database: Database) -> None:
    job = await insert_in(database, JobState.RUNNING)
    await call(database, job.id, CallOutcome.ACCEPTED, None)
    await insert(database)

    assert await spent(database) == []


async def test_a_prompt_that_looks_like_a_result_is_no_picture(database: Database) -> None:
    job = await insert_in(database, JobState.SUCCEEDED)
    text = outcome(1, prompt='a "media_type": "image/png" and \\"media_type\\":')
    sql = "UPDATE jobs SET settled = 6, results = ? WHERE id = ?"
    await execute(database, sql, text, job.id)

    assert await spent(database) == [row(jobs=1, pictures=1, credits=6)]
