"""First answers to interactions, and messages behind an interaction's token."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest

from sandbox.clock import SandboxClock
from sandbox.discord import Actor, Answer, Channel, DiscordSandbox
from tests.sandbox.discord.bots import Bot, button, call, card, row, text
from tests.sandbox.discord.conftest import Exchange, Play, code_of


async def test_an_answer_becomes_a_message(channel: Channel, play: Play) -> None:
    exchange = await play.answered("hello")

    shot = await exchange.shot.answered(5)
    assert shot.response_type is Answer.MESSAGE
    assert shot.seconds is not None
    assert shot.seconds < 3
    assert channel.messages == [shot.message]
    assert exchange.message.content == "hello"
    assert exchange.message.kind == 20
    assert exchange.interaction.response.is_done()


async def test_an_answer_comes_back_to_the_bot_as_a_message(play: Play) -> None:
    exchange = await play.remix()

    response = await exchange.interaction.response.send_message(view=card(row(button("Go", "go"))))

    assert response.message_id == exchange.message.id
    assert response.resource.components[0].children[0].custom_id == "go"
    assert response.resource.interaction_metadata.user.id == exchange.shot.member.id


async def test_an_ephemeral_answer_is_seen_by_its_member_only(
    channel: Channel, bob: Actor, bot: Bot, play: Play
) -> None:
    exchange = await play.answered(view=card(row(button("Go", "go"))), ephemeral=True)

    assert exchange.message.ephemeral
    assert channel.messages == []
    with pytest.raises(discord.NotFound) as error:
        await bot.get_partial_messageable(channel.id).fetch_message(exchange.message.id)
    assert code_of(error) == (404, 10008)
    with pytest.raises(ValueError, match="does not see"):
        await bob.click(exchange.message, "Go")
    assert (await exchange.interaction.original_response()).id == exchange.message.id


async def test_a_deferred_answer_is_filled_in_by_an_edit(play: Play) -> None:
    exchange = await play.remix()

    await exchange.interaction.response.defer(ephemeral=True)
    loading, before = exchange.message.loading, exchange.message.edits
    await exchange.interaction.edit_original_response(view=card(text("done", id=7)))

    assert (loading, before) == (True, 0)
    assert not exchange.message.loading
    assert exchange.message.ephemeral
    assert exchange.message.text(7) == "done"
    assert exchange.message.edits == 1


async def test_the_first_follow_up_after_a_deferral_fills_it_in(
    channel: Channel, play: Play
) -> None:
    exchange = await play.remix()
    await exchange.interaction.response.defer()

    await exchange.interaction.followup.send("now", ephemeral=True)
    await exchange.interaction.followup.send("later")

    assert exchange.message.content == "now"
    assert not exchange.message.ephemeral
    assert [message.content for message in channel.messages] == ["now", "later"]
    assert [message.content for message in exchange.shot.followups] == ["later"]


async def test_follow_ups_can_be_edited_and_deleted(play: Play) -> None:
    exchange = await play.answered("first")
    sent = await exchange.interaction.followup.send("second", ephemeral=True, wait=True)

    await sent.edit(content="changed")
    content = exchange.shot.followups[0].content
    await sent.delete()

    assert content == "changed"
    assert exchange.shot.followups[0].deleted
    with pytest.raises(discord.NotFound) as error:
        await sent.fetch()
    assert code_of(error) == (404, 10008)


async def test_the_original_can_be_deleted(channel: Channel, play: Play) -> None:
    exchange = await play.answered("hello")

    await exchange.interaction.delete_original_response()

    assert exchange.message.deleted
    assert channel.messages == []
    with pytest.raises(discord.NotFound) as error:
        await exchange.interaction.edit_original_response(content="x")
    assert code_of(error) == (404, 10008)


async def test_a_second_answer_is_refused(play: Play) -> None:
    exchange = await play.answered("hello")
    exchange.interaction.response._response_type = None

    with pytest.raises(discord.HTTPException) as error:
        await exchange.interaction.response.send_message("again")

    assert code_of(error) == (400, 40060)
    assert exchange.message.content == "hello"


async def test_an_answer_after_three_seconds_is_refused(clock: SandboxClock, play: Play) -> None:
    exchange = await play.remix()
    clock.advance(3.1)

    with pytest.raises(discord.NotFound) as error:
        await exchange.interaction.response.send_message("late")

    assert code_of(error) == (404, 10062)
    assert exchange.shot.failed
    assert exchange.shot.message is None


async def test_nothing_can_follow_before_an_answer(play: Play) -> None:
    exchange = await play.remix()

    with pytest.raises(discord.NotFound) as error:
        await exchange.interaction.followup.send("x")

    assert code_of(error) == (404, 10015)


@pytest.mark.parametrize("way", ["clock", "expire"])
async def test_a_token_dies_after_fifteen_minutes(
    place: DiscordSandbox, clock: SandboxClock, play: Play, way: str
) -> None:
    exchange = await play.answered("hello")
    if way == "clock":
        clock.advance(899)
        await exchange.interaction.edit_original_response(content="in time")
        clock.advance(2)
    else:
        place.expire_token(exchange.shot)

    for act in (
        exchange.interaction.edit_original_response(content="x"),
        exchange.interaction.original_response(),
        exchange.interaction.followup.send("x"),
        exchange.interaction.delete_original_response(),
    ):
        with pytest.raises(discord.HTTPException) as error:
            await act
        assert code_of(error) == (401, 50027)


async def test_the_bot_edits_its_answer_when_the_token_is_dead(
    place: DiscordSandbox, channel: Channel, bot: Bot, play: Play
) -> None:
    exchange = await play.answered("hello")
    place.expire_token(exchange.shot)

    message = bot.get_partial_messageable(channel.id).get_partial_message(exchange.message.id)
    await message.edit(content="still here")

    assert exchange.message.content == "still here"


async def test_a_deferral_may_say_ephemeral_only(play: Play) -> None:
    exchange = await play.remix()

    with pytest.raises(discord.HTTPException) as error:
        await post_callback(play, exchange, {"type": 5, "data": {"flags": 1 << 15}})

    assert code_of(error) == (400, 50035)
    assert exchange.shot.response_type is None


@pytest.mark.parametrize("kind", [1, 6, 7, 8, 99])
async def test_a_command_cannot_be_answered_like_a_click(play: Play, kind: int) -> None:
    exchange = await play.remix()

    with pytest.raises(discord.HTTPException) as error:
        await post_callback(play, exchange, {"type": kind, "data": {"content": "x"}})

    assert code_of(error) == (400, 50035)


async def post_callback(play: Play, exchange: Exchange, body: dict[str, Any]) -> None:
    path = f"/interactions/{exchange.shot.id}/{exchange.shot.token}/callback"
    await call(play.bot, "POST", path, json=body)


async def test_a_wrong_token_is_unknown(play: Play) -> None:
    exchange = await play.remix()
    exchange.shot.token = "wrong"

    with pytest.raises(discord.NotFound) as error:
        await post_callback(play, exchange, {"type": 5})

    assert code_of(error) == (404, 10062)


async def test_a_click_updates_its_message(alice: Actor, bob: Actor, play: Play) -> None:
    exchange = await play.answered("one", view=classic(button("Next", "next")))

    click = await play.taken(await bob.click(exchange.message, "Next"))
    await click.interaction.response.edit_message(content="two")

    assert click.shot.response_type is Answer.UPDATE
    assert click.shot.message is exchange.message
    assert exchange.message.content == "two"
    assert click.interaction.message.id == exchange.message.id
    assert click.interaction.user.id == bob.id


def classic(*items: Any) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    return view


async def test_a_click_is_acknowledged_and_its_message_edited_later(
    alice: Actor, play: Play
) -> None:
    exchange = await play.answered("one", view=classic(button("Next", "next")))
    click = await play.taken(await alice.click(exchange.message, "next"))

    await click.interaction.response.defer()
    await click.interaction.edit_original_response(content="two")
    await click.interaction.followup.send("just you", ephemeral=True)

    assert click.shot.response_type is Answer.DEFER_UPDATE
    assert exchange.message.content == "two"
    assert click.shot.followups[0].ephemeral


async def test_a_message_that_is_gone_cannot_be_updated(
    place: DiscordSandbox, alice: Actor, play: Play
) -> None:
    exchange = await play.answered("one", view=classic(button("Next", "next")))
    click = await play.taken(await alice.click(exchange.message, "Next"))
    place.delete_message(exchange.message)

    with pytest.raises(discord.NotFound) as error:
        await click.interaction.response.edit_message(content="two")

    assert code_of(error) == (404, 10008)


async def test_a_click_can_be_answered_with_a_new_message(
    channel: Channel, alice: Actor, play: Play
) -> None:
    exchange = await play.answered(view=card(row(button("Re-roll", "remix:roll:1"))))

    click = await play.taken(await alice.click(exchange.message, "Re-roll"))
    await click.interaction.response.send_message("new")

    assert [m.content for m in channel.messages] == ["", "new"]
    assert click.message.payload()["interaction_metadata"]["interacted_message_id"] == str(
        exchange.message.id
    )


async def test_a_click_answered_anew_can_still_edit_its_ephemeral_message_by_id(
    alice: Actor, play: Play
) -> None:
    exchange = await play.answered(view=card(row(button("Start", "start"))), ephemeral=True)
    click = await play.taken(await alice.click(exchange.message, "Start"))
    await click.interaction.response.send_message("new")

    await click.interaction.followup.edit_message(
        exchange.message.id, view=card(text("started", id=7))
    )

    assert exchange.message.text(7) == "started"
    assert click.message.content == "new"
    assert (await click.interaction.original_response()).content == "new"


async def test_choices_are_offered_while_typing(
    place: DiscordSandbox, channel: Channel, alice: Actor, bot: Bot
) -> None:
    choices = await alice.autocomplete(channel, "remix", focused="backend", value="fal", prompt="x")

    assert choices == [
        {"name": "fal-v3", "value": "fal-v3"},
        {"name": "fal-v2a", "value": "fal-v2a"},
    ]


async def test_too_many_choices_are_refused(
    place: DiscordSandbox, channel: Channel, alice: Actor, bot: Bot
) -> None:
    command = bot.tree.get_command("remix")
    assert isinstance(command, discord.app_commands.Command)

    async def too_many(
        interaction: discord.Interaction[Any], current: str
    ) -> list[discord.app_commands.Choice[str]]:
        return [discord.app_commands.Choice(name=str(n), value=str(n)) for n in range(26)]

    command.autocomplete("backend")(too_many)
    typing = asyncio.create_task(alice.autocomplete(channel, "remix", focused="backend"))

    refusal = await place.until(
        lambda: [r for r in place.requests if r.path.endswith("/callback")], 5, "an answer"
    )
    typing.cancel()

    assert [request.status for request in refusal] == [400]


async def test_an_answer_in_a_deleted_channel_is_refused(
    place: DiscordSandbox, channel: Channel, play: Play
) -> None:
    exchange = await play.answered("hello")
    place.delete_channel(channel)

    for act in (
        exchange.interaction.followup.send("x"),
        exchange.interaction.edit_original_response(content="x"),
    ):
        with pytest.raises(discord.NotFound) as error:
            await act
        assert code_of(error) == (404, 10003)


async def test_waiting_for_an_answer_ends_with_a_sentence(play: Play) -> None:
    exchange = await play.remix()

    with pytest.raises(TimeoutError, match=r"not within 0\.01 s: an answer to .*remix.*Alice"):
        await exchange.shot.answered(0.01)
