"""The queued step: the card is confirmed, the source is ready, then a call is intended."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from contextlib import suppress

from bot.backends.base import Running
from bot.jobs import elsewhere
from bot.jobs.presenter import CardUnknownError, WaitingForRoom
from bot.jobs.record import Failure
from bot.jobs.restored import is_of_the_past
from bot.jobs.room import enter
from bot.jobs.run import Run
from bot.jobs.source import SourceError
from storage import calls, jobs
from storage.calls import CallRow
from storage.database import StorageError, Transaction
from storage.job_rows import JobRow
from storage.jobs import LostError
from storage.states import JobState, Shown


class CancelledInTimeError(Exception):
    """The job was asked to cancel before its call was intended; nothing was written."""


async def step(run: Run) -> None:
    """Bring a queued job to its paid call, or end it.

    Where its provider is out of order, it stays queued for another one, and begins anew.
    """
    await run.turn()
    reading = asyncio.create_task(run.source())
    try:
        message_id = await _card(run)
        if message_id is None:
            await _lost(run)
        elif run.job.row.cancel:
            await run.end(JobState.CANCELLED, Failure.CANCELLED, message_id=message_id)
        elif is_of_the_past(run.context, run.job):
            await run.end(JobState.FAILED, Failure.RESTORED, message_id=message_id)
        elif await _in_order(run, message_id) and await _read(run, reading, message_id):
            await _intend(run, message_id)
    finally:
        reading.cancel()
        await asyncio.wait({reading})


async def _card(run: Run) -> int | None:
    """The card's message id; None where there certainly is no card."""
    if run.job.row.message_id is not None:
        return run.job.row.message_id
    if run.card is not None:
        with suppress(TimeoutError):
            async with asyncio.timeout(run.context.tempo.answer_within):
                message_id = await asyncio.shield(run.card)
            if message_id is not None:
                return message_id
    attempt = 0
    while True:
        try:
            return await run.context.presenter.find_card(run.job)
        except CardUnknownError:
            await asyncio.sleep(run.context.tempo.gap(attempt))
            attempt += 1


async def _lost(run: Run) -> None:
    # Without a card there is nothing to show, and nobody who waits for anything.
    await run.end(JobState.CANCELLED, Failure.CARD_LOST, shown=Shown.DELETED, token=None)


async def _in_order(run: Run, message_id: int) -> bool:
    """Wait until its provider is in order; False where the job goes elsewhere, or ended."""
    while not run.context.works(run.entry):
        run.next = await elsewhere.another(run)
        if run.next is not None:
            return False
        if run.seconds() > run.context.tempo.submit_within:
            await run.end(JobState.FAILED, Failure.TOO_LATE, message_id=message_id)
            return False
        await _keep_card(run, message_id)
        run.news.hear(WaitingForRoom())
        if await run.rest(run.context.tempo.sweep):
            await run.end(JobState.CANCELLED, Failure.CANCELLED, message_id=message_id)
            return False
    return True


async def _read(run: Run, reading: asyncio.Task[object], message_id: int) -> bool:
    """Wait for the source; False where the job ended instead."""
    waking = asyncio.create_task(run.wake.wait())
    try:
        await asyncio.wait({reading, waking}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            await run.end(JobState.CANCELLED, Failure.CANCELLED, message_id=message_id)
            return False
        await reading
    except SourceError as error:
        await run.end(JobState.FAILED, error.reason, message_id=message_id)
        return False
    finally:
        waking.cancel()
    return True


async def _intend(run: Run, message_id: int) -> None:
    room = run.context.room
    while True:
        if await _not_before_due(run):
            await run.end(JobState.CANCELLED, Failure.CANCELLED, message_id=message_id)
            break
        if run.seconds() > run.context.tempo.submit_within:
            await run.end(JobState.FAILED, Failure.TOO_LATE, message_id=message_id)
            break
        if not run.context.works(run.entry):
            break  # It went out of order meanwhile: the step begins anew.
        try:
            intended = await _write_intent(run, message_id)
        except CancelledInTimeError:
            await run.end(JobState.CANCELLED, Failure.CANCELLED, message_id=message_id)
            break
        if intended:
            run.news.hear(Running())
            return
        run.news.hear(WaitingForRoom())
        await room.wait(run.context, run.job.id, run.entry.provider, run.wake)
    await room.leave(run.context, run.job.id)


async def remember_card(run: Run) -> None:
    """Write down the card of a job that is left while it is queued: only this process knows it."""
    card = run.card
    if card is None or not card.done() or not run.job.unfinished:
        return
    message_id = card.result()
    if message_id is not None:
        with suppress(LostError, StorageError):
            await _keep_card(run, message_id)


async def _keep_card(run: Run, message_id: int) -> None:
    """Write down which message the card is, if that was not done yet."""
    if run.job.row.message_id is not None:
        return

    async def work(tx: Transaction) -> JobRow:
        return await jobs.change(tx, run.job.id, fence=run.job.row.fence, message_id=message_id)

    await run.write(work)


async def _not_before_due(run: Run) -> bool:
    """Wait until the job may be tried, and this process may start a call; True if woken."""
    context = run.context
    wait = (run.job.row.due - context.clock.now()) / 1000
    # A clock that was put back would have it wait for hours.
    if wait > 0 and await run.rest(min(wait, context.tempo.submit_within)):
        return True
    while not context.may_pay(run.entry.provider) or context.unstored:
        if await run.rest(1):
            return True
    return run.wake.is_set()


async def _write_intent(run: Run, message_id: int) -> bool:
    """Write that a paid call is about to be sent; False where the job waits for a place."""
    context, entry = run.context, run.entry
    places, count = context.places[entry.provider], run.job.request.count
    now = context.clock.now()
    intended: list[CallRow] = []
    counted = 0

    async def work(tx: Transaction) -> JobRow:
        nonlocal counted
        intended.clear()
        # Before the place, so that every transaction locks the job first. News are told on
        # the card while the job waits, so it is written down in any case.
        row = await jobs.change(tx, run.job.id, fence=run.job.row.fence, message_id=message_id)
        if row.cancel:
            raise CancelledInTimeError
        taken = 0
        if places is not None:
            entered = await enter(tx, row, entry.provider, places, pictures=count, now=now)
            if entered is None:
                return row
            taken = entered
        row = await jobs.advance(tx, row.id, JobState.SUBMITTING, fence=row.fence)
        intended.append(
            await calls.intend(
                tx,
                row.id,
                backend=entry.name,
                key=str(uuid.uuid4()),
                secret=secrets.token_hex(16),
                provider=entry.provider,
                slots=taken,
                now=now,
            )
        )
        counted = await context.count(tx)
        return row

    async def write() -> None:
        await run.write(work)
        context.keep_count(counted)
        run.fresh_call = intended[0] if intended else None

    # As one piece: cut off between the two, nobody could say any more that nothing was sent.
    await asyncio.shield(run.pay(write()))
    return bool(intended)
