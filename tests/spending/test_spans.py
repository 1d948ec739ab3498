"""A report is about whole days of the server's zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.spending.spans import NAMES, offered, span
from bot.times import TimesError

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 1000


NOW = at("2026-11-25 00:30")
"""A Wednesday; in UTC it is still Tuesday."""


@pytest.mark.parametrize(
    ("typed", "starts", "ends", "title", "slug"),
    [
        ("this month", "2026-11-01", "2026-12-01", "in November 2026", "2026-11"),
        ("last month", "2026-10-01", "2026-11-01", "in October 2026", "2026-10"),
        (
            "This  Week",
            "2026-11-23",
            "2026-11-30",
            "from 2026-11-23 to 2026-11-29",
            "2026-11-23-to-2026-11-29",
        ),
        (
            "last 7 days",
            "2026-11-19",
            "2026-11-26",
            "from 2026-11-19 to 2026-11-25",
            "2026-11-19-to-2026-11-25",
        ),
        ("today", "2026-11-25", "2026-11-26", "on 2026-11-25", "2026-11-25"),
        ("2026-03", "2026-03-01", "2026-04-01", "in March 2026", "2026-03"),
        ("2025-12", "2025-12-01", "2026-01-01", "in December 2025", "2025-12"),
    ],
)
def test_a_span_is_read_in_the_servers_zone(
    typed: str, starts: str, ends: str, title: str, slug: str
) -> None:
    found = span(typed, now=NOW, zone=BERLIN)

    assert (found.starts, found.ends) == (at(starts), at(ends))
    assert (found.title, found.slug) == (title, slug)


@pytest.mark.parametrize("typed", ["", "2026", "2026-13", "2026-00", "next week", "1999-01"])
def test_anything_else_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(TimesError, match=r"this month, .* or a month such as 2026-11\."):
        span(typed, now=NOW, zone=BERLIN)


def test_the_names_and_the_last_twelve_months_are_offered() -> None:
    found = list(offered(now=NOW, zone=BERLIN))

    assert found[: len(NAMES)] == list(NAMES)
    assert found[len(NAMES) :][0] == "2026-11"
    assert found[-1] == "2025-12"


@given(
    now=st.integers(at("2020-01-01"), at("2040-01-01")),
    zone=st.sampled_from(["UTC", "Asia/Kathmandu", "America/Santiago", "Pacific/Apia"]),
)
def test_all_that_is_offered_can_be_read_and_the_present_lies_in_it(now: int, zone: str) -> None:
    where = ZoneInfo(zone)

    for text in offered(now=now, zone=where):
        found = span(text, now=now, zone=where)
        assert found.starts < found.ends
        if text in NAMES and text != "last month":
            assert found.starts <= now < found.ends
