"""The form of Remix this image and Remix avatar.

It is answered from its id and the draft that this names, never from memory, so that one opened
before a restart still works; therefore it is stopped at once, and discord.py forgets it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.backends.base import Request
from bot.backends.entry import Entry, Feature
from bot.jobs.drafts import Candidate
from bot.servers import ServerSettings
from cogs import modals
from cogs.choices import MOST
from cogs.panel_values import backend_choices

FORM_ID: Final = re.compile(r"remix-menu:(?P<draft>[0-9a-f]{16})")
PICTURE, BACKEND = "picture", "backend"


def build(
    draft_id: str,
    title: str,
    candidates: Sequence[Candidate],
    offered: Sequence[Entry],
    settings: ServerSettings,
) -> ui.Modal:
    """The form: which of several pictures, prompt, backend and strength."""
    modal = ui.Modal(title=title, timeout=None, custom_id=f"remix-menu:{draft_id}")
    if len(candidates) > 1:
        modal.add_item(_select("Picture", PICTURE, _pictures(candidates)))
    modal.add_item(modals.prompt_field(Request(backend="", prompt="")))
    modal.add_item(_select("Backend", BACKEND, _backends(offered)))
    modal.add_item(modals.strength_field(settings.strength))
    modal.stop()
    return modal


def chosen(data: Mapping[str, Any], candidates: Sequence[Candidate]) -> Candidate:
    """The picture that was chosen in a submitted form."""
    number = modals.values(data).get(PICTURE) or "0"
    return candidates[int(number)]


def read(
    data: Mapping[str, Any], candidate: Candidate, offered: Sequence[Entry], default: int
) -> Request:
    """The request of a submitted form.

    Args:
        data: As Discord sent it.
        candidate: The picture that was chosen.
        offered: The backends that can be chosen.
        default: The strength that the form was filled in with.

    Raises:
        SorryError: The strength is none.
    """
    typed = modals.values(data)
    strength: int | None = modals.read_strength(typed[modals.STRENGTH])
    entry = next((one for one in offered if one.name == typed[BACKEND]), None)
    # One form is for all backends; what nobody typed is no reason to refuse one of them.
    if entry is not None and not entry.takes(Feature.STRENGTH) and strength == default:
        strength = None
    return Request(
        backend=typed[BACKEND],
        prompt=typed[modals.PROMPT].strip(),
        strength=strength,
        spoiler=candidate.spoiler,
    )


def _select(label: str, custom_id: str, options: list[discord.SelectOption]) -> ui.Label[ui.Modal]:
    select: ui.Select[ui.Modal] = ui.Select(custom_id=custom_id, options=options)
    return ui.Label(text=label, component=select)


def _pictures(candidates: Sequence[Candidate]) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(label=one.name, value=str(number), default=number == 0)
        for number, one in enumerate(candidates)
    ]


def _backends(offered: Sequence[Entry]) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=one.label, value=one.value, description=one.description, default=number == 0
        )
        for number, one in enumerate(backend_choices(offered)[:MOST])
    ]
