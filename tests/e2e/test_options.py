"""Every option of every command reaches the provider as its documents say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.backends.base import ProviderName
from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Entry, Feature
from sandbox.discord import Actor
from sandbox.providers.server import Received, Server
from tests.e2e.cards import REFERENCES, photo, pictures, text_of
from tests.e2e.sent import STYLES, TABLE, Sent
from tests.e2e.world import World


def entry_of(row: Sent) -> Entry:
    return next(one for one in CATALOGUE if (one.name, one.operation) == (row.backend, row.command))


def server_of(world: World, entry: Entry) -> Server:
    providers = world.providers
    return {
        ProviderName.FAL: providers.fal,
        ProviderName.RUNWARE: providers.runware,
        ProviderName.IDEOGRAM: providers.ideogram,
    }[entry.provider]


def documents(calls: list[Received]) -> Iterator[tuple[Received, dict[str, Any]]]:
    """The documents of paid calls."""
    for call in calls:
        for body in call.body if isinstance(call.body, list) else [call.body]:
            if isinstance(body, dict) and (
                {"prompt", "image_url"} & body.keys() or body.get("taskType") == "imageInference"
            ):
                yield call, body


def at(document: dict[str, Any], name: str) -> Any:
    """The value under a dotted name; of pictures how many there are."""
    found: Any = document
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, str) and found.startswith(("data:", "http")):
        return 1
    if isinstance(found, list) and all(at({"one": one}, "one") == 1 for one in found):
        return len(found)
    return found


@pytest.mark.parametrize("row", TABLE, ids=str)
async def test_what_is_chosen_is_sent_as_documented(world: World, alice: Actor, row: Sent) -> None:
    server = server_of(world, entry_of(row))
    before = len(server.calls)
    chosen = {name: value for name, value in row.options.items() if value is not None}
    left_out = [name for name, value in row.options.items() if value is None]
    card = await world.made(
        alice, command=row.command, backend=row.backend, leave_out=left_out, **chosen
    )

    ((call, document),) = documents(server.calls[before:])
    assert {name: at(document, name) for name in row.document} == row.document
    references = [value for name, value in chosen.items() if name.startswith("reference")]
    assert len(pictures(card, REFERENCES)) == len(references)
    if references and entry_of(row).provider is ProviderName.IDEOGRAM:
        # The parts of a form that are files are not noted, but they have their weight.
        length = int(call.headers["Content-Length"])
        assert length > len(photo()) + sum(len(one.data) for one in STYLES)
    seed = chosen.get("seed")
    assert seed is None or f"seed `{seed}`" in text_of(card)


def test_the_table_has_every_option_of_every_backend() -> None:
    tried = [(entry_of(row), {"prompt", "image", "mask"} | row.options.keys()) for row in TABLE]
    for entry in CATALOGUE:
        # A sibling that is spelt alike needs no rows of its own.
        alike = [options for other, options in tried if other.inputs == entry.inputs]
        wanted = {OPTION.get(feature, feature.value) for feature in Feature if entry.takes(feature)}
        assert wanted <= set[str]().union(*alike), (entry.operation, entry.name)


OPTION = {Feature.SOURCE: "image", Feature.REFERENCES: "reference"}
"""What an option is called where it is not called as its feature is."""


async def test_each_command_has_the_options_of_its_backends(world: World) -> None:
    for command in world.discord.world.commands.listed():
        entries = [entry for entry in CATALOGUE if entry.operation == command["name"]]
        if not entries:
            continue
        options = {option["name"] for option in command["options"]}
        features = {feature for entry in entries for feature in Feature if entry.takes(feature)}
        wanted = {OPTION.get(feature, feature.value) for feature in features}
        assert options - {"backend", "spoiler", "reference2", "reference3", "reference4"} == wanted
        assert len(options) <= 25
