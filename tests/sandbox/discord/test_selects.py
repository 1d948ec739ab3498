"""Selects of roles, channels and members, in messages and in modals."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest

from sandbox.discord import Actor, Channel, DiscordSandbox, Guild, Permission
from tests.sandbox.discord.bots import Bot, card, row
from tests.sandbox.discord.conftest import Play

TEXT_LIKE = [discord.ChannelType.text, discord.ChannelType.forum, discord.ChannelType.voice]


def panel(guild: Guild, *, preset: Any = None) -> discord.ui.LayoutView:
    """Selects whose callbacks keep what discord.py made of the values."""
    defaults = [] if preset is None else [discord.SelectDefaultValue.from_role(preset)]
    roles: Any = discord.ui.RoleSelect(
        custom_id="roles", min_values=0, max_values=3, default_values=defaults
    )
    channels: Any = discord.ui.ChannelSelect(
        custom_id="channels", min_values=0, max_values=5, channel_types=TEXT_LIKE
    )
    users: Any = discord.ui.UserSelect(custom_id="users", max_values=2)
    mixed: Any = discord.ui.MentionableSelect(custom_id="mixed", min_values=0, max_values=2)
    view = card(row(roles), row(channels), row(users), row(mixed))
    for select in (roles, channels, users, mixed):
        select.callback = _keep(view, select)
    return view


def _keep(view: Any, select: Any) -> Any:
    view.kept = {}

    async def callback(interaction: discord.Interaction[Any]) -> None:
        view.kept[select.custom_id] = list(select.values)
        await interaction.response.defer()

    return callback


async def chosen(play: Play, guild: Guild, who: Actor, custom_id: str, values: list[Any]) -> Any:
    """What the bot's own select holds after somebody chose."""
    view: Any = panel(guild)
    exchange = await play.answered(view=view)
    shot = await (await who.choose(exchange.message, custom_id, values)).answered(5)
    await play.taken(shot)
    return view.kept[custom_id]


async def test_roles_are_chosen_and_cleared(guild: Guild, alice: Actor, play: Play) -> None:
    artists, mods = guild.add_role("artists"), guild.add_role("mods", permissions=32)

    both = await chosen(play, guild, alice, "roles", [artists, mods])
    none = await chosen(play, guild, alice, "roles", [])

    assert [(role.id, role.name) for role in both] == [(artists.id, "artists"), (mods.id, "mods")]
    assert both[1].permissions.manage_guild
    assert none == []


async def test_channels_are_chosen_with_what_the_member_and_the_bot_may_do(
    place: DiscordSandbox, guild: Guild, channel: Channel, alice: Actor, play: Play
) -> None:
    voice, forum = guild.add_voice("lounge"), guild.add_forum("gallery", nsfw=True)
    place.set_permissions(forum, guild.bot_role, deny=Permission.VIEW_CHANNEL)

    found = await chosen(play, guild, alice, "channels", [channel, voice, forum])
    shots = place.world.interactions._by_token.values()
    data = next(shot.data for shot in shots if shot.data.get("custom_id") == "channels")

    assert [(item.id, item.name) for item in found] == [
        (channel.id, "remix"),
        (voice.id, "lounge"),
        (forum.id, "gallery"),
    ]
    assert found[2].type is discord.ChannelType.forum
    assert found[2].nsfw
    assert found[0].permissions.send_messages
    channels = data["resolved"]["channels"]
    seen = {key: int(item["app_permissions"]) for key, item in channels.items()}
    assert seen[str(channel.id)] & Permission.SEND_MESSAGES
    assert seen[str(forum.id)] == 0


async def test_members_and_roles_are_chosen_together(
    guild: Guild, alice: Actor, bob: Actor, play: Play
) -> None:
    role = guild.add_role("artists")

    users = await chosen(play, guild, alice, "users", [bob, alice])
    mixed = await chosen(play, guild, alice, "mixed", [role, bob])

    assert [user.id for user in users] == [bob.id, alice.id]
    assert isinstance(users[0], discord.Member)
    assert [item.id for item in mixed] == [bob.id, role.id] or [item.id for item in mixed] == [
        role.id,
        bob.id,
    ]


async def test_what_is_preselected_is_served(guild: Guild, alice: Actor, play: Play) -> None:
    role = guild.add_role("artists")

    exchange = await play.answered(view=panel(guild, preset=discord.Object(role.id)))

    select = exchange.message.components[0]["components"][0]
    assert select["default_values"] == [{"id": str(role.id), "type": "role"}]
    assert (select["min_values"], select["max_values"]) == (0, 3)


@pytest.mark.parametrize(
    ("custom_id", "make", "words"),
    [
        ("channels", lambda guild: [guild.add_category("Art")], "no channel of type 4"),
        ("channels", lambda guild: [guild.add_announcements("news")], "no channel of type 5"),
        ("channels", lambda guild: [guild.everyone], "takes a channel_select"),
        ("roles", lambda guild: [guild.owner], "takes a role_select"),
        ("users", lambda guild: [], "1 to 2 values"),
        ("users", lambda guild: [guild.everyone], "takes a user_select"),
    ],
)
async def test_what_the_client_does_not_offer_cannot_be_chosen(
    guild: Guild, alice: Actor, play: Play, custom_id: str, make: Any, words: str
) -> None:
    exchange = await play.answered(view=panel(guild))

    with pytest.raises(ValueError, match=words):
        await alice.choose(exchange.message, custom_id, make(guild))


async def test_a_channel_that_the_member_does_not_see_is_not_offered(
    place: DiscordSandbox, guild: Guild, alice: Actor, play: Play
) -> None:
    hidden = guild.add_channel("hidden")
    place.set_permissions(hidden, alice, deny=Permission.VIEW_CHANNEL)
    exchange = await play.answered(view=panel(guild))

    with pytest.raises(ValueError, match="does not see #hidden"):
        await alice.choose(exchange.message, "channels", [hidden])


class Form(discord.ui.Modal):
    """A select of each kind that a settings form has."""

    def __init__(self, role: discord.Object, channel: discord.Object) -> None:
        super().__init__(title="Set up", custom_id="setup", timeout=60)
        options = [discord.SelectOption(label=c, value=c, default=c == "day") for c in PERIODS]
        self.period: Any = discord.ui.Select(custom_id="period", options=options)
        self.roles: Any = discord.ui.RoleSelect(
            custom_id="roles", required=False, min_values=0, max_values=5, default_values=[role]
        )
        self.channel: Any = discord.ui.ChannelSelect(
            custom_id="channel",
            required=False,
            min_values=0,
            channel_types=[discord.ChannelType.text],
            default_values=[channel],
        )
        for name in ("period", "roles", "channel"):
            self.add_item(discord.ui.Label(text=name, component=getattr(self, name)))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("saved", ephemeral=True)


PERIODS = ("day", "week", "month")


@pytest.fixture
async def opened(guild: Guild, channel: Channel, alice: Actor, play: Play) -> tuple[Form, Any]:
    role = guild.add_role("artists")
    form = Form(
        discord.Object(role.id, type=discord.Role),
        discord.Object(channel.id, type=discord.TextChannel),
    )
    exchange = await play.remix()
    await exchange.interaction.response.send_modal(form)
    return form, exchange.shot


async def test_a_forms_selects_keep_what_they_were_prefilled_with(
    guild: Guild, channel: Channel, alice: Actor, opened: tuple[Form, Any]
) -> None:
    form, shot = opened

    await alice.submit(shot, {})
    await settled(form)

    assert form.period.values == ["day"]
    assert [role.name for role in form.roles.values] == ["artists"]
    assert [found.id for found in form.channel.values] == [channel.id]


async def settled(form: Form) -> None:
    async with asyncio.timeout(5):
        assert await form.wait() is False


async def test_a_forms_selects_are_chosen_and_cleared(
    guild: Guild, alice: Actor, opened: tuple[Form, Any]
) -> None:
    form, shot = opened
    mods, log = guild.add_role("mods"), guild.add_channel("log")

    await alice.submit(shot, {"period": "week", "roles": [mods], "channel": [log]})
    await settled(form)

    assert form.period.values == ["week"]
    assert [role.id for role in form.roles.values] == [mods.id]
    assert [found.name for found in form.channel.values] == ["log"]


async def test_a_forms_selects_can_be_left_empty(
    alice: Actor, opened: tuple[Form, Any], guild: Guild, bot: Bot
) -> None:
    form, shot = opened
    with pytest.raises(ValueError, match="no channel of type 2"):
        await alice.submit(shot, {"channel": [guild.add_voice("lounge")]})

    await alice.submit(shot, {"roles": [], "channel": []})
    await settled(form)

    assert (form.roles.values, form.channel.values) == ([], [])
