"""A time to come is read in each way in which moderators write it, and refused with an example."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.times import TimesError, moment, relative, stamp

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN, *, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()) * 1000


NOW = at("2026-11-18T15:04")


def read(text: str, *, now: int = NOW, zone: ZoneInfo = BERLIN) -> str:
    """The moment in local time; checks that it is whole seconds when now is."""
    found = moment(text, now=now, zone=zone)
    assert found % 1000 == now % 1000
    return datetime.fromtimestamp(found // 1000, zone).isoformat()


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("7d", "2026-11-25T15:04:00+01:00"),
        ("90m", "2026-11-18T16:34:00+01:00"),
        ("2h30m", "2026-11-18T17:34:00+01:00"),
        ("1w", "2026-11-25T15:04:00+01:00"),
        ("1w 2d", "2026-11-27T15:04:00+01:00"),
        ("1W 2D", "2026-11-27T15:04:00+01:00"),
        ("3 days", "2026-11-21T15:04:00+01:00"),
        ("12 hours", "2026-11-19T03:04:00+01:00"),
        ("1 week and 2 days", "2026-11-27T15:04:00+01:00"),
        ("1 day, 1 hour, 5 min", "2026-11-19T16:09:00+01:00"),
        ("  1\u00a0day ", "2026-11-19T15:04:00+01:00"),
        ("45 minutes", "2026-11-18T15:49:00+01:00"),
        ("1825d", "2031-11-17T15:04:00+01:00"),
    ],
)
def test_a_duration_is_read(text: str, local: str) -> None:
    assert read(text) == local


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2026-12-31 18:00", "2026-12-31T18:00:00+01:00"),
        ("2026-12-31T18:00", "2026-12-31T18:00:00+01:00"),
        ("2026-12-31t18:00:30", "2026-12-31T18:00:30+01:00"),
        ("2026-12-31  9:05", "2026-12-31T09:05:00+01:00"),
        ("2026-12-31T18:00Z", "2026-12-31T19:00:00+01:00"),
        ("2026-12-31 18:00 UTC", "2026-12-31T19:00:00+01:00"),
        ("2026-12-31T18:00-05:00", "2027-01-01T00:00:00+01:00"),
        ("2026-12-31 18:00 +0530", "2026-12-31T13:30:00+01:00"),
        ("2026-12-31 18:00+01", "2026-12-31T18:00:00+01:00"),
        ("2027-07-01 18:00", "2027-07-01T18:00:00+02:00"),
        ("2026-11-18 15:05", "2026-11-18T15:05:00+01:00"),
    ],
)
def test_a_date_with_a_time_is_read_in_the_servers_zone_unless_it_says_another(
    text: str, local: str
) -> None:
    assert read(text) == local


def test_a_date_alone_lasts_to_the_end_of_that_day() -> None:
    assert read("2026-12-31") == "2027-01-01T00:00:00+01:00"
    assert read("2026-11-18") == "2026-11-19T00:00:00+01:00"  # today is not over
    assert read("2027-3-7") == "2027-03-08T00:00:00+01:00"


def test_a_day_ends_where_the_next_begins_though_that_has_no_midnight() -> None:
    cairo = ZoneInfo("Africa/Cairo")

    assert read("2026-04-23", now=at("2026-04-20"), zone=cairo) == "2026-04-24T01:00:00+03:00"


@pytest.mark.parametrize(
    ("now", "text", "local"),
    [
        ("2026-10-24T18:00", "1d", "2026-10-25T18:00:00+01:00"),  # 25 hours
        ("2026-10-24T18:00", "24h", "2026-10-25T17:00:00+01:00"),
        ("2026-10-24T18:00", "1d 1h", "2026-10-25T19:00:00+01:00"),
        ("2027-03-27T18:00", "1w", "2027-04-03T18:00:00+02:00"),
        ("2027-03-27T18:00", "168h", "2027-04-03T19:00:00+02:00"),
        ("2027-03-27T02:30", "1d", "2027-03-28T03:30:00+02:00"),  # 02:30 is skipped that day
        ("2026-10-24T02:30", "1d", "2026-10-25T02:30:00+02:00"),  # the first of two
    ],
)
def test_days_keep_the_time_of_day_over_a_clock_change_and_hours_are_exact(
    now: str, text: str, local: str
) -> None:
    assert read(text, now=at(now)) == local


def test_days_that_begin_in_the_second_of_two_hours_keep_the_time_of_day() -> None:
    now = at("2026-10-25T02:30", fold=1)

    assert read("1h", now=now) == "2026-10-25T03:30:00+01:00"
    assert read("1d", now=now) == "2026-10-26T02:30:00+01:00"


def test_milliseconds_are_kept_by_a_duration_and_dropped_by_a_date() -> None:
    now = NOW + 123

    assert moment("2h", now=now, zone=BERLIN) - now == 7_200_000
    assert moment("7d", now=now, zone=BERLIN) - now == 7 * 86_400_000
    assert moment("2026-12-31", now=now, zone=BERLIN) % 1000 == 0


def test_a_time_that_comes_twice_is_the_first_unless_an_offset_tells() -> None:
    now = at("2026-10-20T12:00")

    assert read("2026-10-25 02:30", now=now) == "2026-10-25T02:30:00+02:00"
    assert read("2026-10-25 02:30+01:00", now=now) == "2026-10-25T02:30:00+01:00"


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "7", "d", "7dd", "d7", "-7d", "1.5h", "30s", "soon", "tomorrow", "7d ago"),
        *("31.12.2026", "12/31/2026", "2026-12", "20261231", "2026-12-31 18", "2026-12-31 6pm"),
        *("\u0667d", "2026-12-31T", "7d 2026-12-31", "never", "9" * 5000 + "d"),
    ],
)
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(TimesError) as caught:
        moment(text, now=NOW, zone=BERLIN)

    assert str(caught.value) == (
        "Give a duration such as 7d or 2h30m, or a date such as 2026-11-25 or 2026-11-25 18:00."
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0d", "is over; give a later one, such as 7d or 2026-11-25."),
        ("2026-11-17", "is over"),
        ("2026-11-18 15:04", "is over"),
        ("2026-11-18 15:04+02:00", "is over"),
        ("0001-01-01", "is over"),
        ("0001-01-01 00:00+23:00", "is over"),
        ("261w 4d", "is more than 5 years away; give an earlier time, such as 365d or 2026-11-25."),
        ("999999999w", "is more than 5 years away"),
        ("1825d " * 5000, "is more than 5 years away"),
        ("2031-12-31", "is more than 5 years away"),
        ("9999-12-31", "is more than 5 years away"),
        ("2026-02-30", "There is no such date or time; give one such as 2026-11-25 18:00."),
        ("2026-13-01", "no such date"),
        ("0000-01-01", "no such date"),
        ("2026-12-31 24:00", "no such date"),
        ("2026-12-31 18:60", "no such date"),
        ("2026-12-31 18:00+24:00", "no such date"),
        ("2026-12-31 18:00+01:60", "no such date"),
        ("1 month", "give days instead, such as 30d or 365d"),
        ("2 years", "give days instead"),
        ("1y 2d", "give days instead"),
        ("1M", "give days instead, such as 30d or 365d (minutes are a small m"),
        ("2027-03-28 02:30", "2027-03-28 02:30 does not exist in Europe/Berlin"),
        ("2027-03-28 02:30", "give another time, such as 2027-03-28 03:30."),
    ],
)
def test_a_time_that_cannot_be_taken_is_refused_with_what_to_do(text: str, says: str) -> None:
    with pytest.raises(TimesError, match=re.escape(says)) as caught:
        moment(text, now=NOW, zone=BERLIN)

    assert len(str(caught.value).split(". ")) == 1  # one sentence


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{1,9} ?[a-zM]{1,5}( [0-9]{1,5}[hdwm])?"))
def test_whatever_is_typed_gives_a_time_to_come_or_a_sentence(text: str) -> None:
    with suppress(TimesError):
        found = moment(text, now=NOW, zone=BERLIN)

        assert NOW < found <= NOW + 5 * 366 * 86_400_000 + 3_600_000


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - local by intent
    st.sampled_from(["Europe/Berlin", "America/Havana", "Pacific/Apia", "Asia/Kathmandu"]),
)
def test_what_a_date_gives_is_written_as_it_was_typed(local: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    text = f"{local:%Y-%m-%d %H:%M}"

    try:
        found = moment(text, now=at("2026-01-01"), zone=zone)
    except TimesError:
        return

    assert f"{datetime.fromtimestamp(found / 1000, zone):%Y-%m-%d %H:%M}" == text


def test_a_moment_is_echoed_as_discord_shows_it() -> None:
    assert stamp(1_795_000_000_999) == "<t:1795000000:f>"
    assert relative(1_795_000_000_999) == "<t:1795000000:R>"
