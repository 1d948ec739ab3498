"""The states that are stored, each with its meaning, and the edges between them."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    """Reserved; nothing was bought."""
    SUBMITTING = "submitting"
    """A paid call is intended: it may or may not have reached the provider."""
    RUNNING = "running"
    """The provider accepted it and gave a ticket."""
    SUCCEEDED = "succeeded"
    """The pictures are in the spool and charged."""
    FAILED = "failed"
    """Came to nothing; refunded, but for flagged pictures beyond the day's refunds."""
    CANCELLED = "cancelled"
    """Stopped before it cost anything; refunded."""
    UNCONFIRMED = "unconfirmed"
    """Refunded, though the provider may have done the work."""


class CallOutcome(StrEnum):
    """What became of one paid call."""

    INTENDED = "intended"
    """About to be sent; only the process that sends it knows whether it was."""
    ACCEPTED = "accepted"
    """The provider gave a ticket."""
    DONE = "done"
    NOT_ACCEPTED = "not_accepted"
    """Certainly not accepted: nothing was bought."""
    FAILED = "failed"
    """Accepted, and came to nothing."""
    UNKNOWN = "unknown"
    """Sent, or perhaps sent, and nothing more was heard of it."""


class EntryKind(StrEnum):
    """What a ledger entry records."""

    RESERVE = "reserve"
    SETTLE = "settle"
    REFUND = "refund"
    RETURN = "return"
    """After a settle whose pictures could never be shown."""
    GRANT = "grant"
    REVOKE = "revoke"
    EXPIRE = "expire"
    RENEW = "renew"


class LotKind(StrEnum):
    """What a ledger line draws on."""

    PERIOD = "period"
    """The allowance of one period, by the period's number."""
    GRANT = "grant"
    """Credits that a moderator gave, by the grant's id."""


class Shown(StrEnum):
    """How far a job's end has reached Discord."""

    NO = "no"
    YES = "yes"
    DELETED = "deleted"
    """Its card was deleted: nothing more is posted."""
    UNDELIVERABLE = "undeliverable"
    """Channel or access is gone, or a day went by: given back."""


UNFINISHED = (JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING)

EDGES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.SUBMITTING, JobState.FAILED, JobState.CANCELLED}),
    JobState.SUBMITTING: frozenset(
        {JobState.QUEUED, JobState.RUNNING, JobState.FAILED, JobState.UNCONFIRMED}
    ),
    # Back to the queue where its call ended unbilled and another backend does it instead.
    JobState.RUNNING: frozenset(
        {
            JobState.QUEUED,
            JobState.SUCCEEDED,
            JobState.FAILED,
            JobState.CANCELLED,
            JobState.UNCONFIRMED,
        }
    ),
    JobState.UNCONFIRMED: frozenset({JobState.RUNNING}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}


def before(state: JobState) -> tuple[JobState, ...]:
    """The states from which `state` may be entered."""
    return tuple(start for start, ends in EDGES.items() if state in ends)
