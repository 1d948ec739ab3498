"""Modals: opened, filled in, and sent."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from sandbox.discord import Actor, Answer, Channel, DiscordSandbox, Upload
from tests.sandbox.discord.bots import button, call, card, file, png, row
from tests.sandbox.discord.conftest import Exchange, Play


def label(name: str, component: Any) -> discord.ui.Label[Any]:
    return discord.ui.Label(text=name, component=component)


class Form(discord.ui.Modal):
    def __init__(self) -> None:
        super().__init__(title="Edit", custom_id="remix:edit:1", timeout=60)
        self.prompt = discord.ui.TextInput(custom_id="prompt", default="a cat", max_length=20)
        options = [discord.SelectOption(label=c, value=c, default=c == "b") for c in "abc"]
        self.style = discord.ui.Select(custom_id="style", options=options)
        self.image = discord.ui.FileUpload(custom_id="image", required=False)
        radios = [discord.RadioGroupOption(label=c, value=c) for c in "xy"]
        self.mode = discord.ui.RadioGroup(custom_id="mode", options=radios, required=False)
        self.magic = discord.ui.Checkbox(custom_id="magic", default=True)
        for name in ("prompt", "style", "image", "mode", "magic"):
            self.add_item(label(name, getattr(self, name)))
        self.sent = False

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        self.sent = True
        await interaction.response.send_message(self.prompt.value, ephemeral=True)


async def opened(play: Play, form: discord.ui.Modal) -> Exchange:
    exchange = await play.remix()
    await exchange.interaction.response.send_modal(form)
    return exchange


async def test_a_modal_is_filled_in_and_sent(alice: Actor, play: Play) -> None:
    form = Form()
    exchange = await opened(play, form)
    values = {"prompt": "a dog", "style": ["c"], "image": Upload("new.png", png(7, 7))}

    shot = await alice.submit(exchange.shot, {**values, "mode": "y", "magic": False})
    await shot.answered(5)

    assert exchange.shot.response_type is Answer.MODAL
    assert (form.prompt.value, form.style.values, form.mode.value) == ("a dog", ["c"], "y")
    assert form.magic.value is False
    assert await form.image.values[0].read() == png(7, 7)
    assert shot.message is not None
    assert shot.message.content == "a dog"


async def test_what_is_left_alone_stays_prefilled(alice: Actor, play: Play) -> None:
    form = Form()
    exchange = await opened(play, form)

    await (await alice.submit(exchange.shot, {})).answered(5)

    assert (form.prompt.value, form.style.values, form.mode.value) == ("a cat", ["b"], None)
    assert form.magic.value is True
    assert form.image.values == []


async def test_members_roles_and_channels_are_prefilled_too(
    channel: Channel, alice: Actor, bob: Actor, play: Play
) -> None:
    exchange = await play.remix()
    chosen = [{"id": str(bob.id), "type": "user"}]
    user = {"type": 5, "custom_id": "user", "default_values": chosen}
    where = {"type": 8, "custom_id": "where", "required": False}
    labels = [{"type": 18, "label": "x", "component": item} for item in (user, where)]
    modal = {"custom_id": "who", "title": "Who", "components": labels}
    path = f"/interactions/{exchange.shot.id}/{exchange.shot.token}/callback"
    await call(play.bot, "POST", path, json={"type": 9, "data": modal})

    await alice.submit(exchange.shot, {"where": [channel]})

    data = (await play.bot.taken()).data
    assert [part["component"]["values"] for part in data["components"]] == [
        [str(bob.id)],
        [str(channel.id)],
    ]
    assert list(data["resolved"]["members"]) == [str(bob.id)]
    assert list(data["resolved"]["channels"]) == [str(channel.id)]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"prompt": ""}, "1 to 20 characters"),
        ({"prompt": "x" * 21}, "1 to 20 characters"),
        ({"prompt": 5}, "takes text"),
        ({"style": []}, "1 to 1 values"),
        ({"style": "z"}, "no option 'z'"),
        ({"mode": "z"}, "no option 'z'"),
        ({"magic": "yes"}, "True or False"),
        ({"image": "a.png"}, "takes a file_upload"),
        ({"other": "x"}, "has no other"),
    ],
)
async def test_values_that_the_client_would_not_send_are_refused(
    alice: Actor, play: Play, values: dict[str, Any], words: str
) -> None:
    exchange = await opened(play, Form())

    with pytest.raises(ValueError, match=words):
        await alice.submit(exchange.shot, values)


async def test_a_modal_behind_a_button_knows_its_message(alice: Actor, play: Play) -> None:
    exchange = await play.answered(view=card(row(button("Edit", "edit"))))
    click = await play.taken(await alice.click(exchange.message, "Edit"))
    await click.interaction.response.send_modal(Form())

    shot = await alice.submit(click.shot, {"prompt": "a dog"})
    await shot.answered(5)
    submitted = await play.bot.taken()

    assert submitted.type is discord.InteractionType.modal_submit
    assert submitted.message.id == exchange.message.id
    assert shot.message is not None
    metadata = shot.message.payload()["interaction_metadata"]
    assert metadata["triggering_interaction_metadata"]["id"] == str(click.shot.id)


async def test_a_modal_behind_a_command_has_no_message_to_update(alice: Actor, play: Play) -> None:
    class Silent(Form):
        async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
            pass

    exchange = await opened(play, Silent())
    await alice.submit(exchange.shot, {})
    interaction = await play.bot.taken()

    path = f"/interactions/{interaction.id}/{interaction.token}/callback"

    for kind in (6, 7):
        with pytest.raises(discord.HTTPException) as error:
            await call(play.bot, "POST", path, json={"type": kind, "data": {"content": "x"}})
        assert (error.value.status, error.value.code) == (400, 50035)


async def test_a_modal_that_breaks_a_rule_is_refused(play: Play) -> None:
    exchange = await play.remix()

    with pytest.raises(discord.HTTPException) as error:
        await exchange.interaction.response.send_modal(discord.ui.Modal(title="Empty"))

    assert (error.value.status, error.value.code) == (400, 50035)
    assert exchange.shot.modal is None


async def test_only_the_member_who_opened_a_modal_can_send_it(bob: Actor, play: Play) -> None:
    exchange = await opened(play, Form())

    with pytest.raises(ValueError, match="has no modal open"):
        await bob.submit(exchange.shot, {})
    with pytest.raises(ValueError, match="has no modal open"):
        await bob.submit((await play.answered("x", file=file())).shot, {})


async def test_a_modal_outlives_the_bot_that_opened_it(
    place: DiscordSandbox, alice: Actor, play: Play, bots: Any
) -> None:
    exchange = await opened(play, Form())
    await bots.stop(play.bot)
    await place.offline(5)
    second = await bots.start()

    await alice.submit(exchange.shot, {"prompt": "late"})

    interaction = await second.taken()
    assert interaction.data["custom_id"] == "remix:edit:1"
    assert interaction.data["components"][0]["component"]["value"] == "late"
