"""Documents fit the providers' schemas; times and codes are read with care."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema
import pytest

from bot.backends import fal_wire, runware_wire
from bot.backends.answers import Maybe, Parsed, parse, retry_after, word
from bot.backends.base import Call, MagicPrompt, ProviderName, Reason, Request, Source, Unconfirmed
from bot.backends.catalogue import CATALOGUE, by_name
from bot.backends.entry import Entry, Feature
from bot.backends.http import Answer
from bot.backends.ideogram import _document
from bot.backends.pace import Pace
from bot.backends.vigil import Vigil
from sandbox.providers.fal.endpoints import ENDPOINTS
from sandbox.providers.ideogram.request import ImageRequest
from sandbox.providers.runware.tasks import parse as parse_task

SPECS = Path(__file__).parents[3] / "shared" / "specs"
SOURCE = Source(path=Path("unread"), media_type="image/png", size=1, width=400, height=300)


def call_of(entry: Entry, **asked: Any) -> Call:
    usual = {"backend": entry.name, "prompt": "p", "strength": 50}
    return Call(key=str(uuid4()), request=Request(**usual | asked), source=SOURCE)


def everything(entry: Entry) -> list[dict[str, Any]]:
    """Give requests that ask for each thing that a backend has."""
    return [
        *({"style": style} for style in entry.choices(Feature.STYLE)),
        *({"aspect": aspect} for aspect in entry.aspects),
        *({"magic_prompt": magic} for magic in sorted(entry.magic_prompts)),
        *({"strength": strength} for strength in (1, 29, 57, 100)),
        *([{"seed": 0}, {"seed": 2**31 - 1}] if entry.takes(Feature.SEED) else []),
        *([{"negative": "n" * 1000}, {"negative": ""}] if entry.takes(Feature.NEGATIVE) else []),
        {"count": entry.max_count},
        {"prompt": "\U0001f408" * 2000},
    ]


CASES = [
    pytest.param(entry, asked, id=f"{entry.name} {str(asked)[:40]}")
    for entry in CATALOGUE
    for asked in everything(entry)
]


@pytest.mark.parametrize(("entry", "asked"), CASES)
def test_every_document_is_one_that_the_provider_takes(entry: Entry, asked: dict[str, Any]) -> None:
    call = call_of(entry, **asked)

    match entry.provider:
        case ProviderName.FAL:
            document = {**fal_wire.document(entry, call), "image_url": "data:,"}
            ENDPOINTS[entry.model].model.model_validate(document)
        case ProviderName.RUNWARE:
            task = runware_wire.document(entry, call)
            parse_task({**task, "inputs": {"referenceImages": ["data:,"]}})
        case ProviderName.IDEOGRAM:
            ImageRequest.model_validate(_document(entry, call))


@pytest.mark.shared
@pytest.mark.skipif(not SPECS.exists(), reason="../shared is absent")
@pytest.mark.parametrize("name", ["fal-v2a", "fal-v3", "fal-v2-turbo"])
def test_every_document_for_fal_fits_its_schema(name: str) -> None:
    entry = by_name(name)
    schemas = json.loads((SPECS / "fal-ideogram-schemas.json").read_text())
    schema = schemas["endpoints"][entry.model]["input"]

    for asked in everything(entry):
        document = {**fal_wire.document(entry, call_of(entry, **asked)), "image_url": "data:,"}
        jsonschema.validate(document, schema)
        assert set(document) <= set(schema["properties"])


def test_what_is_not_asked_for_is_left_to_the_provider() -> None:
    v2, v3 = by_name("fal-v2a"), by_name("fal-v3")

    assert fal_wire.document(v2, call_of(v2)) == {
        "prompt": "p",
        "strength": 0.5,
        "aspect_ratio": "4:3",
        "expand_prompt": True,
    }
    assert fal_wire.document(v3, call_of(v3, magic_prompt=MagicPrompt.OFF, style="design")) == {
        "prompt": "p",
        "strength": 0.5,
        "image_size": {"width": 1152, "height": 864},
        "expand_prompt": False,
        "style": "DESIGN",
        "rendering_speed": "BALANCED",
        "num_images": 1,
    }


def test_runware_is_asked_for_cost_safety_and_a_lossless_file() -> None:
    entry = by_name("runware-v2")
    call = call_of(entry, count=3, negative="rain", style="3d", strength=90)

    assert runware_wire.document(entry, call) == {
        "taskType": "imageInference",
        "taskUUID": call.key,
        "model": "ideogram:3@2",
        "positivePrompt": "p",
        "negativePrompt": "rain",
        "width": 1152,
        "height": 864,
        "numberResults": 3,
        "outputType": "URL",
        "outputFormat": "PNG",
        "deliveryMethod": "async",
        "includeCost": True,
        "safety": {"checkContent": True, "mode": "fast"},
        "providerSettings": {
            "ideogram": {"remixStrength": 11, "magicPrompt": "AUTO", "styleType": "RENDER_3D"}
        },
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", 5), ("0", 5), ("17", 17), ("17.5", 17.5), ("100000", 120), ("inf", 120), ("nan", 5),
     ("-3", 5), ("soon", 5), ("Wed, 99 Foo", 5)],
)  # fmt: skip
def test_retry_after_is_read_within_bounds(text: str, seconds: float) -> None:
    answer = Answer(status=429, headers={"retry-after": text}, body=b"")

    assert retry_after(answer, Pace()) == seconds


def test_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)

    found = retry_after(Answer(status=429, headers={"retry-after": later}, body=b""), Pace())

    assert 55 < found <= 60


class Example(Parsed):
    needed: str
    number: Maybe[int] = None


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"needed": null}', b"\xff", b"[" * 10_000, b"NaN"]
)
def test_what_does_not_fit_is_none(body: bytes) -> None:
    assert parse(Example, body) is None


@pytest.mark.parametrize("number", ['"x"', "[]", "1.5", "null", "{}", "1e999"])
def test_an_optional_field_that_is_wrong_is_none(number: str) -> None:
    found = parse(Example, f'{{"needed": "a", "number": {number}, "new": 1}}')

    assert found == Example(needed="a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("image_too_small", "image_too_small"), ("a b", "?"), ("", "?"), (None, "?"), ("x" * 65, "?")],
)
def test_only_a_code_is_logged(text: str | None, expected: str) -> None:
    assert word(text) == expected


def test_the_pause_grows_with_the_wait() -> None:
    pace = Pace()

    assert [pace.gap(waited) for waited in (0, 10, 60, 1000)] == [0.5, 0.5, 3, 5]


def test_doubts_end_a_wait_only_together_and_late() -> None:
    error = Unconfirmed(Reason.UPSTREAM, "lost")
    pace = Pace(patience=2, unknown_grace=30)
    old, young = Vigil(pace, age=31), Vigil(pace, age=0)

    for _ in range(10):
        young.doubt(error)
    old.doubt(error)
    old.doubt(error)
    old.trust()
    old.doubt(error)
    old.doubt(error)
    with pytest.raises(Unconfirmed):
        old.doubt(error)
