"""Each card has the buttons that its operation and its backend have a use for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from discord import ui

from bot.backends.base import Operation, Request
from bot.backends.catalogue import by_name
from cogs import cards
from cogs.cards import OnCard
from cogs.ids import Part
from tests.cogs.jobs import job, outcome

FULL = OnCard(before="attachment://b.png", mask="attachment://m.png", after=[(1, "attachment://a")])


def labels(card: cards.Card) -> list[str | None]:
    return [item.label for item in card.walk_children() if isinstance(item, ui.Button)]


def shown(
    operation: Operation, backend: str, on_card: OnCard = FULL, strength: int | None = 50
) -> cards.Card:
    asked = Request(operation=operation, backend=backend, prompt="a harbour", strength=strength)
    entry = by_name(backend, operation)
    return cards.done(job(asked=asked, came=outcome(1)), entry, on_card)


@pytest.mark.parametrize(
    ("operation", "backend", "redo"),
    [
        ("remix", "fal-v3", ["Re-roll", "Closer 65", "Bolder 35", "Edit", "More"]),
        ("remix", "fal-v3-background", ["Re-roll", "Edit", "More"]),
        ("generate", "fal-v2-turbo", ["Re-roll", "Edit", "More"]),
        ("edit", "fal-v2-turbo", ["Re-roll", "Edit", "More"]),
        ("reframe", "fal-v3", ["Re-roll", "More"]),
    ],
)
def test_buttons_follow_operation_and_backend(
    operation: str, backend: str, redo: list[str]
) -> None:
    card = shown(Operation(operation), backend)

    assert labels(card) == [*redo, "Remix this result", "Delete"]


@pytest.mark.parametrize(
    ("operation", "lost", "again"),
    [
        (Operation.REMIX, {"before": None}, False),
        (Operation.REFRAME, {"before": None}, False),
        (Operation.EDIT, {"before": None}, False),
        (Operation.EDIT, {"mask": None}, False),
        (Operation.REMIX, {"mask": None}, True),
        (Operation.GENERATE, {"before": None, "mask": None}, True),
    ],
)
def test_what_lacks_a_picture_that_it_needs_cannot_be_asked_for_again(
    operation: Operation, lost: dict[str, Any], again: bool
) -> None:
    backend = "fal-v3" if operation is not Operation.GENERATE else "fal-v2-turbo"
    card = shown(operation, backend, replace(FULL, **lost))

    assert ("Re-roll" in labels(card)) == again
    assert "Remix this result" in labels(card)


def test_a_strength_that_was_never_chosen_counts_as_the_usual_one() -> None:
    assert labels(shown(Operation.REMIX, "fal-v3", strength=None))[1:3] == [
        "Closer 65",
        "Bolder 35",
    ]


def test_a_backend_that_is_not_offered_any_more_leaves_only_the_results() -> None:
    asked = Request(backend="fal-v9", prompt="a harbour")
    card = cards.done(job(asked=asked, came=outcome(1)), None, FULL)

    assert labels(card) == ["Remix this result", "Delete"]


def test_a_card_whose_pictures_all_stand_on_further_messages_can_be_deleted() -> None:
    card = shown(Operation.REMIX, "fal-v3", replace(FULL, after=[]))

    assert labels(card)[-1] == "Delete"
    assert "Remix this result" not in labels(card)


def test_mask_and_references_stand_under_ids_of_their_own() -> None:
    references = ["attachment://style-1.png", "attachment://style-2.png"]
    card = shown(Operation.EDIT, "fal-v3", replace(FULL, references=references))

    by_id = {item.id: item for item in card.walk_children()}
    mask, gallery = by_id[Part.MASK], by_id[Part.REFERENCES]
    assert isinstance(mask, ui.Thumbnail)
    assert mask.media.url == "attachment://m.png"
    assert isinstance(gallery, ui.MediaGallery)
    assert [item.media.url for item in gallery.items] == references
