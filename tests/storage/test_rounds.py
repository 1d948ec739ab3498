"""What is asked at the same time is done in one round, and each who asked hears of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from storage.rounds import TOGETHER, Rounds


class Thread:
    """Stands for a connection's thread: it doubles numbers, and cannot double 13."""

    def __init__(self) -> None:
        self.rounds: list[Sequence[int]] = []
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.lost = False
        self.at_end: Callable[[], object] = bool

    async def carry_out(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.rounds.append(numbers)
        await self.may_end.wait()
        self.at_end()
        if self.lost:
            raise ConnectionError
        return [ValueError(number) if number == 13 else 2 * number for number in numbers]


@pytest.fixture
async def thread() -> Thread:
    return Thread()


@pytest.fixture
async def rounds(thread: Thread) -> Rounds[int]:
    return Rounds(thread.carry_out)


async def turn() -> None:
    """Let all go on that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_who_ask_in_one_turn_share_a_round(thread: Thread, rounds: Rounds[int]) -> None:
    assert await asyncio.gather(*map(rounds.ask, (1, 2, 3))) == [2, 4, 6]
    assert thread.rounds == [[1, 2, 3]]


async def test_those_who_ask_meanwhile_share_the_next_round(
    thread: Thread, rounds: Rounds[int]
) -> None:
    thread.may_end.clear()
    asked = [asyncio.create_task(rounds.ask(1))]
    await turn()
    asked += [asyncio.create_task(rounds.ask(number)) for number in (2, 3)]
    await turn()
    thread.may_end.set()

    assert await asyncio.gather(*asked) == [2, 4, 6]
    assert thread.rounds == [[1], [2, 3]]
    assert not rounds.under_way()


async def test_a_round_has_room_for_so_many(thread: Thread, rounds: Rounds[int]) -> None:
    await asyncio.gather(*map(rounds.ask, range(100, 100 + 2 * TOGETHER + 1)))

    assert [len(one) for one in thread.rounds] == [TOGETHER, TOGETHER, 1]


async def test_a_work_that_fails_takes_none_with_it(rounds: Rounds[int]) -> None:
    asked = (rounds.ask(number) for number in (1, 13, 2))
    first, failed, last = await asyncio.gather(*asked, return_exceptions=True)

    assert (first, last) == (2, 4)
    assert isinstance(failed, ValueError)


async def test_a_round_that_fails_is_told_to_all_in_it(thread: Thread, rounds: Rounds[int]) -> None:
    thread.lost = True
    found = await asyncio.gather(*map(rounds.ask, (1, 2)), return_exceptions=True)
    assert all(isinstance(one, ConnectionError) for one in found)

    thread.lost = False
    assert await rounds.ask(3) == 6


async def test_who_left_before_the_round_asks_nothing(thread: Thread, rounds: Rounds[int]) -> None:
    thread.may_end.clear()
    first = asyncio.create_task(rounds.ask(1))
    await turn()
    leaving = asyncio.create_task(rounds.ask(2))
    staying = asyncio.create_task(rounds.ask(3, must_run=True))
    await turn()
    for one in (leaving, staying):
        one.cancel()
    await turn()
    thread.may_end.set()
    await first
    await turn()

    assert thread.rounds == [[1], [3]]


async def test_where_all_left_at_the_last_moment_no_round_is_carried_out(
    thread: Thread, rounds: Rounds[int]
) -> None:
    thread.may_end.clear()
    first = asyncio.create_task(rounds.ask(1))
    await turn()
    leaving = asyncio.create_task(rounds.ask(2))
    await turn()
    thread.at_end = lambda: asyncio.get_running_loop().call_soon(leaving.cancel)
    thread.may_end.set()
    await first
    await turn()

    assert leaving.cancelled()
    assert thread.rounds == [[1]]
    assert not rounds.under_way()


@pytest.mark.parametrize(("turns", "is_answered"), [(0, True), (5, False)])
async def test_a_round_that_is_cancelled_does_not_end_the_rounds(
    thread: Thread, rounds: Rounds[int], turns: int, *, is_answered: bool
) -> None:
    """As the loop's end does it: before the round's first line, nobody was taken into it yet."""
    thread.may_end.clear()
    asked = asyncio.ensure_future(rounds.ask(1))
    await asyncio.sleep(0)
    for _ in range(turns):
        await asyncio.sleep(0)
    for task in rounds.under_way():
        task.cancel()
    thread.may_end.set()
    await asyncio.wait({asked})

    assert asked.cancelled() is not is_answered
    assert await rounds.ask(2) == 4
