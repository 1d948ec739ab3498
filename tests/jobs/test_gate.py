"""Orders go before the work of jobs, a few at a time, and no crowd holds jobs up for good."""

from __future__ import annotations

import asyncio

import pytest

from bot.jobs import gate
from bot.jobs.gate import AT_ONCE, Gate


async def turns() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def held(here: Gate, inside: list[int], until: asyncio.Event) -> None:
    async with here.order():
        inside.append(1)
        await until.wait()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "LONGEST_WAIT", 0.02)


async def test_a_job_goes_on_at_once_where_nobody_orders() -> None:
    async with asyncio.timeout(1):
        await Gate().admit()


async def test_a_job_waits_for_the_order_that_is_taken_and_no_longer() -> None:
    here, done = Gate(), asyncio.Event()
    order = asyncio.create_task(held(here, [], done))
    await turns()
    job = asyncio.create_task(here.admit())
    await turns()
    assert not job.done()

    done.set()

    await asyncio.gather(order, job)


async def test_of_a_crowd_only_a_few_are_taken_at_once_and_jobs_wait_for_the_last() -> None:
    here, done, inside = Gate(), asyncio.Event(), list[int]()
    orders = [asyncio.create_task(held(here, inside, done)) for _ in range(3 * AT_ONCE)]
    await turns()
    job = asyncio.create_task(here.admit())
    await turns()
    assert len(inside) == AT_ONCE
    assert not job.done()

    done.set()
    await asyncio.gather(*orders)

    assert len(inside) == 3 * AT_ONCE
    assert not job.done()  # a crowd does not come in one piece
    await job


async def test_an_order_that_fails_holds_nothing_up() -> None:
    here = Gate()
    with pytest.raises(ValueError, match="refused"):
        async with here.order():
            raise ValueError("refused")

    async with asyncio.timeout(1):
        await here.admit()


@pytest.mark.usefixtures("short")
async def test_orders_without_end_hold_no_job_up_for_good() -> None:
    here, never = Gate(), asyncio.Event()
    order = asyncio.create_task(held(here, [], never))
    await turns()

    await here.admit()

    assert not order.done()
    order.cancel()
    await asyncio.gather(order, return_exceptions=True)
