"""The queued step: the card is confirmed, the source is ready, then a call is intended."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from contextlib import suppress

from bot.backends.base import Running
from bot.backends.catalogue import SLOTS
from bot.jobs.presenter import CardUnknownError, WaitingForRoom
from bot.jobs.record import Failure
from bot.jobs.run import Run
from bot.jobs.source import SourceError
from storage import calls, jobs, slots
from storage.calls import CallRow
from storage.database import StorageError, Transaction
from storage.jobs import JobRow, LostError
from storage.states import JobState, Shown


class NoRoomError(Exception):
    """All places at the provider are taken; nothing was written."""


class CancelledInTimeError(Exception):
    """The job was asked to cancel before its call was intended; nothing was written."""


async def step(run: Run) -> None:
    """Bring a queued job to its paid call, or end it."""
    reading = asyncio.create_task(run.source())
    try:
        message_id = await _card(run)
        if message_id is None:
            await _lost(run)
        elif run.job.row.cancel:
            await run.end(JobState.CANCELLED, Failure.CANCELLED, message_id=message_id)
        elif await _read(run, reading, message_id):
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
    while True:
        if await _not_before_due(run):
            await run.end(JobState.CANCELLED, Failure.CANCELLED, message_id=message_id)
            return
        if run.seconds() > run.context.tempo.submit_within:
            await run.end(JobState.FAILED, Failure.TOO_LATE, message_id=message_id)
            return
        try:
            await _write_intent(run, message_id)
        except NoRoomError:
            await _keep_card(run, message_id)
            run.news.hear(WaitingForRoom())
            await _wait_for_room(run)
        except CancelledInTimeError:
            await run.end(JobState.CANCELLED, Failure.CANCELLED, message_id=message_id)
            return
        else:
            run.news.hear(Running())
            return


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
    """Write down now which message the card is: news are told on it while the job waits."""
    if run.job.row.message_id is not None:
        return

    async def work(tx: Transaction) -> JobRow:
        return await jobs.change(tx, run.job.id, fence=run.job.row.fence, message_id=message_id)

    await run.write(work)


async def _not_before_due(run: Run) -> bool:
    """Wait until the job may be tried, and this process may start a call; True if woken."""
    now = run.context.clock.now()
    if run.job.row.due > now and await run.rest((run.job.row.due - now) / 1000):
        return True
    longest = run.context.registry.longest_submit(run.entry.provider)
    while run.context.lease_left() <= longest:
        if await run.rest(1):
            return True
    return run.wake.is_set()


async def _write_intent(run: Run, message_id: int) -> None:
    context, entry = run.context, run.entry
    limit = SLOTS[entry.provider]
    places = run.job.request.count if limit is not None else 0
    now = context.clock.now()
    intended: list[CallRow] = []

    async def work(tx: Transaction) -> JobRow:
        intended.clear()
        row = await jobs.advance(
            tx,
            run.job.id,
            JobState.SUBMITTING,
            fence=run.job.row.fence,
            message_id=message_id,
        )
        if row.cancel:
            raise CancelledInTimeError
        if limit is not None and not await slots.take(tx, entry.provider, places, limit=limit):
            raise NoRoomError
        intended.append(
            await calls.intend(
                tx,
                row.id,
                backend=entry.name,
                key=str(uuid.uuid4()),
                secret=secrets.token_hex(16),
                provider=entry.provider,
                slots=places,
                now=now,
            )
        )
        return row

    async def write() -> None:
        await run.write(work)
        run.fresh_call = intended[0]

    # As one piece: cut off between the two, nobody could say any more that nothing was sent.
    await asyncio.shield(run.pay(write()))


async def _wait_for_room(run: Run) -> None:
    """Wait until a place may be free, or the job was woken; other processes cannot tell us."""
    room = run.context.room

    async def told() -> None:
        async with room:
            await room.wait()

    waiting = [asyncio.create_task(told()), asyncio.create_task(run.wake.wait())]
    try:
        await asyncio.wait(waiting, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
