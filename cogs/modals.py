"""The form behind Edit and Remix this result.

It is answered from its id alone (`cogs.buttons`), never from memory, so that one opened
before a restart still works; therefore it is stopped at once, and discord.py forgets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import ui

from bot.backends.base import Request
from bot.backends.entry import Entry, Feature
from bot.strength import LEAST, MOST, STEPS
from cogs.desk import SorryError
from cogs.ids import CustomId

PROMPT, NEGATIVE, STRENGTH = "prompt", "negative", "strength"


@dataclass(frozen=True, kw_only=True)
class Form:
    """What was typed."""

    prompt: str
    strength: int
    negative: str | None


def build(custom_id: CustomId, title: str, request: Request, entry: Entry | None) -> ui.Modal:
    """The form, filled with what a request asked for."""
    modal = ui.Modal(title=title, timeout=None, custom_id=str(custom_id))
    modal.add_item(
        ui.Label(
            text="Prompt",
            component=ui.TextInput(
                custom_id=PROMPT,
                style=discord.TextStyle.paragraph,
                default=request.prompt,
                min_length=1,
                max_length=2000,
            ),
        )
    )
    modal.add_item(
        ui.Label(
            text="Strength",
            description=f"{LEAST} to {MOST} ({MOST} stays closest), or {', '.join(STEPS)}",
            component=ui.TextInput(
                custom_id=STRENGTH, default=str(request.strength), min_length=1, max_length=10
            ),
        )
    )
    if entry is not None and entry.takes(Feature.NEGATIVE):
        modal.add_item(
            ui.Label(
                text="Without",
                component=ui.TextInput(
                    custom_id=NEGATIVE,
                    style=discord.TextStyle.paragraph,
                    default=request.negative,
                    required=False,
                    max_length=1000,
                ),
            )
        )
    modal.stop()
    return modal


def read(data: Mapping[str, Any]) -> Form:
    """Read a submitted form from the interaction's raw data.

    Raises:
        SorryError: The strength is none.
    """
    values = _values(data)
    return Form(
        prompt=values[PROMPT].strip(),
        strength=_strength(values[STRENGTH]),
        negative=values.get(NEGATIVE, "").strip() or None,
    )


def apply(form: Form, request: Request) -> Request:
    """The request with what was typed."""
    return replace(request, prompt=form.prompt, strength=form.strength, negative=form.negative)


def _values(data: Mapping[str, Any]) -> dict[str, str]:
    inner = [item.get("component", item) for item in data.get("components", [])]
    return {item["custom_id"]: item.get("value") or "" for item in inner if "custom_id" in item}


def _strength(typed: str) -> int:
    named = {name.lower(): value for name, value in STEPS.items()}
    word = typed.strip().lower()
    if word in named:
        return named[word]
    if word.isdecimal() and LEAST <= int(word) <= MOST:
        return int(word)
    raise SorryError(
        f"The strength is a number from {LEAST} to {MOST}, or one of {', '.join(STEPS)}."
    )
