"""Going on at another backend where the chosen one cannot."""

from __future__ import annotations

import logging

from bot.backends.capabilities import clash, missing
from bot.backends.entry import Entry
from bot.backends.errors import BackendError, Reason, Rejected, Unavailable
from bot.jobs.run import Run
from bot.jobs.submit import brought, offer
from bot.quotas import micros
from bot.servers import read_server
from storage import calls
from storage.calls import CallRow
from storage.states import CallOutcome, JobState

log = logging.getLogger(__name__)

MOST_OTHERS = 2
"""Backends that are tried in the place of the chosen one."""


async def go(run: Run, call: CallRow, error: Rejected | Unavailable) -> bool:
    """Queue the job for another backend; False, with nothing changed, where there is none.

    Args:
        run: The job.
        call: Its call, sent by this very process or accepted: of any other nobody could say
            that it was not carried out.
        error: What became of it.

    Raises:
        storage.jobs.LostError: Someone was first.
    """
    run.next = None
    if isinstance(error, Rejected) and not error.elsewhere:
        return False
    entry = await another(run, error)
    if entry is None:
        return False
    accepted = run.job.state is JobState.RUNNING
    outcome = CallOutcome.FAILED if accepted else CallOutcome.NOT_ACCEPTED
    # Before it is written: whoever repeats this, since the answer to it was lost, is told that
    # someone was first, and goes on from what is stored.
    run.next = entry
    await run.queue_again(call, wait=0, outcome=outcome)
    log.info("job.elsewhere", extra={"backend": entry.name, "reason": error.reason})
    return True


async def another(run: Run, error: BackendError | None = None) -> Entry | None:
    """Give the backend that may do it instead: at another provider, and the dearest of them.

    The dearest is the likest to the one that was chosen, and none costs more than what was
    reserved. Another one of the same provider is taken only where just the model failed.

    Args:
        run: The job.
        error: What the present backend said; None where its provider is out of order.
    """
    row = run.job.row
    late = run.seconds() > run.context.tempo.submit_within
    if not run.context.fallback or row.gift or late:
        return None
    settings = (await read_server(run.context.database.read, row.server_id)).settings
    if not settings.fallback:
        return None
    tried = {call.backend for call in await calls.of_job(run.context.database, row.id)}
    tried |= {row.backend, run.entry.name}
    if len(tried) > MOST_OTHERS:
        return None
    only_model = isinstance(error, Rejected) and error.reason is Reason.UPSTREAM
    able = [
        entry
        for entry in offer(run.context.offered, settings)
        if entry.name not in tried
        and (only_model or entry.provider is not run.entry.provider)
        and _can_do(run, entry)
    ]
    speed = run.job.request.speed
    able.sort(key=lambda entry: (entry.provider is run.entry.provider, -entry.price_at(speed)))
    return able[0] if able else None


def _can_do(run: Run, entry: Entry) -> bool:
    """Say whether a backend can do all that was asked, for no more than was reserved."""
    request, what = run.job.request, brought(run.job.pictures)
    return (
        missing(entry, request, what) is None
        and clash(entry, request, what) is None
        and micros(entry.price_at(request.speed)) <= run.job.row.micros_each
    )
