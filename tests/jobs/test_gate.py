"""Members who wait for an answer go before jobs, which never wait for long."""

from __future__ import annotations

import asyncio

import pytest

from bot.jobs import gate
from bot.jobs.gate import AT_ONCE, Gate


async def settled() -> None:
    """Let every task go on as far as it can without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_job_goes_on_at_once_where_nobody_waits() -> None:
    async with asyncio.timeout(1):
        await Gate().admit()


async def test_a_job_waits_while_an_order_is_taken() -> None:
    doors = Gate()

    async with doors.order():
        job = asyncio.create_task(doors.admit())
        await settled()
        waited = not job.done()
    await settled()

    assert waited
    assert job.done()


async def test_a_job_waits_a_moment_longer_after_a_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "QUIET", 0.05)
    doors, loop = Gate(), asyncio.get_running_loop()

    async with doors.order(), doors.order():
        job = asyncio.create_task(doors.admit())
        await settled()
    over = loop.time()
    await job

    assert loop.time() - over >= 0.04


async def test_no_crowd_holds_a_job_up_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "LONGEST_WAIT", 0.02)
    doors = Gate()

    async with doors.order(), asyncio.timeout(1):
        await doors.admit()


async def test_orders_are_taken_in_turn_a_few_at_once() -> None:
    doors, leave = Gate(), asyncio.Event()
    begun: list[int] = []

    async def order(number: int) -> None:
        async with doors.order():
            begun.append(number)
            await leave.wait()

    orders = [asyncio.create_task(order(number)) for number in range(2 * AT_ONCE)]
    await settled()
    first = list(begun)
    leave.set()
    await asyncio.gather(*orders)

    assert first == list(range(AT_ONCE))
    assert begun == list(range(2 * AT_ONCE))


async def test_an_order_that_fails_holds_nobody_up() -> None:
    doors = Gate()

    with pytest.raises(ValueError, match="refused"):
        async with doors.order():
            raise ValueError("refused")
    await settled()

    async with asyncio.timeout(1):
        await doors.admit()
