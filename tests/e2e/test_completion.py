"""What is typed into an option is completed from the backend that was chosen."""

from __future__ import annotations

from typing import Any

import pytest

from bot.backends.catalogue import CATALOGUE
from sandbox.discord import Actor
from tests.e2e.world import World


async def complete(
    world: World, member: Actor, command: str, focused: str, value: object = "", **others: object
) -> list[tuple[str, Any]]:
    found = await member.autocomplete(
        world.channel, command, focused=focused, value=value, **others
    )
    return [(choice["name"], choice["value"]) for choice in found]


@pytest.mark.parametrize("command", ["remix", "generate", "edit", "reframe"])
async def test_the_backends_of_a_command_are_those_of_its_operation(
    world: World, alice: Actor, command: str
) -> None:
    found = await complete(world, alice, command, "backend")

    assert [value for _, value in found] == [
        entry.name for entry in CATALOGUE if entry.operation == command
    ]
    seconds = {entry.name: entry.usual_seconds for entry in CATALOGUE if entry.operation == command}
    assert all(name.endswith(f" - {seconds[value]:g} s") for name, value in found)


@pytest.mark.parametrize(
    ("command", "option", "typed", "others", "first"),
    [
        ("remix", "backend", "v3", {}, ("fal-v3 - 3 to 9 credits - 12 s", "fal-v3")),
        ("remix", "strength", "li", {}, ("Light - 75", 75)),
        ("remix", "strength", "33", {}, ("33", 33)),
        ("remix", "aspect", "16:1", {}, ("16:10", "16:10")),
        ("remix", "size", "1300x740", {"backend": "runware-v2"}, ("1312x736 - 16:9", "1312x736")),
        ("remix", "style", "fic", {"backend": "ideogram-v2"}, ("fiction", "fiction")),
        ("edit", "style_preset", "oil", {"backend": "fal-v3"}, ("oil-painting", "oil-painting")),
        (
            "remix",
            "palette",
            "#ff8800 .4,#003366",
            {"backend": "fal-v3"},
            ("#FF8800 40, #003366", "#FF8800 40 #003366"),
        ),
        ("reframe", "speed", "", {}, ("turbo - 3 credits a picture", "turbo")),
        ("remix", "magic_version", "0.3", {"backend": "ideogram-v2"}, ("0.3", "0.3")),
        ("remix", "format", "w", {"backend": "runware-v2"}, ("webp", "webp")),
        ("generate", "style", "an", {}, ("anime", "anime")),
    ],
)
async def test_an_option_is_completed(
    world: World,
    alice: Actor,
    command: str,
    option: str,
    typed: str,
    others: dict[str, object],
    first: tuple[str, object],
) -> None:
    found = await complete(world, alice, command, option, typed, **others)

    assert found[0] == first


async def test_what_the_chosen_backend_lacks_is_not_offered(world: World, alice: Actor) -> None:
    assert await complete(world, alice, "remix", "palette", "", backend="fal-v2a") == []
    assert await complete(world, alice, "remix", "strength", "", backend="fal-v3-background") == []
    assert await complete(world, alice, "remix", "backend", "nothing like it") == []


async def test_what_is_understood_of_a_palette_can_be_sent(world: World, alice: Actor) -> None:
    ((_, value),) = await complete(
        world, alice, "remix", "palette", "#ff8800 .4,#003366", backend="fal-v3"
    )
    shot = await world.remix(alice, backend="fal-v3", palette=value)
    card = await world.shown(shot)

    assert "palette #FF8800 40, #003366" in "\n".join(card.texts())
