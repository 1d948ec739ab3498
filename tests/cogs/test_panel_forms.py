"""The small forms of the More panel: shown as Discord takes them, and read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.backends.base import Palette, Request, Swatch
from bot.backends.capabilities import LARGEST_SEED
from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Entry, Feature
from bot.errors import explain
from bot.jobs.record import Pictures, SourceRef
from bot.jobs.refusals import LacksError
from cogs import panel_forms
from cogs.desk import SorryError
from cogs.panel_forms import LABELS
from cogs.panel_ids import PanelId, Verb
from sandbox.discord.rules import check_modal
from tests.cogs.panels import DRAFT_ID, asked, full, pictures, sent, the

LINK = "https://cdn.example/style.png"


def form(feature: Feature, entry: Entry, request: Request) -> Any:
    custom_id = PanelId(draft_id=DRAFT_ID, verb=Verb.SENT, feature=feature)
    return panel_forms.build(custom_id, feature, entry, request)


def answered(
    feature: Feature,
    values: Mapping[str, Any],
    entry: Entry,
    request: Request | None = None,
    brought: Pictures | None = None,
) -> tuple[Request, Pictures]:
    """Fill in and hand in a form."""
    request, brought = request or asked(entry), brought or pictures()
    data = sent(form(feature, entry, request), values)
    return panel_forms.read(data, feature, entry, request, brought, CATALOGUE)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: f"{entry.name}-{entry.operation}")
def test_discord_takes_every_form_of_every_backend(entry: Entry) -> None:
    for feature in (feature for feature in LABELS if entry.takes(feature)):
        for request in (asked(entry), full(entry)):
            assert check_modal(form(feature, entry, request).to_dict()) == []


@pytest.mark.parametrize(
    ("feature", "backend", "text", "found"),
    [
        (Feature.STRENGTH, "fal-v3", " 37 ", 37),
        (Feature.SEED, "fal-v3", str(LARGEST_SEED), LARGEST_SEED),
        (Feature.SEED, "fal-v3", "0", 0),
        (Feature.QUALITY, "runware-v2", "20", 20),
        (Feature.SIZE, "fal-v3", "1000 x 700", "1000x700"),
        (Feature.SIZE, "runware-v2", "1312x736", "1312x736"),
        (Feature.STYLE_CODES, "fal-v3", "7a0f33c1, 00ffee12", ("7A0F33C1", "00FFEE12")),
        (
            Feature.PALETTE,
            "fal-v3",
            "#ff8800 40, #003366",
            Palette(swatches=(Swatch(rgb="FF8800", percent=40), Swatch(rgb="003366"))),
        ),
    ],
)
def test_a_line_is_read_and_stands_there_again(
    feature: Feature, backend: str, text: str, found: object
) -> None:
    entry = the(backend)
    request, brought = answered(feature, {"value": text}, entry)

    assert getattr(request, feature) == found
    assert brought == pictures()
    again, _ = answered(feature, {}, entry, request)
    assert again == request
    blank, _ = answered(feature, {"value": "  "}, entry, request)
    assert blank == asked(entry)


@pytest.mark.parametrize(
    ("feature", "backend", "text", "sentence"),
    [
        (Feature.STRENGTH, "fal-v3", "0", "whole number from 1 to 100"),
        (Feature.STRENGTH, "fal-v3", "bold", "whole number from 1 to 100"),
        (Feature.SEED, "fal-v3", str(LARGEST_SEED + 1), f"from 0 to {LARGEST_SEED}"),
        (Feature.SEED, "fal-v3", "-1", f"from 0 to {LARGEST_SEED}"),
        (Feature.QUALITY, "runware-v2", "100", "from 20 to 99"),
        (Feature.SIZE, "fal-v3", "big!", "width and height"),
        (Feature.STYLE_CODES, "fal-v3", "XYZ", "eight of 0-9 and A-F"),
        (Feature.PALETTE, "fal-v3", "#12345", "colour"),
    ],
)
def test_a_line_that_is_none_is_explained(
    feature: Feature, backend: str, text: str, sentence: str
) -> None:
    with pytest.raises(SorryError, match=sentence):
        answered(feature, {"value": text}, the(backend))


@pytest.mark.parametrize(
    ("feature", "backend", "text", "sentence"),
    [
        (Feature.SIZE, "runware-v2", "1000x700", "runware-v2 does not have that size"),
        (Feature.STYLE_CODES, "fal-v3", " ".join(f"7A0F33C{n}" for n in range(5)), "fal-v3"),
        (Feature.PALETTE, "fal-v3", " ".join(f"#00000{n}" for n in range(9)), "most 8"),
    ],
)
def test_what_a_backend_does_not_take_is_refused_before_it_is_kept(
    feature: Feature, backend: str, text: str, sentence: str
) -> None:
    with pytest.raises((LacksError, SorryError)) as refused:
        answered(feature, {"value": text}, the(backend))
    error = refused.value
    assert sentence in (explain(error) if isinstance(error, LacksError) else str(error))


def test_prompt_and_negative_prompt_are_one_form() -> None:
    entry = the("fal-v3")
    request = asked(entry, negative="people")
    typed, _ = answered(Feature.PROMPT, {"value": " a quay "}, entry, request)
    assert (typed.prompt, typed.negative) == ("a quay", "people")
    without, _ = answered(Feature.PROMPT, {"negative": ""}, entry, request)
    assert (without.prompt, without.negative) == ("a harbour", None)
    with pytest.raises(SorryError, match="prompt is empty"):
        answered(Feature.PROMPT, {"value": "  "}, entry)


def test_a_form_without_negative_prompt_leaves_the_kept_one_alone() -> None:
    entry = the("fal-v2a")
    typed, _ = answered(Feature.PROMPT, {"value": "a quay"}, entry, asked(entry, negative="x"))
    assert (typed.prompt, typed.negative) == ("a quay", "x")


def test_style_references_come_as_files_up_to_the_backends_most() -> None:
    entry = the("fal-v3")
    upload = form(Feature.REFERENCES, entry, asked(entry)).to_dict()["components"][0]["component"]
    assert (upload["min_values"], upload["max_values"]) == (1, 4)

    files = [(f"{LINK}?{number}", 30, 20) for number in range(3)]
    request, brought = answered(Feature.REFERENCES, {"value": files}, entry)
    assert request == asked(entry)
    assert brought.source == pictures().source
    assert brought.references == tuple(
        SourceRef(url=url, width=width, height=height) for url, width, height in files
    )


def test_a_mask_is_one_file() -> None:
    entry = the("fal-v2-turbo", "edit")
    _, brought = answered(Feature.MASK, {"value": [(LINK, 30, 20)]}, entry)
    assert brought.mask == SourceRef(url=LINK, width=30, height=20)
    assert brought.references == ()


def test_a_form_whose_file_did_not_come_changes_nothing() -> None:
    with pytest.raises(SorryError, match="No file came"):
        answered(Feature.MASK, {"value": []}, the("fal-v2-turbo", "edit"))
