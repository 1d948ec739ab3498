"""News are told late, seldom, and only the last."""

from __future__ import annotations

import asyncio

import pytest

from bot.backends.base import Queued, Running
from bot.jobs.news import News
from bot.jobs.presenter import News as Item
from bot.jobs.presenter import NotStopped, WaitingForRoom

GAP = 0.05
FIRST, SECOND, THIRD = (Queued(position=position) for position in (3, 2, 1))


class Card:
    """What is told, and when; a test may hold it up."""

    def __init__(self) -> None:
        self.told: list[Item] = []
        self.times: list[float] = []
        self.begun = asyncio.Queue[Item]()
        self.gate = asyncio.Event()
        self.gate.set()
        self.cancelled = False

    async def tell(self, item: Item) -> None:
        self.times.append(asyncio.get_running_loop().time())
        self.begun.put_nowait(item)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        self.told.append(item)


async def over(news: News) -> None:
    """Wait until nothing more is to be told."""
    while news._task is not None:
        await asyncio.wait({news._task})


async def test_only_the_last_of_what_came_at_once_is_told() -> None:
    card = Card()
    news = News(card.tell, gap=GAP)
    for item in (FIRST, SECOND, THIRD):
        news.hear(item)
    await over(news)

    assert card.told == [THIRD]


async def test_nothing_is_told_before_the_gap_or_more_often() -> None:
    card, began = Card(), asyncio.get_running_loop().time()
    news = News(card.tell, gap=GAP)
    news.hear(FIRST)
    await card.begun.get()
    # Both come right after the first, and the card hears of the later one alone.
    news.hear(SECOND)
    news.hear(THIRD)
    await over(news)

    assert card.told == [FIRST, THIRD]
    assert card.times[0] - began >= GAP
    assert card.times[1] - card.times[0] >= GAP


async def test_what_comes_after_a_quiet_time_is_told_at_once() -> None:
    card = Card()
    news = News(card.tell, gap=0)
    news.hear(FIRST)
    await over(news)
    news.hear(SECOND)
    await over(news)

    assert card.told == [FIRST, SECOND]


@pytest.mark.parametrize("item", [Running(), Queued(position=None)], ids=repr)
async def test_what_the_first_card_says_already_is_no_news(item: Item) -> None:
    card = Card()
    news = News(card.tell, gap=0)
    news.hear(item)

    assert news._task is None
    await news.close()
    assert card.told == []


async def test_news_that_were_taken_back_in_time_are_not_told() -> None:
    card = Card()
    news = News(card.tell, gap=GAP)
    news.hear(WaitingForRoom())
    await asyncio.sleep(0)  # They wait for their time from now on.
    news.hear(Running())
    await over(news)

    assert card.told == []


async def test_the_same_news_are_told_once() -> None:
    card = Card()
    news = News(card.tell, gap=0)
    for _ in range(3):
        news.hear(NotStopped())
        await over(news)

    assert card.told == [NotStopped()]


async def test_a_card_that_said_something_is_told_that_this_is_over() -> None:
    card = Card()
    news = News(card.tell, gap=0)
    news.hear(WaitingForRoom())
    await over(news)
    news.hear(Running())
    await over(news)

    assert card.told == [WaitingForRoom(), Running()]


async def test_a_close_drops_what_waits_for_its_time() -> None:
    card = Card()
    news = News(card.tell, gap=3600)
    news.hear(FIRST)
    await news.close()

    assert card.told == []
    assert card.begun.empty()


async def test_a_close_waits_for_what_is_being_told_and_tells_nothing_more() -> None:
    card = Card()
    card.gate.clear()
    news = News(card.tell, gap=0)
    news.hear(FIRST)
    await card.begun.get()
    news.hear(SECOND)
    closing = asyncio.create_task(news.close())
    await asyncio.wait({closing}, timeout=GAP)
    assert not closing.done()
    card.gate.set()
    await closing

    assert card.told == [FIRST]
    assert not card.cancelled


async def test_a_close_while_the_job_is_stopped_waits_for_nothing() -> None:
    card = Card()
    card.gate.clear()
    news = News(card.tell, gap=0)

    async def work() -> None:
        try:
            news.hear(FIRST)
            await asyncio.Event().wait()
        finally:
            await news.close()

    job = asyncio.create_task(work())
    await card.begun.get()
    job.cancel()
    async with asyncio.timeout(10):
        await asyncio.wait({job})

    assert job.cancelled()
    assert card.cancelled
    assert card.told == []
