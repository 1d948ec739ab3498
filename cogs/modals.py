"""The form behind Edit and Remix this result.

It is answered from its id alone (`cogs.buttons`), never from memory, so that one opened
before a restart still works; therefore it is stopped at once, and discord.py forgets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bot.backends.base import Request
from bot.backends.entry import Entry, Feature
from bot.strength import DEFAULT, LEAST, MOST, STEPS
from cogs.desk import SorryError
from cogs.ids import CustomId

PROMPT, NEGATIVE, STRENGTH = "prompt", "negative", "strength"


def build(custom_id: CustomId, title: str, request: Request, entry: Entry) -> ui.Modal:
    """The form, filled with what a request asked for: only what the backend takes."""
    modal = ui.Modal(title=title, timeout=None, custom_id=str(custom_id))
    fields = {
        Feature.PROMPT: prompt_field,
        Feature.STRENGTH: _strength,
        Feature.NEGATIVE: _negative,
    }
    for feature, field in fields.items():
        if entry.takes(feature):
            modal.add_item(field(request))
    modal.stop()
    return modal


def apply(data: Mapping[str, Any], request: Request) -> Request:
    """The request with what was typed, from the raw data of a submitted form.

    Raises:
        SorryError: The strength is none.
    """
    typed = values(data)
    changes: dict[str, Any] = {}
    if PROMPT in typed:
        changes["prompt"] = typed[PROMPT].strip()
    if STRENGTH in typed:
        changes["strength"] = read_strength(typed[STRENGTH])
    if NEGATIVE in typed:
        changes["negative"] = typed[NEGATIVE].strip() or None
    return replace(request, **changes)


def prompt_field(request: Request) -> ui.Label[ui.Modal]:
    """A field for the prompt."""
    return ui.Label(
        text="Prompt",
        component=ui.TextInput(
            custom_id=PROMPT,
            style=discord.TextStyle.paragraph,
            default=request.prompt,
            min_length=1,
            max_length=2000,
        ),
    )


def _strength(request: Request) -> ui.Label[ui.Modal]:
    return strength_field(DEFAULT if request.strength is None else request.strength)


def strength_field(strength: int) -> ui.Label[ui.Modal]:
    """A field for the strength, filled in."""
    return ui.Label(
        text="Strength",
        description=f"{LEAST} to {MOST} ({MOST} stays closest), or {', '.join(STEPS)}",
        component=ui.TextInput(
            custom_id=STRENGTH, default=str(strength), min_length=1, max_length=10
        ),
    )


def _negative(request: Request) -> ui.Label[ui.Modal]:
    return ui.Label(
        text="Without",
        component=ui.TextInput(
            custom_id=NEGATIVE,
            style=discord.TextStyle.paragraph,
            default=request.negative,
            required=False,
            max_length=1000,
        ),
    )


def values(data: Mapping[str, Any]) -> dict[str, str]:
    """What was typed into a submitted form, by custom id; of a select, the first choice."""
    inner = [item.get("component", item) for item in data.get("components", [])]
    return {item["custom_id"]: _value(item) for item in inner if "custom_id" in item}


def _value(item: Mapping[str, Any]) -> str:
    chosen = item.get("values") or [""]
    return item.get("value") or str(chosen[0])


def read_strength(typed: str) -> int:
    """Read a number, or the name of a step.

    Raises:
        SorryError: It is neither.
    """
    named = {name.lower(): value for name, value in STEPS.items()}
    word = typed.strip().lower()
    if word in named:
        return named[word]
    if word.isdecimal() and LEAST <= int(word) <= MOST:
        return int(word)
    raise SorryError(
        f"The strength is a number from {LEAST} to {MOST}, or one of {', '.join(STEPS)}."
    )
