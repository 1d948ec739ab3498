"""Periods begin where a calendar says, whatever clocks do, and a change of rule begins none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.periods import Period, PeriodKind, PeriodRule, changed, day_start, month, period

SECOND = 1_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
FIRST = int(datetime(2010, 1, 1, tzinfo=UTC).timestamp()) * SECOND
LAST = int(datetime(2040, 1, 1, tzinfo=UTC).timestamp()) * SECOND

zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
kinds = st.sampled_from(PeriodKind)
instants = st.integers(FIRST, LAST)
fresh = st.builds(PeriodRule, kind=kinds, zone=zones)
At = Callable[[PeriodRule, int], Period]
both = st.sampled_from([period, month])
changes = st.lists(
    st.tuples(
        st.integers(0, 40 * DAY) | st.integers(0, 3 * HOUR),
        st.none() | kinds,
        st.none() | zones,
    ),
    max_size=8,
)


def at(text: str, zone: str = "UTC", *, fold: int = 0) -> int:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return int(local.timestamp() * SECOND)


def local(moment: int, zone: str) -> datetime:
    """Local time, to the second."""
    return datetime.fromtimestamp(moment // SECOND, ZoneInfo(zone))


def begins(kind: PeriodKind, day: date) -> bool:
    """Whether a period begins on this day."""
    if kind is PeriodKind.WEEK:
        return day.weekday() == 0
    return kind is PeriodKind.DAY or day.day == 1


def states(
    rule: PeriodRule, start: int, moves: list[tuple[int, PeriodKind | None, str | None]]
) -> Iterator[tuple[int, PeriodRule]]:
    """The rule after each move of the clock and change, with its moment."""
    now = start
    yield now, rule
    for passed, kind, zone in moves:
        now += passed
        yield now, rule
        rule = changed(rule, kind=kind, zone=zone, now=now)
        yield now, rule


# Where the calendar is plain


@pytest.mark.parametrize(
    ("kind", "starts", "ends"),
    [
        (PeriodKind.DAY, "2026-11-18T00:00", "2026-11-19T00:00"),
        (PeriodKind.WEEK, "2026-11-16T00:00", "2026-11-23T00:00"),
        (PeriodKind.MONTH, "2026-11-01T00:00", "2026-12-01T00:00"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"])
def test_a_period_is_a_day_a_week_from_monday_or_a_month(
    kind: PeriodKind, starts: str, ends: str, zone: str
) -> None:
    rule = PeriodRule(kind=kind, zone=zone)

    found = period(rule, at("2026-11-18T15:04", zone))

    assert found == Period(starts=at(starts, zone), ends=at(ends, zone))


def test_a_period_begins_with_its_first_millisecond() -> None:
    midnight = at("2026-11-18T00:00")

    assert period(PeriodRule(), midnight).starts == midnight
    assert period(PeriodRule(), midnight - 1).ends == midnight


def test_the_month_does_not_depend_on_the_kind() -> None:
    now = at("2026-12-31T23:30", "America/New_York")

    found = month(PeriodRule(kind=PeriodKind.DAY, zone="America/New_York"), now)

    assert found.starts == at("2026-12-01T00:00", "America/New_York")
    assert found.ends == at("2027-01-01T00:00", "America/New_York")


# Where it is not


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("Africa/Cairo", "2026-04-24", "2026-04-24T01:00"),
        ("America/Havana", "2026-03-08", "2026-03-08T01:00"),
        ("Asia/Beirut", "2026-03-29", "2026-03-29T01:00"),
        ("America/Sao_Paulo", "2017-10-15", "2017-10-15T01:00"),
    ],
)
def test_a_day_without_midnight_begins_where_the_clocks_jump(
    zone: str, day: str, first: str
) -> None:
    start = day_start(date.fromisoformat(day), ZoneInfo(zone))

    assert local(start, zone).replace(tzinfo=None) == datetime.fromisoformat(first)
    assert local(start - 1, zone).date() < date.fromisoformat(day)
    assert period(PeriodRule(zone=zone), start).starts == start
    assert period(PeriodRule(zone=zone), start - 1).ends == start


def test_a_day_whose_midnight_comes_twice_begins_once() -> None:
    rule = PeriodRule(zone="America/Havana")
    once, again = (at("2026-11-01T00:00", rule.zone, fold=fold) for fold in (0, 1))

    assert again == once + HOUR
    assert period(rule, once) == period(rule, again)
    assert period(rule, again) == Period(starts=once, ends=once + 25 * HOUR)


def test_a_day_that_has_begun_goes_on_though_the_clocks_go_back_over_its_midnight() -> None:
    rule = PeriodRule(zone="America/St_Johns")
    sunday = at("2010-11-07T00:00", rule.zone)
    saturday_again = at("2010-11-06T23:30", rule.zone, fold=1)

    assert saturday_again > sunday
    assert period(rule, saturday_again) == Period(starts=sunday, ends=sunday + 25 * HOUR)


@pytest.mark.parametrize("kind", PeriodKind)
def test_a_day_that_a_zone_left_out_is_no_period(kind: PeriodKind) -> None:
    rule = PeriodRule(kind=kind, zone="Pacific/Apia")
    jump = at("2011-12-30T10:00")

    before, after = period(rule, jump - 1), period(rule, jump)

    assert local(jump - 1, rule.zone).date() == date(2011, 12, 29)
    assert local(jump, rule.zone).date() == date(2011, 12, 31)
    if kind is PeriodKind.DAY:
        assert before.ends == after.starts == jump
        assert after.ends == jump + DAY
    else:
        assert before == after


@given(fresh, instants)
@example(PeriodRule(zone="America/St_Johns"), at("2010-11-07T03:00"))
@example(PeriodRule(zone="Antarctica/Casey"), at("2010-03-04T16:00"))
@example(PeriodRule(zone="Pacific/Apia"), at("2011-12-30T10:00"))
def test_a_period_begins_at_the_first_instant_of_its_day(rule: PeriodRule, now: int) -> None:
    found = period(rule, now)

    assert found.starts <= now < found.ends
    for boundary in (found.starts, found.ends):
        day = local(boundary, rule.zone).date()
        apia = day == date(2011, 12, 31)  # began in place of the 30th as well
        assert begins(rule.kind, day) or (apia and begins(rule.kind, day - timedelta(days=1)))
        assert local(boundary - 1, rule.zone).date() < day


@given(fresh, instants, st.lists(st.integers(0, 31 * DAY), max_size=5))
def test_a_period_is_the_same_at_each_of_its_moments(
    rule: PeriodRule, now: int, passed: list[int]
) -> None:
    found = period(rule, now)

    moments = [found.starts, found.ends - 1]
    moments += [found.starts + more % (found.ends - found.starts) for more in passed]

    assert {period(rule, moment) for moment in moments} == {found}


@given(fresh, instants)
def test_no_boundary_lies_within_a_period(rule: PeriodRule, now: int) -> None:
    found = period(rule, now)

    days = {
        local(moment, rule.zone).date()
        for moment in range(found.starts + DAY // 2, found.ends, DAY // 2)
    }

    first = local(found.starts, rule.zone).date()
    assert not [day for day in days if day > first and begins(rule.kind, day)]


# Changes


def test_a_change_in_the_middle_of_a_day_keeps_the_day_until_the_new_rules_boundary() -> None:
    began = at("2026-11-18T00:00")
    now = at("2026-11-18T15:00")

    rule = changed(PeriodRule(), zone="Asia/Tokyo", now=now)  # where it is the 19th, 00:00

    assert rule == PeriodRule(
        zone="Asia/Tokyo", since=now, began=began, month_began=at("2026-11-01T00:00")
    )
    assert period(rule, now) == Period(starts=began, ends=at("2026-11-20T00:00", "Asia/Tokyo"))
    boundary = at("2026-11-20T00:00", "Asia/Tokyo")
    assert period(rule, boundary) == Period(starts=boundary, ends=boundary + DAY)


def test_a_longer_kind_lets_the_running_day_go_on_to_its_end() -> None:
    began, now = at("2026-11-18T00:00"), at("2026-11-18T15:00")

    rule = changed(PeriodRule(), kind=PeriodKind.WEEK, now=now)

    assert period(rule, now) == Period(starts=began, ends=at("2026-11-23T00:00"))
    assert period(rule, at("2026-11-23T00:00")).starts == at("2026-11-23T00:00")


def test_a_shorter_kind_ends_the_running_month_at_the_next_midnight() -> None:
    began, now = at("2026-11-01T00:00"), at("2026-11-18T15:00")

    rule = changed(PeriodRule(kind=PeriodKind.MONTH), kind=PeriodKind.DAY, now=now)

    assert period(rule, now) == Period(starts=began, ends=at("2026-11-19T00:00"))
    assert period(rule, at("2026-11-19T00:00")).starts == at("2026-11-19T00:00")


def test_a_change_and_back_begins_nothing() -> None:
    now = at("2026-11-18T15:00")
    rule = PeriodRule(kind=PeriodKind.WEEK)

    there = changed(rule, kind=PeriodKind.DAY, zone="Asia/Tokyo", now=now)
    back = changed(there, kind=PeriodKind.WEEK, zone="UTC", now=now + HOUR)

    assert period(back, now + HOUR) == period(rule, now)


def test_a_zone_changed_at_the_turn_of_the_month_does_not_give_the_month_twice() -> None:
    begun = at("2026-12-01T00:00", "Asia/Tokyo")
    rule = changed(PeriodRule(zone="Asia/Tokyo"), zone="America/New_York", now=begun + HOUR)

    found = month(rule, begun + HOUR)

    assert found.starts == begun
    # New York's December comes after the change, and is a boundary of the new rule.
    assert found.ends == at("2026-12-01T00:00", "America/New_York")


@pytest.mark.parametrize("change", [{}, {"kind": PeriodKind.DAY}, {"zone": "UTC"}])
def test_a_change_to_the_same_changes_nothing(change: dict[str, Any]) -> None:
    rule = PeriodRule()

    assert changed(rule, **change, now=LAST) is rule


def test_a_clock_that_is_behind_takes_no_change_back() -> None:
    now = at("2026-11-18T00:00")
    rule = changed(PeriodRule(), zone="Asia/Tokyo", now=now)

    late = changed(rule, kind=PeriodKind.WEEK, now=now - SECOND)

    assert late.since == now
    assert period(late, now).starts == period(rule, now).starts


@given(fresh, instants, changes, both)
def test_as_time_goes_on_no_start_goes_back(
    rule: PeriodRule,
    start: int,
    moves: list[tuple[int, PeriodKind | None, str | None]],
    of: At,
) -> None:
    seen = [(now, of(rule, now)) for now, rule in states(rule, start, moves)]

    starts = [found.starts for _, found in seen]
    assert starts == sorted(starts)
    assert all(found.starts <= now < found.ends for now, found in seen)


@given(fresh, instants, changes, both)
def test_a_change_begins_nothing_until_the_new_rules_next_boundary(
    rule: PeriodRule,
    start: int,
    moves: list[tuple[int, PeriodKind | None, str | None]],
    of: At,
) -> None:
    before = of(rule, start)
    for now, after in states(rule, start, moves):
        found = of(after, now)
        plain = of(PeriodRule(kind=after.kind, zone=after.zone), now)

        if after != rule:
            assert found.starts == before.starts
            assert of(after, found.ends - 1).starts == before.starts
        assert found.ends == plain.ends
        assert of(after, found.ends).starts == found.ends
        rule, before = after, found


@given(fresh, instants, changes, both)
def test_periods_follow_each_other_without_a_gap(
    rule: PeriodRule,
    start: int,
    moves: list[tuple[int, PeriodKind | None, str | None]],
    of: At,
) -> None:
    now, rule = list(states(rule, start, moves))[-1]
    found = of(rule, now)

    for _ in range(40):
        following = of(rule, found.ends)
        assert following.starts == found.ends < following.ends
        found = following


@given(fresh, instants, changes, st.integers(1, 2 * SECOND), st.integers(0, 2 * SECOND), both)
def test_two_hosts_a_moment_apart_differ_by_one_period_and_the_later_is_right(
    rule: PeriodRule,
    start: int,
    moves: list[tuple[int, PeriodKind | None, str | None]],
    apart: int,
    into: int,
    of: At,
) -> None:
    now, rule = list(states(rule, start, moves))[-1]
    ahead = of(rule, now).ends + into  # around a boundary

    found, other = of(rule, ahead), of(rule, ahead - apart)

    assert other == found or other.ends == found.starts
    assert max(found.starts, other.starts) == found.starts
