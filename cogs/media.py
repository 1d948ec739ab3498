"""Reading what a card shows: pictures and prompts, told apart by their component ids."""

from __future__ import annotations

from collections.abc import Iterator

import discord

from cogs import text
from cogs.ids import Part


def components(message: discord.Message) -> Iterator[discord.Component]:
    """All components of a message, however deep."""
    for component in message.components:
        yield from _walk(component)


def pictures(message: discord.Message, part: Part) -> list[discord.UnfurledMediaItem]:
    """The pictures under a component id: with fresh links, as Discord just gave them."""
    found: list[discord.UnfurledMediaItem] = []
    for component in components(message):
        if isinstance(component, discord.ThumbnailComponent) and component.id == part:
            found.append(component.media)
        elif isinstance(component, discord.MediaGalleryComponent) and component.id == part:
            found += [item.media for item in component.items]
    return found


def prompt(message: discord.Message, part: Part) -> str | None:
    """The user text under a component id; None where there is none."""
    for component in components(message):
        if isinstance(component, discord.TextDisplay) and component.id == part:
            return text.unblock(component.content)
    return None


def custom_ids(message: discord.Message) -> set[str]:
    """The custom ids of a message's buttons and selects."""
    return {
        component.custom_id
        for component in components(message)
        if isinstance(component, (discord.Button, discord.SelectMenu)) and component.custom_id
    }


def _walk(component: discord.Component) -> Iterator[discord.Component]:
    yield component
    if isinstance(component, (discord.Container, discord.ActionRow, discord.SectionComponent)):
        for child in component.children:
            yield from _walk(child)
    if isinstance(component, discord.SectionComponent):
        yield from _walk(component.accessory)
