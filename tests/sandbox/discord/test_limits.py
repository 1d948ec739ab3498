"""Rate limits and faults, as discord.py meets them."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import discord
import pytest

from sandbox.clock import SandboxClock
from sandbox.discord import Actor, Channel, DiscordSandbox
from sandbox.discord.ratelimits import Window
from tests.sandbox.discord.bots import Bot, Runner, card, file, gallery, text
from tests.sandbox.discord.conftest import Play, code_of

POST = ("POST", "/channels/{channel_id}/messages")
CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"


async def raw_post(
    place: DiscordSandbox, channel: Channel
) -> tuple[int, dict[str, str], dict[str, object]]:
    url = f"{place.url}/api/v10/channels/{channel.id}/messages"
    headers = {"Authorization": f"Bot {place.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, json={"content": "x"}) as response,
    ):
        return response.status, dict(response.headers), await response.json()


async def test_headers_tell_what_is_left(
    place: DiscordSandbox, clock: SandboxClock, channel: Channel
) -> None:
    place.limits.set(*POST, limit=2, seconds=60)

    answers = [await raw_post(place, channel) for _ in range(3)]
    other = await raw_post(place, channel.guild.add_channel("other"))
    clock.advance(61)
    later = await raw_post(place, channel)

    assert [status for status, _, _ in (*answers, other, later)] == [200, 200, 429, 200, 200]
    remaining = [headers["X-RateLimit-Remaining"] for _, headers, _ in (*answers, other, later)]
    assert remaining == ["1", "0", "0", "1", "1"]
    _, headers, body = answers[2]
    assert headers["X-RateLimit-Limit"] == "2"
    assert headers["X-RateLimit-Scope"] == "user"
    assert 59 <= float(headers["X-RateLimit-Reset-After"]) <= 60
    assert headers["X-RateLimit-Bucket"] == other[1]["X-RateLimit-Bucket"]
    assert headers["Retry-After"] == "60"
    assert "Via" in headers
    assert body["global"] is False
    assert isinstance(body["retry_after"], float)


async def test_discord_py_waits_before_it_breaks_a_limit(
    place: DiscordSandbox, channel: Channel, bot: Bot
) -> None:
    place.limits.set(*POST, limit=1, seconds=0.2)
    target = bot.get_partial_messageable(channel.id)
    started = time.perf_counter()

    for number in range(3):
        await target.send(str(number))

    assert time.perf_counter() - started > 0.35
    assert [r.status for r in place.requests if r.path.endswith("/messages")] == [200] * 3


async def test_discord_py_tries_again_after_429(
    place: DiscordSandbox, channel: Channel, bot: Bot
) -> None:
    place.limits.block(*POST, retry_after=0.1, scope="shared")

    await bot.get_partial_messageable(channel.id).send("x")

    assert [r.status for r in place.requests if r.path.endswith("/messages")] == [429, 200]
    assert len(channel.messages) == 1


async def test_a_429_without_via_is_taken_for_a_ban(
    place: DiscordSandbox, channel: Channel, bot: Bot
) -> None:
    place.limits.block(*POST, retry_after=0.1, via=False)

    with pytest.raises(discord.HTTPException) as error:
        await bot.get_partial_messageable(channel.id).send("x")

    assert error.value.status == 429


async def test_a_429_that_is_too_long_is_raised(
    place: DiscordSandbox, channel: Channel, bots: Runner
) -> None:
    bot = await bots.start(max_ratelimit_timeout=30)
    place.limits.block(*POST, retry_after=31)

    with pytest.raises(discord.RateLimited):
        await bot.get_partial_messageable(channel.id).send("x")


async def test_the_limit_of_the_whole_bot_exempts_interactions(
    place: DiscordSandbox, channel: Channel, play: Play
) -> None:
    exchange = await play.remix()
    place.limits.total.limit = 0

    await exchange.interaction.response.send_message("exempt")
    await exchange.interaction.edit_original_response(content="as well")
    status, headers, body = await raw_post(place, channel)

    assert exchange.message.content == "as well"
    assert status == 429
    assert headers["X-RateLimit-Global"] == "true"
    assert headers["X-RateLimit-Scope"] == "global"
    assert body["global"] is True


def test_a_window_counts_from_its_first_request() -> None:
    window = Window(limit=2, seconds=10)

    taken = [window.take(now) for now in (100, 105, 109, 110, 111)]

    assert taken == [None, None, 1, None, None]


async def test_answers_to_interactions_can_be_limited(play: Play, place: DiscordSandbox) -> None:
    place.limits.block("POST", CALLBACK, retry_after=0.05)

    exchange = await play.answered("x")

    assert exchange.message.content == "x"


async def test_a_dropped_answer_has_been_carried_out(
    place: DiscordSandbox, channel: Channel, play: Play
) -> None:
    place.faults.add(method="POST", path="/callback$", drop="after")
    exchange = await play.remix()

    with pytest.raises(aiohttp.ClientError):
        await exchange.interaction.response.send_message("lost")

    assert exchange.message.content == "lost"
    assert (await exchange.interaction.original_response()).content == "lost"
    assert [r.status for r in place.requests if r.path.endswith("/callback")] == [0]


async def test_a_dropped_request_was_never_carried_out(place: DiscordSandbox, play: Play) -> None:
    place.faults.add(method="POST", path="/callback$", drop="before")
    exchange = await play.remix()

    with pytest.raises(aiohttp.ClientError):
        await exchange.interaction.response.send_message("lost")

    assert exchange.shot.message is None
    assert exchange.shot.response_type is None


async def test_an_edit_can_be_made_to_fail(place: DiscordSandbox, play: Play) -> None:
    exchange = await play.answered(view=card(text("waiting")))
    body = {"code": 50035, "message": "Invalid Form Body"}
    fault = place.faults.add(method="PATCH", path="/webhooks/", status=400, body=body)
    picture = file()

    with pytest.raises(discord.HTTPException) as error:
        await exchange.interaction.edit_original_response(
            view=card(gallery(picture)), attachments=[picture]
        )

    assert code_of(error) == (400, 50035)
    assert fault.hits == 1
    assert exchange.message.texts() == ["waiting"]


async def test_an_answer_that_is_held_too_long_fails(
    place: DiscordSandbox, clock: SandboxClock, play: Play
) -> None:
    go = asyncio.Event()
    fault = place.faults.add(method="POST", path="/callback$", hold_before=go)
    exchange = await play.remix()
    answer = asyncio.create_task(exchange.interaction.response.send_message("late"))
    await fault.hit.wait()
    clock.advance(4)
    go.set()

    with pytest.raises(discord.NotFound) as error:
        await answer

    assert code_of(error) == (404, 10062)


async def test_the_cdn_can_fail(place: DiscordSandbox, alice: Actor, play: Play) -> None:
    exchange = await play.remix()
    place.faults.add(path="/ephemeral-attachments/", status=503)
    image = exchange.interaction.namespace.image

    with pytest.raises(discord.HTTPException):
        await image.read()

    assert len(await image.read()) > 0


async def test_the_gateway_can_refuse_a_handshake(
    place: DiscordSandbox, bot: Bot, play: Play
) -> None:
    fault = place.faults.add(path="^/resume/", status=503)
    bot_backoff = bot._AutoShardedClient__shards[0]._backoff  # type: ignore[attr-defined]
    bot_backoff.delay = lambda: 0.01

    place.drop_gateway()
    await place.until(lambda: place.gateway.identifies == 2, 5, "a new identify")
    await play.remix()

    assert fault.hits == 1
