"""Jobs as they are stored: what a reservation writes, and what is read back."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Row, integer, integer_or_none, text, text_or_none
from storage.states import JobState, Shown


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """One job as it is stored; times are milliseconds, `request` and the like are JSON."""

    id: str
    interaction_id: int
    server_id: int
    channel_id: int
    user_id: int
    account_id: int
    """Whose account it is on: the member's, or the alias of one who was erased before."""
    state: JobState
    fence: int
    owner: str
    pressed: str | None
    parent_id: str | None
    backend: str
    request: str
    source: str
    token: str | None
    token_ends: int
    upload_limit: int
    message_id: int | None
    credits_each: int
    micros_each: int
    reserved: int
    settled: int | None
    period: int
    month_start: int
    day_start: int
    budget_start: int
    created: int
    finished: int | None
    attempts: int
    due: int
    cancel: bool
    reason: str | None
    results: str | None
    shown: Shown
    gift: bool
    shows_flagged: bool
    """Whether pictures that the provider flags are shown, hidden until they are clicked."""


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """What a reservation writes."""

    id: str
    interaction_id: int
    server_id: int
    channel_id: int
    user_id: int
    account_id: int
    owner: str
    pressed: str | None
    parent_id: str | None
    backend: str
    request: str
    source: str
    token: str
    token_ends: int
    upload_limit: int
    credits_each: int
    micros_each: int
    reserved: int
    period: int
    month_start: int
    day_start: int
    budget_start: int
    created: int
    shows_flagged: bool = False


def job_row(row: Row) -> JobRow:
    """A row of the table as a value."""
    return JobRow(
        id=text(row, "id"),
        interaction_id=integer(row, "interaction_id"),
        server_id=integer(row, "server_id"),
        channel_id=integer(row, "channel_id"),
        user_id=integer(row, "user_id"),
        account_id=integer(row, "account_id"),
        state=JobState(text(row, "state")),
        fence=integer(row, "fence"),
        owner=text(row, "owner"),
        pressed=text_or_none(row, "pressed"),
        parent_id=text_or_none(row, "parent_id"),
        backend=text(row, "backend"),
        request=text(row, "request"),
        source=text(row, "source"),
        token=text_or_none(row, "token"),
        token_ends=integer(row, "token_ends"),
        upload_limit=integer(row, "upload_limit"),
        message_id=integer_or_none(row, "message_id"),
        credits_each=integer(row, "credits_each"),
        micros_each=integer(row, "micros_each"),
        reserved=integer(row, "reserved"),
        settled=integer_or_none(row, "settled"),
        period=integer(row, "period"),
        month_start=integer(row, "month_start"),
        day_start=integer(row, "day_start"),
        budget_start=integer(row, "budget_start"),
        created=integer(row, "created"),
        finished=integer_or_none(row, "finished"),
        attempts=integer(row, "attempts"),
        due=integer(row, "due"),
        cancel=bool(integer(row, "cancel")),
        reason=text_or_none(row, "reason"),
        results=text_or_none(row, "results"),
        shown=Shown(text(row, "shown")),
        gift=bool(integer(row, "gift")),
        shows_flagged=bool(integer(row, "shows_flagged")),
    )
