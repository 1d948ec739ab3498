"""Settling a job whose call made pictures: all of them, or as many as there are in time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.backends.base import Output
from bot.backends.errors import Reason
from bot.backends.shapes import shape
from bot.jobs.record import Failure, Outcome, Result, write_outcome
from bot.jobs.results import Collector
from bot.jobs.run import Run
from bot.jobs.settlement import Bill, Flagged
from bot.jobs.source import Prepared, SourceError
from bot.quotas import MICROS, micros
from storage.calls import CallRow
from storage.states import CallOutcome, JobState

CROP_TOLERANCE = 0.01


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a provider made of a call, as far as it got."""

    outputs: tuple[Output, ...]
    """Withheld pictures are among them."""
    cost: Decimal | None = None
    """US dollars for these, where the provider says."""
    doubtful: int = 0
    """Pictures besides that it may yet make and bill."""


async def finish(run: Run, call: CallRow, made: Made, collector: Collector) -> None:
    """Read the pictures and settle those on hand; the rest is given back.

    Raises:
        storage.jobs.LostError: Someone was first.
    """
    await _compare_prices(run, made)
    found = await collector.collect(made.outputs)
    # One that is shown all the same is a picture like others.
    unsafe = sum(not output.safe for output in made.outputs) - sum(one.flagged for one in found)
    if not found:
        bill = _bill(run, made, 0, unsafe, reason=Failure.UNSAFE_CHARGED)
        reason = Reason.UNSAFE_OUTPUT if unsafe else Reason.NO_RESULT
        await run.end(JobState.FAILED, reason, call=call, bill=bill, cost_micros=bill.spent_micros)
        return
    outcome = replace(await _outcome(run, made, found), flagged=unsafe)
    charged = write_outcome(replace(outcome, charged_flagged=unsafe))
    bill = _bill(run, made, len(found), unsafe, results=charged)
    await run.end(
        JobState.SUCCEEDED,
        None,
        call=call,
        outcome=CallOutcome.DONE,
        bill=bill,
        cost_micros=bill.spent_micros,
        results=write_outcome(outcome),
    )


def _bill(run: Run, made: Made, on_hand: int, unsafe: int, **if_charged: str) -> Bill:
    """Make out the bill.

    Args:
        run: The job.
        made: What the provider made.
        on_hand: Pictures that can be shown.
        unsafe: Pictures that were flagged.
        if_charged: What the job says if these are charged.
    """
    each, count = run.price, len(made.outputs)
    cost = each.micros_each * count if made.cost is None else micros(made.cost)
    flagged: Flagged | None = None
    # A cost that is no more than that of the others alone does not contain them.
    if unsafe and cost > each.micros_each * (count - unsafe):
        refunds = run.context.limits.flagged_refunds
        flagged = Flagged(credits=each.credits_each * unsafe, refunds=refunds, changes=if_charged)
    return Bill(
        credits=min(each.credits, each.credits_each * on_hand),
        spent_credits=min(each.credits, each.credits_each * (count + made.doubtful)),
        spent_micros=cost + each.micros_each * made.doubtful,
        flagged=flagged,
    )


async def _compare_prices(run: Run, made: Made) -> None:
    """Tell the operator of a cost that is not the list price."""
    notices, cost = run.context.notices, made.cost
    listed = run.price.micros_each * len(made.outputs)
    if notices is None or cost is None or micros(cost) == listed:
        return
    await notices.tell(
        f"{run.entry.name}.price",
        f"{run.entry.provider} billed ${cost} for {len(made.outputs)} pictures of"
        f" {run.entry.name}, and its list price says ${Decimal(listed) / MICROS}:"
        " correct the price of this backend.",
    )


async def _outcome(run: Run, made: Made, found: Sequence[Result]) -> Outcome:
    instead = run.entry.name if run.entry.name != run.job.row.backend else None
    outcome = Outcome(
        results=tuple(found), withheld=len(made.outputs) - len(found), backend=instead
    )
    with suppress(SourceError):
        return _with_pictures(outcome, run, await run.source())
    return outcome


def _with_pictures(outcome: Outcome, run: Run, prepared: Prepared) -> Outcome:
    """Say what lies beside the results, to be shown with them."""
    source = prepared.source
    size = None if source is None else (source.width, source.height)
    asked = shape(run.entry, run.job.request, size)
    return replace(
        outcome,
        shape="" if asked is None else str(asked),
        cropped=asked is not None and size is not None and asked.crop(*size) > CROP_TOLERANCE,
        animated=prepared.animated,
        source_type=None if source is None else source.media_type,
        masked=prepared.mask is not None,
        reference_types=tuple(reference.media_type for reference in prepared.references),
    )
