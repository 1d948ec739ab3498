"""Ideogram's remix of 3.0: its flat form, its exclusions and its prices."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.providers.ideogram.request_v3 import PARTS
from tests.sandbox.providers.callers import IdeogramCaller, distance, mask, opened, photo

CODES = ["0a1b2c3d", "AAFF5733"]
STYLE = ("style_reference_images", photo(kind="PNG"))
CHARACTER = ("character_reference_images", photo(kind="PNG"))
MASK = ("character_reference_images_mask", mask())


async def test_a_remix_of_3_answers_like_the_legacy_one(ideogram: IdeogramCaller) -> None:
    answer = await ideogram.remix_v3(seed=5, aspect_ratio="16x9", magic_prompt="OFF")

    [item] = answer.json()["data"]
    file = await ideogram.http.get(item["url"])
    assert answer.status_code == 200
    assert (item["prompt"], item["seed"], item["is_image_safe"]) == ("a copper city", 5, True)
    assert (item["resolution"], item["style_type"]) == ("1312x736", "GENERAL")
    assert opened(file.content).size == (1312, 736)
    assert ideogram.server.calls[0].body["seed"] == 5


async def test_it_takes_all_its_inputs(ideogram: IdeogramCaller) -> None:
    common: dict[str, Any] = {
        "image_weight": 70,
        "seed": 0,
        "rendering_speed": "BALANCED",
        "magic_prompt": "ON",
        "negative_prompt": "fog",
        "num_images": 2,
        "color_palette": '{"members": [{"color_hex": "#0af", "color_weight": 0.05}]}',
        "style_preset": "BAUHAUS",
    }
    styled = {
        **common,
        "resolution": "1280x800",
        "style_type": "FICTION",
        "custom_model_uri": "model/mine/version/1",
    }
    coded = {**common, "aspect_ratio": "2x1", "style_codes": CODES}

    answers = [
        await ideogram.remix_v3(STYLE, STYLE, CHARACTER, MASK, **styled),
        await ideogram.remix_v3(**coded),
    ]

    assert {"image", "prompt", STYLE[0], CHARACTER[0], MASK[0], *styled, *coded} == set(PARTS)
    assert [answer.status_code for answer in answers] == [200, 200], [a.text for a in answers]
    assert answers[0].json()["data"][0]["resolution"] == "1280x800"
    assert answers[1].json()["data"][1]["seed"] == 1
    assert ideogram.server.calls[1].body["style_codes"] == CODES


REFUSED: list[dict[str, Any]] = [
    {"prompt": None},
    {"strength": "0.5"},
    {"image_request": "{}"},
    {"image_weight": 0},
    {"image_weight": 101},
    {"image_weight": "50.0"},
    {"image_weight": ["1", "2"]},
    {"seed": -1},
    {"seed": 2**31},
    {"num_images": 9},
    {"aspect_ratio": "ASPECT_1_1"},
    {"aspect_ratio": "16:9"},
    {"resolution": "1280x720"},
    {"aspect_ratio": "1x1", "resolution": "1024x1024"},
    {"rendering_speed": "FAST"},
    {"magic_prompt": "on"},
    {"style_type": "ANIME"},
    {"style_preset": "NICE"},
    {"style_codes": "xyz"},
    {"style_codes": ",".join(CODES)},
    {"style_codes": CODES, "style_type": "AUTO"},
    {"color_palette": "EMBER"},
    {"color_palette": '{"name": "GREY"}'},
    {"color_palette": '{"name": "EMBER", "members": []}'},
    {"color_palette": '{"members": [' + ",".join(['{"color_hex": "#000000"}'] * 9) + "]}"},
    {"color_palette": '{"members": [{"color_hex": "#000000", "color_weight": 0.01}]}'},
    {"custom_model_uri": "mine"},
    {"image": "no file"},
]


@pytest.mark.parametrize("fields", REFUSED, ids=str)
async def test_a_wrong_field_is_refused(ideogram: IdeogramCaller, fields: dict[str, Any]) -> None:
    answer = await ideogram.remix_v3(**fields)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert ideogram.server.bill == []


@pytest.mark.parametrize(
    ("files", "fields"),
    [
        ([STYLE], {"style_codes": CODES}),
        ([(STYLE[0], b"no picture")], {}),
        ([(STYLE[0], STYLE[1].ljust(5_500_000, b"\0"))] * 2, {}),
        ([CHARACTER, CHARACTER], {}),
        ([MASK], {}),
        ([CHARACTER, MASK, MASK], {}),
        ([CHARACTER, (MASK[0], mask(64, 64))], {}),
        ([("image", photo())], {}),
        ([("mask", mask())], {}),
    ],
)
async def test_wrong_pictures_are_refused(
    ideogram: IdeogramCaller, files: list[tuple[str, bytes]], fields: dict[str, Any]
) -> None:
    answer = await ideogram.remix_v3(*files, **fields)

    assert answer.status_code == 400
    assert ideogram.server.bill == []


@pytest.mark.parametrize(
    ("speed", "plain", "with_character"),
    [
        (None, "0.06", "0.15"),
        ("FLASH", "0.03", "0.10"),
        ("TURBO", "0.03", "0.10"),
        ("BALANCED", "0.06", "0.15"),
        ("DEFAULT", "0.06", "0.15"),
        ("QUALITY", "0.09", "0.20"),
    ],
)
async def test_the_price_follows_the_speed_and_the_character(
    ideogram: IdeogramCaller, speed: str | None, plain: str, with_character: str
) -> None:
    await ideogram.remix_v3(rendering_speed=speed)
    await ideogram.remix_v3(CHARACTER, rendering_speed=speed)

    assert [str(charge.usd) for charge in ideogram.server.bill] == [plain, with_character]
    assert [charge.model for charge in ideogram.server.bill] == ["V_3", "V_3_CHARACTER"]


async def test_a_higher_image_weight_is_closer(ideogram: IdeogramCaller) -> None:
    made: list[bytes] = []
    for weight in (1, 50, 100):
        [item] = (await ideogram.remix_v3(image_weight=weight, seed=1)).json()["data"]
        made.append((await ideogram.http.get(item["url"])).content)

    wild, middle, close = [distance(picture, ideogram.source) for picture in made]
    assert wild - 10 > middle > close + 10


async def test_triggers_and_places_are_shared_with_the_legacy_endpoint(
    ideogram: IdeogramCaller,
) -> None:
    ideogram.server.most_in_flight = 2

    refused = await ideogram.remix_v3(prompt="__policy__")
    mixed = await ideogram.remix_v3(prompt="__mixed__", num_images=2)
    crowded = await ideogram.remix_v3(num_images=3)

    assert refused.status_code == 422
    assert [item["is_image_safe"] for item in mixed.json()["data"]] == [True, False]
    assert crowded.json()["reject_reason"] == "inflight_limit"


async def test_only_its_own_scheme_lets_a_key_in(ideogram: IdeogramCaller) -> None:
    url = f"{ideogram.server.url}/v1/ideogram-v3/remix"
    parts = {"prompt": (None, "x"), "image": ("a.jpg", ideogram.source)}

    for scheme in ("Key", "Bearer"):
        headers = {"Authorization": f"{scheme} {ideogram.server.key}"}
        answer = await ideogram.http.post(url, files=parts, headers=headers)
        assert answer.status_code == 403
