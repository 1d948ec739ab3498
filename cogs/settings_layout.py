"""What the settings panel looks like: a Components V2 layout, built anew for each of its states.

Discord takes 40 components in a message, so the settings stand in sections of which one is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

import discord
from discord import ui

from cogs.cards import ENDED_COLOUR, WAITING_COLOUR, Card
from cogs.settings_controls import control, told
from cogs.settings_ids import Setting, SettingsId, Verb
from cogs.settings_state import State
from cogs.settings_values import OFF, ON
from cogs.settings_words import NAMES

Row = ui.ActionRow[ui.LayoutView]


class Section(StrEnum):
    """What is open."""

    OVERVIEW = "Overview"
    CHANNELS = "Channels and log"
    BACKENDS = "Backends and strength"
    MEMBERS = "Members and buttons"
    RESULTS = "Results"
    TIME = "Period and time zone"


SETTINGS: Final[Mapping[Section, tuple[Setting, ...]]] = {
    Section.OVERVIEW: (),
    Section.CHANNELS: (Setting.CHANNELS, Setting.LOG_CHANNEL),
    Section.BACKENDS: (Setting.BACKENDS, Setting.BACKEND, Setting.STRENGTH),
    Section.MEMBERS: (
        Setting.PRESSERS,
        Setting.REMIXABLE,
        Setting.ACCOUNT_DAYS,
        Setting.MEMBER_DAYS,
    ),
    Section.RESULTS: (Setting.FLAGGED, Setting.NOTICE_AFTER, Setting.FALLBACK),
    Section.TIME: (Setting.PERIOD, Setting.ZONE),
}


def section_of(setting: Setting) -> Section:
    """Where a setting is shown; the switch of the bot itself stands below every section."""
    found = (section for section, settings in SETTINGS.items() if setting in settings)
    return next(found, Section.OVERVIEW)


def panel(state: State, section: Section = Section.OVERVIEW) -> Card:
    """The panel with one section open."""
    colour = WAITING_COLOUR if state.settings.enabled else ENDED_COLOUR
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=colour)
    box.add_item(ui.TextDisplay(_head(state, section)))
    box.add_item(_section_row(state, section))
    box.add_item(ui.Separator())
    for item in _body(state, section):
        box.add_item(item)
    box.add_item(ui.Separator())
    box.add_item(_foot(state))
    return Card(box)


def _head(state: State, section: Section) -> str:
    on = "**on** in this server" if state.settings.enabled else "**off** in this server"
    lines = ["### Settings", f"The bot is {on}."]
    if section is Section.OVERVIEW and not state.server.set_up:
        lines.append(
            f"-# Not set up yet: a starter list of {state.starter} rules for prompts holds. "
            "Finish set-up makes them rules of this server, which `/rules` shows and removes."
        )
    lines += [f"⚠️ {problem}" for problem in state.problems]
    if state.note:
        lines.append(f"**{state.note}**")
    return "\n".join(lines)


def _section_row(state: State, section: Section) -> Row:
    options = [
        discord.SelectOption(
            label=one, value=one.name.lower(), description=_inside(one), default=one is section
        )
        for one in Section
    ]
    custom_id = SettingsId(verb=Verb.SECTION, turn=state.turn)
    return ui.ActionRow(ui.Select(custom_id=str(custom_id), options=options))


def _inside(section: Section) -> str:
    names = [NAMES[setting].lower() for setting in SETTINGS[section]]
    return ", ".join(names).capitalize() or "All settings at a glance"


def _body(state: State, section: Section) -> Iterator[ui.Item[ui.LayoutView]]:
    if section is Section.OVERVIEW:
        for settings in list(SETTINGS.values())[1:]:
            yield ui.TextDisplay(_glance(state, settings))
    for setting in SETTINGS[section]:
        yield from control(state, setting)


def _glance(state: State, settings: Sequence[Setting]) -> str:
    return "\n".join(f"{NAMES[one]}: **{_plain(told(state, one))}**" for one in settings)


def _plain(words: str) -> str:
    """Words that can stand in bold as a whole."""
    return words.replace("**", "")


def _foot(state: State) -> Row:
    on = state.settings.enabled
    switch = SettingsId(verb=Verb.PUT, setting=Setting.ENABLED, value=OFF if on else ON)
    style = discord.ButtonStyle.danger if on else discord.ButtonStyle.success
    row: Row = ui.ActionRow()
    if not state.server.set_up:
        primary = discord.ButtonStyle.primary
        row.add_item(_button(SettingsId(verb=Verb.FINISH), "Finish set-up", primary))
    row.add_item(_button(switch, "Turn the bot off here" if on else "Turn the bot on here", style))
    row.add_item(_button(SettingsId(verb=Verb.CLOSE), "Close", discord.ButtonStyle.secondary))
    return row


def _button(
    custom_id: SettingsId, label: str, style: discord.ButtonStyle
) -> ui.Button[ui.LayoutView]:
    return ui.Button(label=label, style=style, custom_id=str(custom_id))
