"""The chart shows whoever spent most on what took most, and sums up the others."""

from __future__ import annotations

from hypothesis import given

from bot.spending.bars import Bar, Bars, bars
from bot.spending.rows import Spent, total
from tests.spending.rows import many, names, spent


def test_members_and_backends_come_by_their_credits() -> None:
    rows = [spent(1, "a", 10), spent(2, "b", 30), spent(1, "b", 25), spent(2, "b", 1)]

    found = bars(" November \n2026", rows, {1: "Ana"})

    assert found == Bars(
        title="November 2026",
        backends=("b", "a"),
        bars=(
            Bar(name="Ana", instead="member \u20260001", credits=(25, 10)),
            Bar(name="member \u20260002", instead="member \u20260002", credits=(31, 0)),
        ),
    )


def test_beyond_twelve_members_the_others_share_a_bar() -> None:
    rows = [spent(number, cost=100 - number) for number in range(15)]

    found = bars("", rows, {}).bars

    assert len(found) == 13
    assert found[-1].name == "3 others"
    assert found[-1].credits == (88 + 87 + 86,)


def test_twelve_members_have_a_bar_each_and_a_thirteenth_is_another() -> None:
    rows = [spent(number, cost=100 - number) for number in range(13)]

    assert [bar.name for bar in bars("", rows[:12], {}).bars][-1] == "member \u20260011"
    assert [bar.name for bar in bars("", rows, {}).bars][-1] == "1 other"


def test_beyond_ten_backends_the_last_part_is_all_others() -> None:
    rows = [spent(1, f"b{number:02}", 100 - number) for number in range(12)]

    found = bars("", rows, {})

    assert found.backends == (*(f"b{number:02}" for number in range(9)), "3 others")
    assert found.bars[0].credits == (*range(100, 91, -1), 91 + 90 + 89)


@given(many, names)
def test_no_credit_is_lost_and_what_is_drawn_comes_through_the_pipe(
    rows: list[Spent], called: dict[int, str]
) -> None:
    found = bars("Credits", rows, called)

    assert sum(sum(bar.credits) for bar in found.bars) == total(rows).credits
    assert all(len(bar.credits) == len(found.backends) <= 10 for bar in found.bars)
    assert len(found.bars) <= 13
    assert Bars.from_json(found.to_json()) == found
