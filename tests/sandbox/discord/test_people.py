"""Accounts and members: how old they are, what they look like, and when they left."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import discord
import pytest
from PIL import Image

from sandbox.discord import Actor, Channel, DiscordSandbox, Guild, Intent
from tests.sandbox.discord.bots import Bot, Runner, png
from tests.sandbox.discord.conftest import code_of

DAY = 24 * 3600.0


def size_of(data: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.format, picture.size


def moving() -> bytes:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def near(found: datetime | None, seconds: float) -> bool:
    """Whether a time is about so many seconds ago."""
    assert found is not None
    return abs((datetime.now(UTC) - found).total_seconds() - seconds) < 60


async def user_of(bot: Bot, who: Actor, channel: Channel) -> Any:
    """The member as discord.py has it from an interaction."""
    await who.slash(channel, "quota set", role=who.guild.everyone, credits_=1)
    return (await bot.taken()).user


async def test_an_account_is_as_old_as_its_id_says(
    place: DiscordSandbox, guild: Guild, channel: Channel, bot: Bot
) -> None:
    old = guild.add_member(place.world.new_user("Olga", age_seconds=400 * DAY))
    also_old = guild.add_member(place.world.new_user("Oleg", age_seconds=400 * DAY))
    new = guild.add_member("Nina")

    assert near((await user_of(bot, old, channel)).created_at, 400 * DAY)
    assert near((await user_of(bot, new, channel)).created_at, 0)
    assert old.id != also_old.id


async def test_an_account_is_no_older_than_discord(place: DiscordSandbox) -> None:
    for seconds in (50 * 365 * DAY, -1.0):
        with pytest.raises(ValueError, match="no id was given out"):
            place.world.new_user("Methuselah", age_seconds=seconds)


async def test_a_member_joined_when_it_is_said(guild: Guild, channel: Channel, bot: Bot) -> None:
    moment = datetime(2025, 5, 5, tzinfo=UTC)

    ago = guild.add_member("Ada", joined=3 * DAY)
    then = guild.add_member("Tom", joined=moment)
    long_ago = guild.add_member("Lea")

    assert near((await user_of(bot, ago, channel)).joined_at, 3 * DAY)
    assert (await user_of(bot, then, channel)).joined_at == moment
    assert (await user_of(bot, long_ago, channel)).joined_at.year == 2024
    with pytest.raises(ValueError, match="without a zone"):
        guild.add_member("Bad", joined=datetime(2025, 5, 5))  # noqa: DTZ001 - what is refused


async def test_an_avatar_is_read_from_the_cdn(alice: Actor, channel: Channel, bot: Bot) -> None:
    alice.set_avatar(png(300, 200))

    user = await user_of(bot, alice, channel)

    assert size_of(await user.display_avatar.read()) == ("PNG", (300, 200))
    assert size_of(await user.display_avatar.replace(size=64).read()) == ("PNG", (64, 43))
    assert size_of(await user.avatar.replace(format="webp").read())[0] == "WEBP"
    assert size_of(await user.avatar.replace(format="jpeg").read())[0] == "JPEG"


async def test_a_server_can_have_an_avatar_of_its_own(
    alice: Actor, channel: Channel, bot: Bot
) -> None:
    alice.set_avatar(png(30, 30))
    alice.set_avatar(png(40, 40), here_only=True)

    user = await user_of(bot, alice, channel)

    assert size_of(await user.display_avatar.read())[1] == (40, 40)
    assert size_of(await user.avatar.read())[1] == (30, 30)
    assert f"/guilds/{alice.guild.id}/users/{alice.id}/avatars/" in user.guild_avatar.url


async def test_a_moving_avatar_is_a_gif_and_stands_still_as_anything_else(
    alice: Actor, channel: Channel, bot: Bot
) -> None:
    alice.set_avatar(moving())

    user = await user_of(bot, alice, channel)

    assert user.avatar.is_animated()
    with Image.open(io.BytesIO(await user.avatar.read())) as picture:
        assert (picture.format, picture.is_animated) == ("GIF", True)  # type: ignore[attr-defined]
    assert size_of(await user.avatar.replace(static_format="png", format="png").read())[0] == "PNG"


@pytest.mark.parametrize("path", ["/embed/avatars/0.png", "/embed/avatars/5.png?size=16"])
async def test_a_default_avatar_is_a_picture(
    place: DiscordSandbox, alice: Actor, path: str
) -> None:
    assert size_of(await alice.fetch(place.url + path)) == ("PNG", (256, 256))


async def test_who_has_no_avatar_shows_a_default_one(
    alice: Actor, channel: Channel, bot: Bot
) -> None:
    user = await user_of(bot, alice, channel)

    assert user.avatar is None
    assert size_of(await user.display_avatar.read()) == ("PNG", (256, 256))


async def test_links_to_avatars_that_are_wrong_lead_nowhere(
    alice: Actor, channel: Channel, bot: Bot
) -> None:
    alice.set_avatar(png())
    user = await user_of(bot, alice, channel)
    old = user.avatar

    for wrong in (old.url.replace("size=1024", "size=1000"), old.url.replace(".png", ".gif")):
        with pytest.raises(discord.HTTPException) as error:
            await bot.http.get_from_cdn(wrong)
        assert error.value.status == 400
    for instead in (png(9, 9), None):
        alice.set_avatar(instead)
        with pytest.raises(discord.NotFound):
            await old.read()
    with pytest.raises(ValueError, match="this is no avatar"):
        alice.set_avatar(b"not a picture")


async def test_a_member_menu_carries_the_avatar(
    alice: Actor, bob: Actor, channel: Channel, bot: Bot
) -> None:
    bob.set_avatar(png(70, 70))

    await alice.menu(channel, "Show quota", bob)

    data = (await bot.taken()).data["resolved"]
    assert data["users"][str(bob.id)]["avatar"] == bob.user.avatar.hash  # type: ignore[union-attr]
    assert data["members"][str(bob.id)]["avatar"] is None


async def test_who_has_left_is_unknown(guild: Guild, bob: Actor, bot: Bot) -> None:
    server = bot.get_guild(guild.id)
    assert server is not None
    assert (await server.fetch_member(bob.id)).id == bob.id

    guild.remove_member(bob)

    with pytest.raises(discord.NotFound) as error:
        await server.fetch_member(bob.id)
    assert code_of(error) == (404, 10007)
    assert (await bot.fetch_user(bob.id)).id == bob.id
    with pytest.raises(discord.NotFound) as error:
        await bot.fetch_user(1)
    assert code_of(error) == (404, 10013)


async def test_a_role_that_is_deleted_is_nobodys(
    guild: Guild, channel: Channel, alice: Actor, bot: Bot
) -> None:
    role, other = guild.add_role("mods"), guild.add_role("artists")
    alice.set_roles([role, other])
    waiting = bot.wait_for("guild_role_delete", timeout=5)

    guild.remove_role(role)

    assert (await waiting).id == role.id
    user = await user_of(bot, alice, channel)
    assert [item.id for item in user.roles] == [guild.id, other.id]


async def test_changes_of_members_are_told_to_those_who_asked_for_them(
    place: DiscordSandbox, guild: Guild, channel: Channel, bots: Runner
) -> None:
    place.gateway.privileged = Intent.GUILD_MEMBERS
    bot = await bots.start(
        intents=discord.Intents(guilds=True, members=True), chunk_guilds_at_startup=False
    )
    joining = bot.wait_for("member_join", timeout=5)
    leaving = bot.wait_for("member_remove", timeout=5)

    ada = guild.add_member("Ada")
    joined = await joining
    changing = bot.wait_for("member_update", timeout=5)
    ada.set_avatar(png(), here_only=True)
    _, changed = await changing
    guild.remove_member(ada)

    assert joined.id == changed.id == (await leaving).id == ada.id
    assert changed.guild_avatar is not None


async def test_the_bot_is_told_of_its_own_roles_in_any_case(guild: Guild, bot: Bot) -> None:
    role = guild.add_role("helpers")
    waiting = bot.wait_for("member_update", timeout=5)

    guild.bot_member.set_roles([guild.bot_role, role])

    _, after = await waiting
    assert role.id in [item.id for item in after.roles]
    assert near(after.joined_at, 0)
