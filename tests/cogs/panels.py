"""Panels to render and to read: what stands on them, and whether Discord would take them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from discord import ui

from bot.backends.base import MagicPrompt, Palette, Request, Swatch
from bot.backends.capabilities import LARGEST_SEED
from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Entry, Feature
from bot.jobs.drafts import Draft
from bot.jobs.record import Pictures, SourceRef
from cogs.cards import Card
from cogs.panel_fit import fit
from cogs.panel_ids import PanelId, Verb
from cogs.panel_layout import Section, panel
from cogs.panel_state import State
from sandbox.discord.rules import check_message

DRAFT_ID = "f" * 16
MOST_TEXT, MOST_COMPONENTS = 4000, 40


def the(name: str, operation: str = "remix") -> Entry:
    """A backend of the catalogue."""
    return next(e for e in CATALOGUE if (e.name, e.operation) == (name, operation))


def asked(entry: Entry, **changes: Any) -> Request:
    """A plain request for a backend."""
    request = Request(operation=entry.operation, backend=entry.name, prompt="a harbour")
    return replace(request, **changes)


def full(entry: Entry) -> Request:
    """All that any backend takes, each as long as it can be."""
    styles = sorted(entry.choices(Feature.STYLE), key=len) or ["stylized"]
    presets = sorted(entry.choices(Feature.STYLE_PRESET), key=len) or ["minimal-illustration"]
    return asked(
        entry,
        prompt="p" * 2000,
        negative="n" * 1000,
        strength=50,
        count=20,
        aspect="16:10",
        size="1312x736",
        style=styles[-1],
        style_preset=presets[-1],
        style_codes=("FFFFFFFF",) * 4,
        palette=Palette(swatches=tuple(Swatch(rgb="FF8800", percent=100) for _ in range(8))),
        seed=LARGEST_SEED,
        magic_prompt=MagicPrompt.OFF,
        magic_version="0.8",
    )


def pictures(references: int = 0, *, mask: bool = False) -> Pictures:
    """A source, and what else may come with it."""
    one = SourceRef(url="https://cdn.example/a.png")
    return Pictures(source=one, mask=one if mask else None, references=(one,) * references)


def state(
    entry: Entry,
    request: Request | None = None,
    brought: Pictures | None = None,
    *,
    price: str = "This costs 6 of your 34 credits.",
    problem: str | None = None,
) -> State:
    """A panel's state, as if read from a draft."""
    request, brought = request or asked(entry), brought or pictures()
    return State(
        draft_id=DRAFT_ID,
        draft=Draft(user_id=1, request=request, pictures=brought, parent_id=None),
        offered=[one for one in CATALOGUE if one.operation is entry.operation],
        entry=entry,
        fitted=fit(entry, request, brought),
        price=price,
        problem=problem,
    )


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All components, however deep."""
    for component in components:
        yield component
        yield from walk(component.get("components", []))


def parts(card: Card) -> list[dict[str, Any]]:
    """All components of a card."""
    return list(walk(card.to_components()))


def texts(card: Card) -> str:
    """All that a card says."""
    return "\n".join(part["content"] for part in parts(card) if "content" in part)


def named(card: Card) -> list[PanelId]:
    """What the selects and buttons of a panel name, each of which must be an id of ours."""
    found = [PanelId.parse(part["custom_id"]) for part in parts(card) if "custom_id" in part]
    assert None not in found
    return [one for one in found if one is not None]


def options(state: State, feature: Feature) -> dict[str, dict[str, Any]]:
    """The options of all selects of a feature, by value."""
    return {
        option["value"]: option
        for section in Section
        for part in parts(panel(state, section))
        if (one := PanelId.parse(part.get("custom_id", "")))
        and (one.verb, one.feature) == (Verb.PICK, feature)
        for option in part["options"]
    }


def settable(state: State) -> set[Feature]:
    """The features that any section of a panel lets set."""
    return {
        one.feature
        for section in Section
        for one in named(panel(state, section))
        if one.verb in {Verb.PICK, Verb.FORM} and one.feature
    }


def assert_fits(card: Card) -> None:
    """Check a card by Discord's numbers, and by all that the stand-in knows besides."""
    components = card.to_components()
    assert sum(len(part.get("content", "")) for part in parts(card)) <= MOST_TEXT
    assert len(parts(card)) <= MOST_COMPONENTS
    assert all(len(part.get("custom_id", "")) <= 100 for part in parts(card))
    payload = {"components": components, "flags": 1 << 15}
    assert check_message(payload, files=[], kept=[], editing=False, v2_before=False) == []


def sent(modal: ui.Modal, values: Mapping[str, Any]) -> dict[str, Any]:
    """A form as Discord hands it in: text by custom_id, or a list of (url, width, height)."""
    files: dict[str, dict[str, Any]] = {}
    components: list[dict[str, Any]] = []
    for label in modal.to_dict()["components"]:
        inner = label["component"]
        value = values.get(inner["custom_id"], inner.get("value") or "")
        one = {"type": inner["type"], "id": 1, "custom_id": inner["custom_id"]}
        if isinstance(value, list):
            one["values"] = [str(number) for number, _ in enumerate(value)]
            for number, (url, width, height) in enumerate(value):
                files[str(number)] = {"url": url, "width": width, "height": height}
        else:
            one["value"] = value
        components.append({"type": 18, "id": 2, "component": one})
    data = {"custom_id": modal.custom_id, "components": components}
    return {**data, "resolved": {"attachments": files}} if files else data
