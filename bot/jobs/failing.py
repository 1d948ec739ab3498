"""A call that the provider refused, or carried out in vain."""

from __future__ import annotations

import logging

from bot.backends.errors import BackendError, Reason, Rejected
from bot.jobs.record import Failure
from bot.jobs.run import Run
from bot.jobs.settlement import NOTHING
from storage.calls import CallRow
from storage.states import CallOutcome, JobState

log = logging.getLogger(__name__)


async def fail(run: Run, call: CallRow, error: Rejected) -> None:
    """End a job for what its provider said of the call; the member is refunded.

    Raises:
        storage.jobs.LostError: Someone was first.
    """
    bill = run.unpaid_bill() if error.billed else NOTHING
    began = run.job.state is JobState.RUNNING
    # Work that was asked to stop may end in a failure a moment later.
    stopped = began and run.job.row.cancel and not error.billed
    await run.end(
        JobState.CANCELLED if stopped else JobState.FAILED,
        Failure.CANCELLED if stopped else error.reason,
        call=call,
        outcome=CallOutcome.FAILED if began or error.billed else CallOutcome.NOT_ACCEPTED,
        bill=bill,
        cost_micros=bill.spent_micros,
    )


async def note(run: Run, error: BackendError) -> None:
    """Log an error, and tell the operator of what is theirs to mend.

    One of the account also takes the provider out of the offer.
    """
    entry, circuit, notices = run.entry, run.context.circuit, run.context.notices
    about = {"backend": entry.name, "reason": error.reason, "detail": error.detail}
    log.warning("call.%s", type(error).__name__.lower(), extra=about)
    if error.reason is Reason.ACCOUNT:
        if circuit is not None:
            await circuit.trip(entry.provider, error.reason, error.detail)
    elif isinstance(error, Rejected) and error.operator and notices is not None:
        await notices.tell(
            f"{entry.name}.refused",
            f"{entry.provider} refuses {entry.name} whatever is asked ({error.detail}): see"
            " whether the model still exists there, and leave the backend out if it does not.",
        )
