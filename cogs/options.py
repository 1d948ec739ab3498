"""The options that commands share: their types, what they say of themselves, how they are read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypedDict, TypeVar, Unpack

import discord
from discord import app_commands

from bot.backends.base import MagicPrompt, Operation, Request
from bot.backends.capabilities import LARGEST_SEED
from bot.client import RemixBot
from bot.jobs.record import Pictures, SourceRef
from cogs import choices, typed

C = TypeVar("C", bound=Callable[..., Any])

Prompt = app_commands.Range[str, 1, 2000]
Negative = app_commands.Range[str, 1, 1000]
Strength = app_commands.Range[int, 1, 100]
Seed = app_commands.Range[int, 0, LARGEST_SEED]
Few = app_commands.Range[int, 1, 8]
Many = app_commands.Range[int, 1, 20]
"""The most that any backend makes at once."""
Quality = app_commands.Range[int, 20, 99]
Magic = Literal["auto", "on", "off"]

DESCRIPTIONS: Mapping[str, str] = {
    "image": "The picture: PNG, JPEG or WebP. It will be shown in this channel.",
    "prompt": "What the new picture shows.",
    "mask": "White where the picture changes, else black. Left out: its transparent part changes.",
    "backend": "Which model makes it.",
    "strength": "How close it stays to your picture: 100 is closest, 1 is furthest.",
    "aspect": "Its width to its height, such as 16:9.",
    "size": "Its size in pixels, such as 1312x736; instead of an aspect ratio.",
    "style": "The style, where the backend has styles.",
    "style_preset": "One of 62 ready-made styles.",
    "style_codes": "Up to 4 codes of styles: eight of 0-9 and A-F each, such as 7A0F33C1.",
    "palette": "Colours to use: a preset, or your own such as #FF8800 40, #003366.",
    "speed": "How much time, and how many credits, each picture is given.",
    "seed": "The same seed makes the same picture again.",
    "count": "How many pictures.",
    "negative": "What it shall not show.",
    "magic_prompt": "Whether the provider may rewrite your prompt.",
    "magic_version": "Which version of magic prompt rewrites it.",
    "format": "The file format of the results.",
    "quality": "Of JPG and WebP files: 20 is smallest, 99 is best. PNG has none.",
    "reference": "A picture whose style is followed. It will be shown in this channel.",
    "reference2": "Another picture whose style is followed.",
    "reference3": "Another picture whose style is followed.",
    "reference4": "Another picture whose style is followed.",
    "spoiler": "Hide the pictures until they are clicked.",
}
"""What an option says of itself in Discord, at most 100 characters."""


class Typed(TypedDict, total=False):
    """What a command's options hold, as Discord gives them."""

    prompt: str
    strength: int | None
    aspect: str | None
    size: str | None
    style: str | None
    style_preset: str | None
    style_codes: str | None
    palette: str | None
    speed: str | None
    seed: int | None
    count: int
    negative: str | None
    magic_prompt: Magic
    magic_version: str | None
    format: str | None
    quality: int | None
    spoiler: bool


def read(operation: Operation, backend: str | None, **given: Unpack[Typed]) -> Request:
    """Make a request of what was typed; without a backend where none was named.

    Raises:
        SorryError: Something is not what it should be.
    """
    return Request(
        operation=operation,
        backend=typed.word(backend) or "",
        prompt=given.get("prompt", "").strip(),
        strength=given.get("strength"),
        aspect=typed.aspect(given.get("aspect")),
        size=typed.size(given.get("size")),
        style=typed.word(given.get("style")),
        style_preset=typed.word(given.get("style_preset")),
        style_codes=typed.style_codes(given.get("style_codes")),
        palette=typed.palette(given.get("palette")),
        speed=typed.speed(given.get("speed")),
        seed=given.get("seed"),
        count=given.get("count", 1),
        negative=(given.get("negative") or "").strip() or None,
        magic_prompt=MagicPrompt(given.get("magic_prompt", "auto")),
        magic_version=typed.word(given.get("magic_version")),
        format=typed.picture_format(given.get("format")),
        quality=given.get("quality"),
        spoiler=given.get("spoiler", False),
    )


def pictures(
    image: discord.Attachment | None,
    mask: discord.Attachment | None,
    *references: discord.Attachment | None,
) -> Pictures:
    """Give references to the pictures that were attached."""
    return Pictures(
        source=None if image is None else _ref(image),
        mask=None if mask is None else _ref(mask),
        references=tuple(_ref(one) for one in references if one is not None),
    )


def explained_in_discord(callback: C) -> C:
    """Describe the options of a command, and complete what is typed into them."""
    names = [name for name in inspect.signature(callback).parameters if name in DESCRIPTIONS]
    app_commands.describe(**{name: DESCRIPTIONS[name] for name in names})(callback)
    app_commands.autocomplete(
        **{name: choices.COMPLETIONS[name] for name in names if name in choices.COMPLETIONS}
    )(callback)
    return callback


def is_offered(bot: RemixBot, operation: Operation) -> bool:
    """Say whether the operator has any backend for an operation, in order or not."""
    return any(entry.operation is operation for entry in bot.registry.offered)


def _ref(attachment: discord.Attachment) -> SourceRef:
    # Of what Discord says of a file only the size is used, and that as a hint.
    return SourceRef(url=attachment.url, width=attachment.width, height=attachment.height)
