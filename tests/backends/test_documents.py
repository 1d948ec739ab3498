"""What is written for fal fits the published schemas of its endpoints, and says no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.backends.base import Call, MagicPrompt, Operation, ProviderName, Source
from bot.backends.catalogue import CATALOGUE, by_name
from bot.backends.compose import document, pictures, with_pictures
from bot.backends.entry import Entry, Feature
from tests.backends.asked import everything
from tests.backends.conftest import request_for

SPECS = Path(__file__).parents[3] / "shared" / "specs"
PICTURE = Source(path=Path("unread"), media_type="image/png", size=1, width=400, height=300)
AT_FAL = [entry for entry in CATALOGUE if entry.provider is ProviderName.FAL]


def whole(entry: Entry, references: int = 0, **fields: Any) -> dict[str, Any]:
    """Write all that is sent for a request, pictures too."""
    call = Call(
        key="key",
        request=request_for(entry, **fields),
        source=PICTURE,
        mask=PICTURE,
        references=(PICTURE,) * references,
    )
    links = ((feature, "data:,") for feature, _ in pictures(entry, call))
    return with_pictures(document(entry, call.request, (400, 300)), entry, links)


@pytest.mark.shared
@pytest.mark.skipif(not SPECS.exists(), reason="../shared is absent")
@pytest.mark.parametrize("entry", AT_FAL, ids=lambda entry: f"{entry.name} {entry.operation}")
def test_every_document_for_fal_fits_its_schema(entry: Entry) -> None:
    schemas = json.loads((SPECS / "fal-ideogram-schemas.json").read_text())
    schema = schemas["endpoints"][entry.model]["input"]
    validator = Draft202012Validator(schema)
    told: set[str] = set()

    for asked in everything(entry):
        written = whole(entry, asked.references, **asked.fields)
        validator.validate(written)
        told |= set(written)

    # All but the one that only the operator may choose.
    assert told == set(schema["properties"]) - {"sync_mode"}


def test_what_is_not_asked_for_is_left_to_the_provider() -> None:
    v2, v3 = by_name("fal-v2a"), by_name("fal-v3")

    assert whole(v2) == {
        "prompt": "a lighthouse in a storm",
        "image_url": "data:,",
        "strength": 0.5,
        "aspect_ratio": "4:3",
        "expand_prompt": True,
    }
    assert whole(v3, magic_prompt=MagicPrompt.OFF, style="design") == {
        "prompt": "a lighthouse in a storm",
        "image_url": "data:,",
        "strength": 0.5,
        "image_size": {"width": 1152, "height": 864},
        "expand_prompt": False,
        "style": "DESIGN",
        "num_images": 1,
    }


def test_pictures_stand_under_their_names_in_their_order() -> None:
    entry = by_name("fal-v3", Operation.EDIT)
    links = [
        (Feature.SOURCE, "s"),
        (Feature.MASK, "m"),
        (Feature.REFERENCES, "1"),
        (Feature.REFERENCES, "2"),
    ]
    known = {"prompt": "p"}

    found = with_pictures(dict(known), entry, links)

    assert found == {"prompt": "p", "image_url": "s", "mask_url": "m", "image_urls": ["1", "2"]}


def test_pictures_go_into_nested_places_and_the_document_stays_as_it_was() -> None:
    entry = by_name("runware-v2")
    known = document(entry, request_for(entry), (400, 300))
    before = json.dumps(known)

    found: Any = with_pictures(known, entry, [(Feature.SOURCE, "s"), (Feature.REFERENCES, "r")])

    assert found["inputs"] == {"referenceImages": ["s"]}
    assert found["providerSettings"]["ideogram"]["styleReferenceImages"] == ["r"]
    assert found["providerSettings"]["ideogram"]["remixStrength"] == 51
    assert json.dumps(known) == before


def test_pictures_that_an_entry_does_not_take_are_left_out() -> None:
    entry = by_name("fal-v2-turbo", Operation.GENERATE)
    call = Call(key="key", request=request_for(entry), source=PICTURE, references=(PICTURE,))

    assert pictures(entry, call) == ()
