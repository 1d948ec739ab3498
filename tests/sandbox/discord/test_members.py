"""What members can do, and what Discord's client would not let them."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from sandbox.discord import (
    Actor,
    Channel,
    DiscordSandbox,
    Guild,
    Permission,
    Upload,
)
from sandbox.discord.command_permissions import Rules
from tests.sandbox.discord.bots import Bot, button, card, file, gallery, png, row, text
from tests.sandbox.discord.conftest import Play

CAT = Upload("cat.png", png())


@pytest.fixture
async def registered(place: DiscordSandbox) -> None:
    """The commands are there, and nobody is connected who would answer."""
    tree = Bot().tree
    kinds = discord.AppCommandType
    commands = [c.to_dict(tree) for kind in kinds for c in tree.get_commands(type=kind)]
    place.world.commands.overwrite(None, commands)


async def test_every_kind_of_option_arrives(bob: Actor, play: Play) -> None:
    exchange = await play.remix(
        backend="fal-v3", strength=7, weight=0.25, style="ANIME", friend=bob
    )

    values = vars(exchange.interaction.namespace)
    assert values["prompt"] == "a cat"
    assert values["backend"] == "fal-v3"
    assert (values["strength"], values["weight"]) == (7, 0.25)
    assert values["style"] == "ANIME"
    assert values["friend"].id == bob.id
    assert await values["image"].read() == png()


async def test_a_choice_can_be_named_as_the_member_reads_it(play: Play) -> None:
    exchange = await play.remix(style="Realistic")

    assert exchange.interaction.namespace.style == "REALISTIC"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"prompt": "x"}, "image is required"),
        ({"image": CAT, "prompt": ""}, "1 to 200 characters"),
        ({"image": CAT, "prompt": "x" * 201}, "1 to 200 characters"),
        ({"image": CAT, "prompt": "x", "strength": 0}, "1 to 100"),
        ({"image": CAT, "prompt": "x", "strength": 1.5}, "takes a integer"),
        ({"image": CAT, "prompt": "x", "strength": True}, "takes a integer"),
        ({"image": CAT, "prompt": "x", "weight": 1.01}, r"0\.0 to 1\.0"),
        ({"image": CAT, "prompt": "x", "style": "CUBIST"}, "no choice"),
        ({"image": "cat.png", "prompt": "x"}, "takes a attachment"),
        ({"image": CAT, "prompt": "x", "friend": "bob"}, "takes a user"),
        ({"image": CAT, "prompt": "x", "colour": "red"}, "no option colour"),
    ],
)
async def test_options_are_checked_as_the_client_does(
    registered: None, channel: Channel, alice: Actor, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        await alice.slash(channel, "remix", **options)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing", "no chat_input command"),
        ("quota", "has subcommands"),
        ("quota reset", "no subcommand reset"),
        ("after_dark", "age-restricted"),
        ("audit", "may not use audit"),
    ],
)
async def test_commands_that_are_not_offered_cannot_be_used(
    registered: None, channel: Channel, alice: Actor, name: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        await alice.slash(channel, name)


async def test_a_thread_is_age_restricted_as_its_channel_is(
    registered: None, guild: Guild, alice: Actor
) -> None:
    adult = guild.add_channel("adult", nsfw=True)

    shot = await alice.slash(guild.add_thread(adult, "talk"), "after_dark")

    assert shot.payload()["channel"]["parent_id"] == str(adult.id)


async def test_a_permission_opens_a_command(
    place: DiscordSandbox, guild: Guild, channel: Channel, bot: Bot
) -> None:
    mods = guild.add_role("mods", permissions=Permission.MANAGE_GUILD)
    moderator = guild.add_member("Mona", roles=[mods])

    with pytest.raises(ValueError, match="takes a boolean"):
        await moderator.slash(channel, "audit", in_full=1)
    await moderator.slash(channel, "audit", in_full=True)
    await guild.owner.slash(channel, "audit")

    first = await bot.taken()
    assert (first.user.id, first.namespace.in_full) == (moderator.id, True)
    assert (await bot.taken()).user.guild_permissions.administrator


async def test_a_servers_settings_decide_who_uses_a_command(
    registered: None, place: DiscordSandbox, guild: Guild, channel: Channel
) -> None:
    artists, other = guild.add_role("artists"), guild.add_channel("other")
    artist = guild.add_member("Ann", roles=[artists])
    guest = guild.add_member("Gus")
    banned = guild.add_member("Bea", roles=[artists])
    rules: Rules = {artists: True, guild.everyone: False, banned: False, other: False}
    place.restrict_command(guild, "audit", rules)

    await artist.slash(channel, "audit")

    for member, where in ((guest, channel), (banned, channel), (artist, other)):
        with pytest.raises(ValueError, match="may not use audit"):
            await member.slash(where, "audit")


async def test_a_channel_that_a_member_does_not_see_is_closed_to_them(
    place: DiscordSandbox, guild: Guild, channel: Channel, alice: Actor, play: Play
) -> None:
    exchange = await play.answered(view=card(row(button("Go", "go"))))
    place.set_permissions(channel, alice, deny=Permission.VIEW_CHANNEL)

    with pytest.raises(ValueError, match="does not see #remix"):
        await alice.slash(channel, "remix")
    with pytest.raises(ValueError, match="does not see"):
        await alice.click(exchange.message, "Go")


async def test_commands_take_a_permission(
    registered: None, place: DiscordSandbox, guild: Guild, channel: Channel, alice: Actor
) -> None:
    place.set_permissions(channel, alice, deny=Permission.USE_APPLICATION_COMMANDS)

    with pytest.raises(ValueError, match="may not use commands"):
        await alice.slash(channel, "remix")


async def test_an_option_without_autocomplete_cannot_be_asked_about(
    registered: None, channel: Channel, alice: Actor
) -> None:
    with pytest.raises(ValueError, match="no autocomplete"):
        await alice.autocomplete(channel, "remix", focused="prompt", value="x")


async def test_a_message_menu_carries_the_message(
    channel: Channel, alice: Actor, bob: Actor, bot: Bot
) -> None:
    message = await bob.post(channel, "look", files=[CAT])

    await alice.menu(channel, "Remix this image", message)

    interaction = await bot.taken()
    target = interaction.data["resolved"]["messages"][str(message.id)]
    assert interaction.data["target_id"] == str(message.id)
    assert target["content"] == "look"
    assert await alice.fetch(target["attachments"][0]["url"]) == png()


async def test_a_message_menu_on_a_card_carries_its_pictures(
    channel: Channel, alice: Actor, bob: Actor, play: Play
) -> None:
    picture = file()
    exchange = await play.answered(view=card(gallery(picture, id=50)), file=picture)

    menu = await play.taken(await bob.menu(channel, "Remix this image", exchange.message))

    messages = menu.interaction.data["resolved"]["messages"]
    component = messages[str(exchange.message.id)]["components"][0]
    assert await alice.fetch(component["items"][0]["media"]["url"]) == png()
    await menu.interaction.response.send_message("ok")
    assert menu.message.kind == 23


async def test_a_member_menu_carries_the_member(
    channel: Channel, alice: Actor, bob: Actor, bot: Bot
) -> None:
    await alice.menu(channel, "Show quota", bob)

    interaction = await bot.taken()
    assert list(interaction.data["resolved"]["members"]) == [str(bob.id)]
    assert interaction.data["target_id"] == str(bob.id)


class Shelf(discord.ui.LayoutView):
    def __init__(self) -> None:
        super().__init__(timeout=None)
        section = discord.ui.Section(text("aside"), accessory=button("Side", "side"))
        self.add_item(discord.ui.Container(section, row(button("Go", "go", disabled=True))))
        self.add_item(row(button("Twin", "a"), button("Twin", "b")))
        self.add_item(row(discord.ui.Button(label="Link", url="https://example.com")))
        options = [discord.SelectOption(label=str(n), value=str(n)) for n in range(3)]
        self.add_item(row(discord.ui.Select(custom_id="pick", options=options, max_values=2)))
        self.add_item(row(discord.ui.UserSelect(custom_id="who")))


async def test_buttons_are_found_wherever_they_stand(alice: Actor, play: Play) -> None:
    exchange = await play.answered(view=Shelf())

    click = await play.taken(await alice.click(exchange.message, "Side"))

    labels = [button.label for button in exchange.message.buttons()]
    assert labels == ["Side", "Go", "Twin", "Twin", "Link"]
    assert click.interaction.data == {"custom_id": "side", "component_type": 2, "id": 4}


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("Nothing", "0 buttons"),
        ("Twin", "2 buttons"),
        ("Go", "cannot be pressed"),
        ("Link", "cannot be pressed"),
    ],
)
async def test_buttons_that_cannot_be_pressed_are_refused(
    alice: Actor, play: Play, what: str, words: str
) -> None:
    exchange = await play.answered(view=Shelf())

    with pytest.raises(ValueError, match=words):
        await alice.click(exchange.message, what)


async def test_a_deleted_message_cannot_be_clicked(
    place: DiscordSandbox, alice: Actor, play: Play
) -> None:
    exchange = await play.answered(view=Shelf())
    place.delete_message(exchange.message)

    with pytest.raises(ValueError, match="does not see"):
        await alice.click(exchange.message, "Side")


async def test_values_are_chosen_in_selects(alice: Actor, bob: Actor, play: Play) -> None:
    exchange = await play.answered(view=Shelf())

    options = await play.taken(await alice.choose(exchange.message, "pick", ["2", "0"]))
    members = await play.taken(await alice.choose(exchange.message, "who", [bob]))

    assert options.interaction.data["values"] == ["2", "0"]
    assert members.interaction.data["values"] == [str(bob.id)]
    assert list(members.interaction.data["resolved"]["users"]) == [str(bob.id)]
    assert [select.custom_id for select in exchange.message.selects()] == ["pick", "who"]


@pytest.mark.parametrize(
    ("custom_id", "values", "words"),
    [
        ("pick", [], "1 to 2 values"),
        ("pick", ["0", "1", "2"], "1 to 2 values"),
        ("pick", ["9"], "no option '9'"),
        ("pick", ["1", "1"], "same value twice"),
        ("who", ["bob"], "takes a user_select"),
        ("other", ["1"], "no select 'other'"),
    ],
)
async def test_values_that_cannot_be_chosen_are_refused(
    alice: Actor, play: Play, custom_id: str, values: list[str], words: str
) -> None:
    exchange = await play.answered(view=Shelf())

    with pytest.raises(ValueError, match=words):
        await alice.choose(exchange.message, custom_id, values)


async def test_components_keep_their_ids_and_get_those_they_lack(play: Play) -> None:
    view = card(
        text("a"), discord.ui.Container(text("b", id=2), text("c")), row(button("Go", "go"))
    )

    exchange = await play.answered(view=view)

    message = exchange.message
    ids = [
        (c["type"], c["id"])
        for c in [
            message.components[0],
            message.components[1],
            *message.components[1]["components"],
        ]
    ]
    assert ids == [(10, 1), (17, 3), (10, 2), (10, 4)]
    assert message.buttons()[0].id == 6
    assert message.text(2) == "b"


class Roll(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"remix:roll:(?P<job>\w+)"):
    def __init__(self, job: str) -> None:
        super().__init__(button("Re-roll", f"remix:roll:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: Any, match: Any, /
    ) -> Roll:
        return cls(match["job"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(f"rolled {self.job}", ephemeral=True)


async def test_an_old_button_works_after_a_restart(
    place: DiscordSandbox, channel: Channel, alice: Actor, bots: Any
) -> None:
    first: Bot = await bots.start()
    await alice.slash(channel, "remix", image=CAT, prompt="x")
    await (await first.taken()).response.send_message(view=card(row(Roll("abc"))))
    message = channel.messages[0]
    await bots.stop(first)
    await place.offline(5)
    second: Bot = await bots.start()
    second.add_dynamic_items(Roll)

    shot = await (await alice.click(message, "Re-roll")).answered(5)

    assert shot.message is not None
    assert shot.message.content == "rolled abc"


async def test_members_write_only_where_they_may(
    place: DiscordSandbox, channel: Channel, alice: Actor
) -> None:
    place.set_permissions(channel, alice, deny=Permission.SEND_MESSAGES)

    with pytest.raises(ValueError, match="may not write in #remix"):
        await alice.post(channel, "x")
    assert channel.messages == []
