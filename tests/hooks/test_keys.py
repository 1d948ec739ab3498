"""fal's keys are kept for a day, asked for again when none fits, and never in haste."""

from __future__ import annotations

import asyncio

from bot.hooks.keys import GAP_MS, KEPT_MS
from tests.hooks.conftest import Desk

JWKS = r"/jwks\.json$"


async def test_keys_are_asked_for_once(desk: Desk) -> None:
    rows = [await desk.call() for _ in range(3)]

    assert await asyncio.gather(*map(desk.report, rows)) == [200] * 3
    assert desk.key_fetches() == 1


async def test_a_new_key_is_learnt(desk: Desk) -> None:
    assert await desk.report(await desk.call()) == 200
    desk.fal.webhooks.keys.rotate()
    row = await desk.call()
    desk.fal.clock.advance(GAP_MS / 1000)

    assert await desk.report(row) == 200
    assert desk.key_fetches() == 2


async def test_garbage_does_not_make_us_ask_again_and_again(desk: Desk) -> None:
    row = await desk.call()
    desk.fal.webhooks.forged = True

    for _ in range(10):
        assert await desk.report(row) == 403
    assert desk.key_fetches() == 1

    desk.fal.clock.advance(GAP_MS / 1000)
    assert await desk.report(row) == 403
    assert desk.key_fetches() == 2


async def test_keys_of_yesterday_are_not_believed(desk: Desk) -> None:
    row = await desk.call()
    assert await desk.report(row) == 200
    down = desk.fal.faults.add(path=JWKS, status=500)

    desk.fal.clock.advance(KEPT_MS / 1000 - 10)
    assert await desk.report(row) == 200
    desk.fal.clock.advance(11)
    assert await desk.report(row) == 503

    assert down.hits == 1
    desk.fal.clock.advance(GAP_MS / 1000)
    assert await desk.report(row) == 200


async def test_without_keys_fal_shall_report_again(desk: Desk) -> None:
    row = await desk.call()
    for body in ({"keys": []}, {"keys": "none"}, {"keys": [1, {"kty": "RSA", "x": "AAAA"}]}, b"<"):
        desk.fal.faults.add(path=JWKS, status=200, body=body)
        assert await desk.report(row) == 503
        desk.fal.clock.advance(GAP_MS / 1000)

    assert await desk.report(row) == 200
    assert desk.key_fetches() == 1, "but for those that went wrong"


async def test_keys_that_cannot_be_read_do_not_spoil_the_others(desk: Desk) -> None:
    row = await desk.call()
    listed = desk.fal.webhooks.keys.jwks()["keys"]
    good, strange = listed[-1], [{**listed[0], "x": "short"}, {**listed[0], "crv": "X25519"}, None]
    desk.fal.faults.add(path=JWKS, status=200, body={"keys": [*strange, good]})

    assert await desk.report(row) == 200


async def test_keys_that_never_come_are_not_waited_for_long(desk: Desk) -> None:
    row = await desk.call()
    silent = desk.fal.faults.add(path=JWKS, hold_before=asyncio.Event())

    assert await desk.report(row) == 503
    assert silent.hits == 1
