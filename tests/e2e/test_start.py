from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.discord import Actor, DiscordSandbox
from sandbox.discord.permissions import Permission
from sandbox.process import ROOT
from tests.e2e.cards import card_of, said
from tests.e2e.world import World


def registered(discord: DiscordSandbox) -> dict[str, dict[str, Any]]:
    return {command["name"]: command for command in discord.world.commands.listed()}


MEMBERS = [
    *("Remix avatar", "Remix this image", "consent", "credits", "edit", "generate", "help"),
    *("privacy", "reframe", "remix"),
]
MODERATORS = ["quota", "rules", "settings"]


async def test_the_commands_are_for_servers_only(world: World) -> None:
    commands = registered(world.discord)
    assert sorted(commands) == sorted(MEMBERS + MODERATORS)
    for name in MODERATORS:
        assert commands[name]["default_member_permissions"] == str(int(Permission.MANAGE_GUILD))
    for command in commands.values():
        assert command["contexts"] == [0]
        assert command["integration_types"] == [0]


async def test_discord_itself_enforces_ranges_and_choices(world: World, alice: Actor) -> None:
    options = {option["name"]: option for option in registered(world.discord)["remix"]["options"]}
    assert "will be shown" in options["image"]["description"]
    assert (options["prompt"]["min_length"], options["prompt"]["max_length"]) == (1, 2000)
    assert options["negative"]["max_length"] == 1000
    assert (options["strength"]["min_value"], options["strength"]["max_value"]) == (1, 100)
    wrong = (("strength", 0), ("strength", 101), ("count", 0), ("magic_prompt", "maybe"))
    for option, value in wrong:
        refused: dict[str, Any] = {option: value}
        with pytest.raises(ValueError, match=option):
            await world.order(alice, **refused)
    with pytest.raises(ValueError, match="prompt"):
        await world.order(alice, "x" * 2001)


async def test_commands_are_not_sent_again_when_nothing_changed(world: World) -> None:
    overwrites = world.discord.world.commands.overwrites
    await world.restart()
    assert world.discord.world.commands.overwrites == overwrites


async def test_json_lines_can_be_read_by_programs(own_world: World) -> None:
    world = own_world
    await world.start_bot(LOG_FORMAT="json")
    shot = await world.remix(world.member())
    await world.shown(shot)
    job = await world.closed(shot)
    await world.stop()
    lines = [json.loads(line) for line in world.lines]
    events = [line["event"] for line in lines if line.get("job") == job["id"]]
    assert events[0] == "job.reserved"
    assert events[-1] == "job.shown"
    assert all({"at", "level", "logger"} <= line.keys() for line in lines)


async def test_a_wrong_token_stops_the_start_with_a_sentence(own_world: World) -> None:
    wrong = own_world.discord.token[:-4] + "nope"
    bot = await own_world.launch_plainly(DISCORD_TOKEN=wrong)
    assert await bot.exited() == 1
    assert "The bot cannot start: Improper token" in bot.lines[-1]
    assert wrong not in "\n".join(bot.lines)


async def test_settings_that_are_wrong_stop_the_start_with_a_sentence_each(
    own_world: World,
) -> None:
    bot = await own_world.launch_plainly(DISCORD_TOKEN="", DEFAULT_DAILY_CREDITS="many")
    assert await bot.exited() == 2
    assert bot.lines == [
        "DISCORD_TOKEN is not set; a good value: DISCORD_TOKEN=your-bot-token",
        "DEFAULT_DAILY_CREDITS must be a whole number; a good value: DEFAULT_DAILY_CREDITS=40",
    ]


async def test_an_extension_that_fails_stops_the_start(own_world: World) -> None:
    world = own_world
    # Python imports this before anything else: it makes one of the extensions unusable.
    (world.folder / "sitecustomize.py").write_text(
        "import sys\nsys.modules['cogs.credits'] = None\n"
    )
    world.audit.tracebacks = True
    bot = await world.launch_plainly(PYTHONPATH=f"{world.folder}:{ROOT}")
    assert await bot.exited() == 1
    assert any("cogs.credits" in line for line in bot.lines)
    assert world.discord.gateway.identifies == 0
    assert world.discord.world.commands.overwrites == 0


async def test_a_second_bot_on_the_same_database_does_not_start(own_world: World) -> None:
    world = own_world
    await world.start_bot()
    first = world.bot
    second = await world.second()
    assert await second.exited() == 1
    assert "cannot start" in second.lines[-1]
    assert first.running
    await world.made(world.member())


async def test_providers_without_a_key_are_not_offered(own_world: World) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot(RUNWARE_API_KEY="", IDEOGRAM_API_KEY="")
    found = await alice.autocomplete(world.channel, "remix", focused="backend", value="")
    assert [choice["value"] for choice in found] == [
        *("fal-v2a", "fal-v3", "fal-v2-turbo", "fal-v2a-turbo", "fal-v2", "fal-v3-background")
    ]
    shot = await world.remix(alice, backend="ideogram-v2")
    assert "There is no backend of that name that does this;" in said(shot)
    assert card_of(shot).ephemeral


async def test_a_job_whose_provider_lost_its_key_is_ended_and_refunded(own_world: World) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot()
    world.discord.faults.add(path="/ephemeral-attachments/", hold_before=world.event())
    shot = await world.remix(alice, backend="ideogram-v2")
    await world.kill()
    await world.start_bot(IDEOGRAM_API_KEY="")
    card = await world.ended(shot)
    assert "not offered any more" in card.texts()[0]
    assert world.used(alice) == 0
