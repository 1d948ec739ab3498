"""Remix this result keeps what the backend takes; a form has only what the backend takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.backends.base import MagicPrompt, Operation, Palette, Request, Speed
from bot.backends.capabilities import Brought, clash, missing
from bot.backends.catalogue import CATALOGUE, by_name
from bot.backends.entry import Entry
from cogs import again, modals
from cogs.desk import SorryError
from cogs.ids import Action, CustomId
from tests.cogs.jobs import request

NAMED = CustomId(action=Action.EDIT, job_id="0123456789abcdef")
REMIXERS = [entry for entry in CATALOGUE if entry.operation is Operation.REMIX]


@pytest.mark.parametrize("entry", REMIXERS, ids=lambda entry: entry.name)
@pytest.mark.parametrize("references", [0, 4])
@pytest.mark.parametrize("prompt", ["a harbour", ""])
def test_a_remix_of_any_result_is_one_that_its_backend_takes(
    entry: Entry, references: int, prompt: str
) -> None:
    kept = again.as_remix(request(prompt=prompt), entry, min(references, entry.max_references))

    brought = Brought(source=True, references=min(references, entry.max_references))
    typed = replace(kept, prompt="typed")
    assert missing(entry, typed, brought) is None
    assert clash(entry, typed, brought) is None
    assert (kept.operation, kept.backend) == (Operation.REMIX, entry.name)
    assert (kept.aspect, kept.size, kept.spoiler) == (None, None, True)


def test_a_remix_of_a_result_keeps_what_its_backend_takes() -> None:
    asked = Request(
        operation=Operation.EDIT,
        backend="fal-v3",
        prompt="a harbour",
        style_preset="oil-painting",
        palette=Palette(preset="ember"),
        speed=Speed.TURBO,
        seed=7,
        count=3,
        magic_prompt=MagicPrompt.OFF,
    )
    kept = again.as_remix(asked, by_name("fal-v3"), 0)

    # There is no style preset among the inputs of that remix.
    assert kept == replace(asked, operation=Operation.REMIX, style_preset=None)


def fields(entry: Entry, asked: Request) -> dict[str, str | None]:
    modal = modals.build(NAMED, "Edit", asked, entry)
    inputs = [label["component"] for label in modal.to_dict()["components"]]
    return {item["custom_id"]: item.get("value") for item in inputs}


@pytest.mark.parametrize(
    ("backend", "operation", "has"),
    [
        ("fal-v3", "remix", {"prompt": "a harbour", "strength": "50", "negative": None}),
        ("fal-v2a", "remix", {"prompt": "a harbour", "strength": "50"}),
        ("fal-v3-background", "remix", {"prompt": "a harbour"}),
        ("fal-v2-turbo", "generate", {"prompt": "a harbour", "negative": None}),
        ("fal-v2-turbo", "edit", {"prompt": "a harbour"}),
    ],
)
def test_a_form_has_what_the_backend_takes(
    backend: str, operation: str, has: dict[str, str | None]
) -> None:
    entry = by_name(backend, Operation(operation))

    assert fields(entry, Request(backend=backend, prompt="a harbour")) == has


def sent(**values: str) -> dict[str, Any]:
    """A submitted form as Discord sends it."""
    return {
        "components": [
            {"type": 18, "component": {"custom_id": name, "value": value}}
            for name, value in values.items()
        ]
    }


def test_what_a_form_does_not_ask_stays_as_it_was() -> None:
    asked = Request(backend="fal-v3", prompt="a harbour", strength=70, negative="people")

    assert modals.apply(sent(prompt=" fog "), asked) == replace(asked, prompt="fog")
    assert modals.apply(sent(strength="wild", negative=""), asked) == replace(
        asked, strength=10, negative=None
    )
    with pytest.raises(SorryError, match="from 1 to 100"):
        modals.apply(sent(strength="0"), asked)
