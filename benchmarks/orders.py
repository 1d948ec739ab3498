"""A member's order as the reservation writes it, for parts of the bench that need no Discord."""

from __future__ import annotations

import secrets

from bot.backends.base import Request
from bot.jobs.record import Pictures, write_pictures, write_request
from bot.quotas import periods
from storage.job_rows import NewJob

CREDITS = 4
"""What it costs."""


def order(member: int, now: int) -> NewJob:
    """Give the job of one order.

    Args:
        member: The member's id.
        now: Milliseconds.
    """
    starts = periods(now)
    return NewJob(
        id=secrets.token_hex(8),
        interaction_id=secrets.randbits(62),
        server_id=1,
        channel_id=1,
        user_id=member,
        account_id=member,
        owner="this",
        pressed=None,
        parent_id=None,
        backend="fal-v2a",
        request=write_request(Request(backend="fal-v2a", prompt="a copper city", strength=50)),
        source=write_pictures(Pictures()),
        token=secrets.token_urlsafe(48),
        token_ends=now + 900_000,
        upload_limit=10_000_000,
        credits_each=CREDITS,
        micros_each=CREDITS * 10_000,
        reserved=CREDITS,
        period=0,
        month_start=starts.month,
        day_start=starts.day,
        budget_start=0,
        created=now,
    )
