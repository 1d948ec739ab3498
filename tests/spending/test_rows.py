"""What was spent is summed by member and by backend, and nothing is lost in between."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.spending.rows import Spent, Sum, by_backend, by_member, merged, total
from tests.spending.rows import many, spent


def test_members_and_backends_come_by_their_credits() -> None:
    rows = [spent(1, "a", 10), spent(2, "b", 30), spent(1, "b", 25), spent(3, "a", 35)]

    assert [(of, found.credits) for of, found in by_member(rows).items()] == [
        *((1, 35), (3, 35), (2, 30)),
    ]
    assert [(of, found.credits) for of, found in by_backend(rows).items()] == [("b", 55), ("a", 45)]


def test_rows_of_one_member_and_backend_are_one() -> None:
    rows = [
        spent(1, "a", 10, jobs=2, pictures=3, micros=7),
        spent(1, "b", 1),
        spent(1, "a", 5, jobs=1, pictures=4, micros=1),
    ]

    found = merged(rows)

    assert found == [spent(1, "a", 15, jobs=3, pictures=7, micros=8), spent(1, "b", 1)]


def test_nothing_comes_to_nothing() -> None:
    assert total([]) == Sum()
    assert by_member([]) == {}
    assert merged([]) == []


@given(many, st.randoms())
def test_every_way_to_group_comes_to_the_same_total_in_any_order(
    rows: list[Spent], random: Random
) -> None:
    shuffled = sorted(rows, key=lambda _: random.random())

    assert merged(shuffled) == merged(rows)
    assert summed(by_member(rows).values()) == total(rows)
    assert summed(by_backend(rows).values()) == total(rows)
    assert total(merged(rows)) == total(rows)


def summed(sums: Iterable[Sum]) -> Sum:
    found = list(sums)
    return Sum(
        jobs=sum(one.jobs for one in found),
        pictures=sum(one.pictures for one in found),
        credits=sum(one.credits for one in found),
        micros=sum(one.micros for one in found),
    )
