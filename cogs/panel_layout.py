"""What the More panel shows: a Components V2 layout, built anew for each of its states.

Discord takes 40 components in a message and 25 options in a select, so the features stand in
sections of which one is open, and many values are divided among several selects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

import discord
from discord import ui

from bot.backends.entry import Entry, Feature
from cogs import text
from cogs.cards import WAITING_COLOUR, Card
from cogs.panel_fit import takes
from cogs.panel_forms import LABELS
from cogs.panel_ids import PanelId, Verb
from cogs.panel_state import State
from cogs.panel_values import (
    NAMES,
    Choice,
    backend_choices,
    choices,
    is_chosen,
    said,
    value,
)

Row = ui.ActionRow[ui.LayoutView]

MOST_OPTIONS, MOST_BUTTONS = 25, 5
"""Of a select, and of a row."""
MOST_PAGES = 4
"""Selects of one feature; what is beyond them can be typed."""
SHOWN_PROMPT, SHOWN_NEGATIVE = 1000, 500
"""Characters; the whole stands in the form."""


class Section(StrEnum):
    """What is open."""

    BACKEND = "Backend and price"
    PROMPT = "Prompt"
    SHAPE = "Strength, shape and seed"
    STYLE = "Style"
    COLOURS = "Colours"
    FILE = "File"


FEATURES: Mapping[Section, tuple[Feature, ...]] = {
    Section.BACKEND: (Feature.SPEED, Feature.COUNT),
    Section.PROMPT: (
        Feature.PROMPT,
        Feature.NEGATIVE,
        Feature.MASK,
        Feature.MAGIC_PROMPT,
        Feature.MAGIC_VERSION,
    ),
    Section.SHAPE: (Feature.STRENGTH, Feature.ASPECT, Feature.SIZE, Feature.SEED),
    Section.STYLE: (
        Feature.STYLE,
        Feature.STYLE_PRESET,
        Feature.STYLE_CODES,
        Feature.REFERENCES,
    ),
    Section.COLOURS: (Feature.PALETTE,),
    Section.FILE: (Feature.FORMAT, Feature.QUALITY),
}


def section_of(feature: Feature) -> Section:
    """Where a feature is set."""
    return next(section for section, features in FEATURES.items() if feature in features)


def panel(state: State, section: Section = Section.BACKEND) -> Card:
    """The panel with one section open."""
    if section not in _sections(state.entry):
        section = Section.BACKEND
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=WAITING_COLOUR)
    for content in _texts(state):
        box.add_item(ui.TextDisplay(content))
    box.add_item(_section_row(state, section))
    box.add_item(ui.Separator())
    for row in _rows(state, section):
        box.add_item(row)
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay(state.price))
    box.add_item(
        ui.ActionRow(
            _button(state, Verb.START, "Start", discord.ButtonStyle.primary),
            _button(state, Verb.CLOSE, "Close"),
        )
    )
    return Card(box)


def started() -> Card:
    """What stands in the panel's place once it was started."""
    return Card(ui.TextDisplay("Started: the card is below."))


def _texts(state: State) -> Iterator[str]:
    entry, request, pictures = state.entry, state.fitted.request, state.fitted.pictures
    yield f"### {entry.title}"
    if request.prompt:
        yield text.block(_cut(request.prompt, SHOWN_PROMPT))
    if request.negative:
        yield "-# Without"
        yield text.block(_cut(request.negative, SHOWN_NEGATIVE))
    spelt_out = {Feature.PROMPT, Feature.NEGATIVE}
    facts = [
        said(request, pictures, feature)
        for feature in takes(entry)
        if feature not in spelt_out
        and (is_chosen(request, pictures, feature) or feature is Feature.COUNT)
    ]
    yield " · ".join([f"**{entry.name}**", *facts])
    if state.fitted.left_out:
        yield (
            f"-# {entry.name} does not take {', '.join(state.fitted.left_out)}: left out here, "
            "and kept for another backend."
        )
    if state.problem:
        yield f"-# {state.problem}"


def _cut(content: str, most: int) -> str:
    return content if len(content) <= most else f"{content[: most - 1]}…"


def _sections(entry: Entry) -> list[Section]:
    taken = set(takes(entry))
    return [
        section
        for section, features in FEATURES.items()
        if section is Section.BACKEND or taken.intersection(features)
    ]


def _section_row(state: State, section: Section) -> Row:
    taken = takes(state.entry)
    options = [
        discord.SelectOption(
            label=one,
            value=one.name.lower(),
            description=", ".join(NAMES[f] for f in FEATURES[one] if f in taken) or "backend",
            default=one is section,
        )
        for one in _sections(state.entry)
    ]
    custom_id = PanelId(draft_id=state.draft_id, verb=Verb.SECTION)
    return ui.ActionRow(
        ui.Select(custom_id=str(custom_id), placeholder="What to change", options=options)
    )


def _rows(state: State, section: Section) -> Iterator[Row]:
    """The selects of a section, and below them its forms and what can be cleared."""
    request = state.fitted.request
    if section is Section.BACKEND:
        base = PanelId(draft_id=state.draft_id, verb=Verb.BACKEND)
        backends = backend_choices(state.offered)
        yield from _selects(base, "Backend", backends, state.entry.name)
    taken = takes(state.entry)
    features = [feature for feature in FEATURES[section] if feature in taken]
    for feature in features:
        base = PanelId(draft_id=state.draft_id, verb=Verb.PICK, feature=feature)
        found = choices(state.entry, feature)
        yield from _selects(base, NAMES[feature].capitalize(), found, value(request, feature))
    buttons = list(_buttons(state, features))
    for first in range(0, len(buttons), MOST_BUTTONS):
        yield ui.ActionRow(*buttons[first : first + MOST_BUTTONS])


def _selects(
    base: PanelId, name: str, found: Sequence[Choice], chosen: str | None
) -> Iterator[Row]:
    pages = [found[first : first + MOST_OPTIONS] for first in range(0, len(found), MOST_OPTIONS)]
    for number, page in enumerate(pages[:MOST_PAGES]):
        custom_id = PanelId(
            draft_id=base.draft_id, verb=base.verb, feature=base.feature, page=number
        )
        span = f": {page[0].label} to {page[-1].label}" if len(pages) > 1 else ""
        select: ui.Select[ui.LayoutView] = ui.Select(
            custom_id=str(custom_id),
            placeholder=f"{name}{span}",
            options=[
                discord.SelectOption(
                    label=one.label,
                    value=one.value,
                    description=one.description,
                    default=one.value == chosen,
                )
                for one in page
            ],
        )
        yield ui.ActionRow(select)


def _buttons(state: State, features: Sequence[Feature]) -> Iterator[ui.Button[ui.LayoutView]]:
    request, pictures = state.draft.request, state.draft.pictures
    for feature in features:
        if feature in LABELS:
            yield _button(state, Verb.FORM, LABELS[feature], feature=feature)
    for feature in features:
        # An order has a prompt in any case.
        if feature is not Feature.PROMPT and is_chosen(request, pictures, feature):
            yield _button(state, Verb.CLEAR, f"Clear {NAMES[feature]}", feature=feature)


def _button(
    state: State,
    verb: Verb,
    label: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    *,
    feature: Feature | None = None,
) -> ui.Button[ui.LayoutView]:
    custom_id = PanelId(draft_id=state.draft_id, verb=verb, feature=feature)
    return ui.Button(label=label, style=style, custom_id=str(custom_id))
