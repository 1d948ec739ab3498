"""A job changes its state along its edges, by its owner alone, and its end is shown once."""

from __future__ import annotations

import itertools

import pytest

from storage import jobs
from storage.database import Database
from storage.jobs import LostError
from storage.states import EDGES, UNFINISHED, JobState, Shown, before
from tests.storage.rows import NOW, do, insert, insert_in, stored

PAIRS = list(itertools.product(JobState, JobState))
ENDED = tuple(state for state in JobState if state not in UNFINISHED)


def test_every_state_has_its_edges_and_all_but_the_first_can_be_reached() -> None:
    assert set(EDGES) == set(JobState)
    assert all(before(state) for state in JobState)
    assert sum(len(ends) for ends in EDGES.values()) == 13


@pytest.mark.parametrize(("start", "end"), PAIRS, ids=str)
async def test_a_job_moves_along_its_edges_and_no_others(
    database: Database, start: JobState, end: JobState
) -> None:
    row = await insert_in(database, start)

    if end in EDGES[start]:
        moved = await do(database, jobs.advance, row.id, end, fence=row.fence, reason="why")
        assert (moved.state, moved.reason) == (end, "why")
        assert await stored(database, row.id) == moved
    else:
        with pytest.raises(LostError):
            await do(database, jobs.advance, row.id, end, fence=row.fence, reason="why")
        assert await stored(database, row.id) == row


@pytest.mark.parametrize(("start", "end"), [(a, b) for a, b in PAIRS if b in EDGES[a]], ids=str)
async def test_a_job_that_was_taken_over_cannot_be_moved_by_its_old_owner(
    database: Database, start: JobState, end: JobState
) -> None:
    old = await insert_in(database, start, owner="old")
    await do(database, jobs.take_over, "new", dead_since=NOW, late_since=NOW - 1)
    taken = await stored(database, old.id)

    with pytest.raises(LostError):
        await do(database, jobs.advance, old.id, end, fence=old.fence)
    with pytest.raises(LostError):
        await do(database, jobs.change, old.id, fence=old.fence, attempts=1)
    with pytest.raises(LostError):
        await do(database, jobs.mark_shown, old.id, Shown.YES, fence=old.fence)

    assert (taken.owner, taken.fence) == ("new", old.fence + 1)
    assert await stored(database, old.id) == taken


async def test_a_change_names_only_columns_that_may_change(database: Database) -> None:
    row = await insert(database)

    with pytest.raises(ValueError, match="reserved"):
        await do(database, jobs.change, row.id, fence=row.fence, reserved=0)
    with pytest.raises(ValueError, match="state"):
        await do(database, jobs.change, row.id, fence=row.fence, state="succeeded")

    assert await stored(database, row.id) == row


@pytest.mark.parametrize("shown", [shown for shown in Shown if shown is not Shown.NO])
async def test_an_end_is_marked_as_shown_once_and_the_token_goes_with_it(
    database: Database, shown: Shown
) -> None:
    row = await insert_in(database, JobState.SUCCEEDED)

    marked = await do(database, jobs.mark_shown, row.id, shown, fence=row.fence)
    with pytest.raises(LostError):
        await do(database, jobs.mark_shown, row.id, Shown.YES, fence=row.fence)

    assert (row.shown, row.token) == (Shown.NO, "interaction token")
    assert (marked.shown, marked.token) == (shown, None)
    assert await stored(database, row.id) == marked


@pytest.mark.parametrize("state", JobState)
async def test_only_an_unfinished_job_takes_the_wish_to_cancel(
    database: Database, state: JobState
) -> None:
    row = await insert_in(database, state)

    asked = await do(database, jobs.request_cancel, row.id)

    assert (asked is not None) == (state in UNFINISHED)
    assert (await stored(database, row.id)).cancel == (state in UNFINISHED)


async def test_the_wish_to_cancel_can_be_limited_to_what_is_not_sent_yet(
    database: Database,
) -> None:
    queued = await insert_in(database, JobState.QUEUED)
    sent = await insert_in(database, JobState.SUBMITTING)

    for row in (queued, sent):
        await do(database, jobs.request_cancel, row.id, (JobState.QUEUED,))

    assert (await stored(database, queued.id)).cancel
    assert not (await stored(database, sent.id)).cancel


@pytest.mark.parametrize("state", JobState)
async def test_what_a_dead_process_left_is_taken_over(database: Database, state: JobState) -> None:
    left = await insert_in(database, state, owner="dead")
    if state in ENDED:
        await do(database, jobs.mark_shown, left.id, Shown.YES, fence=left.fence)

    taken = await do(database, jobs.take_over, "this", dead_since=NOW, late_since=NOW - 1)

    expected = state in UNFINISHED or state is JobState.UNCONFIRMED
    assert taken == expected
    assert (await stored(database, left.id)).owner == ("this" if expected else "dead")


@pytest.mark.parametrize("state", ENDED)
async def test_an_end_that_was_not_shown_is_work_left(database: Database, state: JobState) -> None:
    left = await insert_in(database, state, owner="dead")

    assert await do(database, jobs.take_over, "this", dead_since=NOW, late_since=NOW + 1) == 1
    assert await jobs.with_work_left(database, "this") == [left.id]


async def test_an_unconfirmed_job_is_left_alone_once_it_is_too_old(database: Database) -> None:
    row = await insert_in(database, JobState.UNCONFIRMED, owner="dead")
    await do(database, jobs.mark_shown, row.id, Shown.YES, fence=row.fence)

    assert await do(database, jobs.take_over, "this", dead_since=NOW, late_since=NOW) == 0
    assert await jobs.unconfirmed_since(database, "dead", NOW) == []
    assert await jobs.unconfirmed_since(database, "dead", NOW - 1) == [row.id]
    assert await jobs.unconfirmed_since(database, "this", NOW - 1) == []
