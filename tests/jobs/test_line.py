"""Whose turn it is: by hand for the cases that have names, by Hypothesis for all others."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import given, settings

from bot.jobs.line import passed_by, turn
from storage.waiting import WaitingRow

ANNE, BEN, CAROL = 1, 2, 3


def row(member: int, places: int = 1, *, since: int, passed: int = 0) -> WaitingRow:
    return WaitingRow(
        job_id=f"{since:04}",
        provider="ideogram",
        user_id=member,
        places=places,
        since=since,
        passed=passed,
    )


def members(rows: list[WaitingRow]) -> list[int]:
    return [one.user_id for one in rows]


def test_one_picture_comes_before_the_rest_of_twenty_jobs() -> None:
    waiting = [*(row(ANNE, since=n) for n in range(10)), row(BEN, since=99)]

    assert members(turn(waiting, {ANNE: 10}, used=9, limit=10)) == [BEN]


def test_one_picture_comes_before_one_job_of_eight() -> None:
    waiting = [row(ANNE, 8, since=1), row(BEN, 1, since=2)]

    assert members(turn(waiting, {CAROL: 8}, used=2, limit=10)) == [BEN]
    assert members(turn(waiting, {CAROL: 1}, used=1, limit=10)) == [BEN, ANNE]


def test_with_a_single_place_members_take_turns() -> None:
    waiting = [row(ANNE, since=1), row(ANNE, since=2), row(BEN, since=9)]
    assert members(turn(waiting, {}, used=0, limit=1)) == [ANNE]

    left = [replace(waiting[1], served=5), waiting[2]]

    assert members(turn(left, {}, used=0, limit=1)) == [BEN]


def test_a_member_who_asks_alone_has_all_places_in_the_order_of_asking() -> None:
    waiting = [row(ANNE, since=n) for n in range(20)]

    assert turn(waiting, {}, used=0, limit=10) == waiting[:10]


def test_members_who_ask_for_as_much_get_as_much() -> None:
    waiting = [row(ANNE, since=n) for n in range(20)] + [row(BEN, since=n) for n in range(20, 40)]

    assert Counter(members(turn(waiting, {}, used=0, limit=10))) == {ANNE: 5, BEN: 5}


def test_what_fits_goes_past_what_does_not_until_that_is_overdue() -> None:
    big, small = row(ANNE, 8, since=1), row(BEN, 1, since=2)
    overdue = replace(big, passed=10)

    assert turn([big, small], {}, used=5, limit=10) == [small]
    assert turn([overdue, small], {}, used=5, limit=10) == []
    assert turn([overdue, small], {}, used=2, limit=10) == [overdue]


def test_only_the_first_job_of_a_member_becomes_overdue() -> None:
    first, second = row(ANNE, since=1, passed=10), row(ANNE, since=2, passed=10)
    small = row(BEN, since=3)

    assert turn([first, second, small], {ANNE: 9}, used=8, limit=10) == [first, small]
    assert passed_by(small, [first, second, small], [small]) == [first]


def test_a_job_that_may_go_as_well_is_not_passed() -> None:
    early, late = row(ANNE, since=1), row(BEN, since=2)

    assert passed_by(late, [early, late], turn([early, late], {}, used=0, limit=2)) == []
    assert passed_by(late, [early, late], turn([early, late], {ANNE: 1}, used=1, limit=2)) == [
        early
    ]


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    """A limit, and what happens: a member asks for so many places, or (0, n) a call ends."""
    limit = draw(st.integers(1, 10))
    asks = st.tuples(st.integers(1, 4), st.integers(1, limit))
    ends = st.tuples(st.just(0), st.integers(0, 99))
    return limit, draw(st.lists(st.one_of(asks, ends), max_size=60))


class Provider:
    """What happens where the policy decides, one entry at a time as in the database."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.waiting: list[WaitingRow] = []
        self.running: list[WaitingRow] = []
        self._asked = 0

    @property
    def used(self) -> int:
        return sum(one.places for one in self.running)

    @property
    def held(self) -> Counter[int]:
        held: Counter[int] = Counter()
        for one in self.running:
            held[one.user_id] += one.places
        return held

    def ask(self, member: int, places: int) -> None:
        self._asked += 1
        self.waiting.append(row(member, places, since=self._asked))
        self.settle()

    def end(self, which: int) -> None:
        if self.running:
            del self.running[which % len(self.running)]
        self.settle()

    def settle(self) -> None:
        while chosen := turn(self.waiting, self.held, used=self.used, limit=self.limit):
            self.enter(chosen[0], chosen)
            self.check()

    def enter(self, one: WaitingRow, chosen: list[WaitingRow]) -> None:
        passed = passed_by(one, self.waiting, chosen)
        self.check_share(one)
        self.waiting = [
            replace(other, passed=other.passed + one.places) if other in passed else other
            for other in self.waiting
            if other is not one
        ]
        self.running.append(one)

    def share(self, one: WaitingRow) -> int:
        """What its member would have with it."""
        earlier = (o for o in self.waiting if o.user_id == one.user_id and o.since <= one.since)
        return self.held[one.user_id] + sum(other.places for other in earlier)

    def check_share(self, one: WaitingRow) -> None:
        """Nobody who would have less, and fits, is kept out by one that is not overdue."""
        free = self.limit - self.used
        if one.passed < self.limit:
            for other in self.waiting:
                if self.share(other) < self.share(one) and other.places <= free:
                    assert other.places <= free - one.places

    def check(self) -> None:
        assert self.used <= self.limit
        # However long it waits, and whoever comes, so much goes past it and no more.
        assert all(one.passed < 2 * self.limit for one in self.waiting)


@given(histories())
@settings(max_examples=200, database=None)
def test_whatever_is_asked_for_nobody_is_kept_out_or_waits_for_ever(
    history: tuple[int, list[tuple[int, int]]],
) -> None:
    limit, events = history
    provider = Provider(limit)

    for member, number in events:
        if member:
            provider.ask(member, number)
        else:
            provider.end(number)
        blocked = any(one.passed >= limit for one in provider.waiting)
        fits = [one for one in provider.waiting if one.places <= limit - provider.used]
        assert blocked or not fits

    for _ in range(len(provider.waiting) + len(provider.running)):
        provider.end(0)
    assert not provider.waiting
    assert not provider.running
