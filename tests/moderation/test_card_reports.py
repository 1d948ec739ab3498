"""Reports of cards: told once each, and no more than moderators can look at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.backends.base import Request
from bot.card_reports import HOUR_MS, MOST_AN_HOUR, CardReports, TooManyReportsError
from bot.jobs.record import read, write_request
from tests.ledger.books import Now
from tests.moderation.desk import NOW, SERVER, Desk
from tests.storage.rows import insert

REPORTER = 9
PICTURES = "{}"


async def report(desk: Desk, number: int, *, now: int = NOW) -> bool:
    """Report the card of another job."""
    request = write_request(Request(backend="fal-v3", prompt="a prompt"))
    row = await insert(desk.database, server_id=SERVER, request=request, source=PICTURES)
    reports = CardReports(database=desk.database, clock=Now(now))
    return await reports.take(
        read(replace(row, message_id=number)),
        REPORTER,
        link="https://discord.com/channels/1/2/3",
        prompt="a prompt",
        negative=None,
        buttons=(),
    )


async def test_a_member_reports_so_many_cards_an_hour_and_no_more(desk: Desk) -> None:
    for number in range(MOST_AN_HOUR):
        assert await report(desk, number)

    with pytest.raises(TooManyReportsError):
        await report(desk, 99)

    assert len(await desk.posts()) == MOST_AN_HOUR
    assert await report(desk, 100, now=NOW + HOUR_MS)
