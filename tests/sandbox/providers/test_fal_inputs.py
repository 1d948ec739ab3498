"""What fal's endpoints take and refuse, and what their pictures cost."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.providers.fal.endpoints import ENDPOINTS
from tests.sandbox.providers.callers import V2A, V3, FalCaller, inline, mask, opened, photo

TURBO = "fal-ai/ideogram/v2/turbo"
EDIT = "fal-ai/ideogram/v2/turbo/edit"
EDIT_V3 = "fal-ai/ideogram/v3/edit"
REFRAME = "fal-ai/ideogram/v3/reframe"
BACKGROUND = "fal-ai/ideogram/v3/replace-background"
MEMBER = {"rgb": {"r": 1, "g": 2, "b": 3}, "color_weight": 0.5}


REFUSED: list[tuple[str, dict[str, Any], list[Any], str]] = [
    (V2A, {"negative_prompt": "fog"}, ["body", "negative_prompt"], "extra_forbidden"),
    (V2A, {"num_images": 2}, ["body", "num_images"], "extra_forbidden"),
    (V2A, {"image_weight": 50}, ["body", "image_weight"], "extra_forbidden"),
    (V2A, {"strength": 0}, ["body", "strength"], "greater_than_equal"),
    (V2A, {"strength": 1.01}, ["body", "strength"], "less_than_equal"),
    (V2A, {"strength": "0.5"}, ["body", "strength"], "float_type"),
    (V2A, {"aspect_ratio": "2:1"}, ["body", "aspect_ratio"], "literal_error"),
    (V2A, {"style": "render_3d"}, ["body", "style"], "literal_error"),
    (V2A, {"style": "AUTO"}, ["body", "style"], "literal_error"),
    (V2A, {"seed": 1.5}, ["body", "seed"], "int_type"),
    (V2A, {"seed": 2**31}, ["body", "seed"], "less_than_equal"),
    (V2A, {"expand_prompt": "yes"}, ["body", "expand_prompt"], "bool_type"),
    (V2A, {"prompt": None}, ["body", "prompt"], "string_type"),
    (V3, {"aspect_ratio": "1:1"}, ["body", "aspect_ratio"], "extra_forbidden"),
    (V3, {"num_images": 9}, ["body", "num_images"], "less_than_equal"),
    (V3, {"num_images": 0}, ["body", "num_images"], "greater_than_equal"),
    (V3, {"style": "ANIME"}, ["body", "style"], "literal_error"),
    (V3, {"style": "AUTO", "style_codes": ["0a1b2c3d"]}, ["body"], "value_error"),
    (V3, {"style_codes": ["xyz"]}, ["body", "style_codes", 0], "string_pattern_mismatch"),
    (V3, {"rendering_speed": "DEFAULT"}, ["body", "rendering_speed"], "literal_error"),
    (V3, {"style_preset": "AURA"}, ["body", "style_preset"], "extra_forbidden"),
    (V3, {"image_urls": ["x"], "style_codes": ["0a1b2c3d"]}, ["body"], "value_error"),
    (V3, {"color_palette": {"name": "GREY"}}, ["body", "color_palette", "name"], "literal_error"),
    (V3, {"color_palette": {}}, ["body", "color_palette"], "value_error"),
    (
        V3,
        {"color_palette": {"name": "EMBER", "members": [MEMBER]}},
        ["body", "color_palette"],
        "value_error",
    ),
    *(
        (
            V3,
            {"color_palette": {"members": [MEMBER | change]}},
            ["body", "color_palette", "members", 0, *place],
            kind,
        )
        for change, place, kind in (
            ({"color_weight": 0.04}, ["color_weight"], "greater_than_equal"),
            ({"color_weight": 1.01}, ["color_weight"], "less_than_equal"),
            ({"rgb": "#010203"}, ["rgb"], "model_type"),
            ({"rgb": {"r": 256}}, ["rgb", "r"], "less_than_equal"),
            ({"color_hex": "#010203"}, ["color_hex"], "extra_forbidden"),
        )
    ),
    (EDIT_V3, {"mask_url": "x", "style": "AUTO"}, ["body", "style"], "extra_forbidden"),
    (EDIT_V3, {"mask_url": "x", "strength": 0.5}, ["body", "strength"], "extra_forbidden"),
    (EDIT_V3, {"mask_url": "x", "style_preset": "X"}, ["body", "style_preset"], "literal_error"),
    (EDIT_V3, {}, ["body", "mask_url"], "missing"),
    (BACKGROUND, {"image_size": "square"}, ["body", "image_size"], "extra_forbidden"),
    (BACKGROUND, {"negative_prompt": "x"}, ["body", "negative_prompt"], "extra_forbidden"),
    (REFRAME, {"image_size": "square"}, ["body", "prompt"], "extra_forbidden"),
    (TURBO, {}, ["body", "image_url"], "extra_forbidden"),
    (EDIT, {}, ["body", "mask_url"], "missing"),
]


@pytest.mark.parametrize(("endpoint", "more", "loc", "kind"), REFUSED)
async def test_a_wrong_field_ends_the_work_with_its_place_and_kind(
    fal: FalCaller, endpoint: str, more: dict[str, Any], loc: list[Any], kind: str
) -> None:
    submitted = await fal.submit(endpoint, **more)
    seen = await fal.states(submitted.json())
    answer = await fal.get(submitted.json()["response_url"])

    (problem,) = answer.json()["detail"]
    assert submitted.status_code == 200
    assert (seen[-1]["status"], seen[-1]["error_type"]) == ("COMPLETED", kind)
    assert seen[-1]["error"] == problem["msg"]
    assert answer.status_code == 422
    assert (problem["loc"], problem["type"]) == (loc, kind)
    assert answer.headers["x-fal-retryable"] == "false"
    assert fal.server.bill == []


async def test_a_wrong_size_is_refused(fal: FalCaller) -> None:
    answer = await fal.finish(V3, image_size={"width": 0, "height": 14143})

    kinds = {problem["type"] for problem in answer.json()["detail"]}
    assert answer.status_code == 422
    assert {"greater_than", "less_than_equal"} <= kinds


async def test_a_wrong_field_can_be_refused_at_once(fal: FalCaller) -> None:
    fal.server.validates_at_submit = True

    answer = await fal.submit(strength=0)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["ctx"] == {"ge": 0.01}
    assert fal.server.works == {}


async def test_a_bound_is_told_with_its_value(fal: FalCaller) -> None:
    answer = await fal.finish(strength=0)

    (problem,) = answer.json()["detail"]
    assert problem["ctx"] == {"ge": 0.01}
    assert problem["msg"] == "Input should be greater than or equal to 0.01"
    assert problem["input"] == 0


@pytest.mark.parametrize(
    ("link", "kind"),
    [
        ("https://example.com/cat.png", "file_download_error"),
        ("http://127.0.0.1:1/cat.png", "file_download_error"),
        ("cat.png", "file_download_error"),
        ("data:text/plain;base64,aGVsbG8=", "image_load_error"),
        ("data:image/png;base64,!!", "image_load_error"),
        ("data:image/png,raw", "image_load_error"),
    ],
)
async def test_a_source_that_cannot_be_read_is_told_as_such(
    fal: FalCaller, link: str, kind: str
) -> None:
    answer = await fal.finish(image_url=link)

    (problem,) = answer.json()["detail"]
    assert (problem["type"], problem["loc"]) == (kind, ["body", "image_url"])
    assert fal.server.bill == []


async def test_a_truncated_source_is_told_as_such(fal: FalCaller) -> None:
    answer = await fal.finish(image_url=inline(fal.source[: len(fal.source) // 2]))

    assert answer.json()["detail"][0]["type"] == "image_load_error"


async def test_a_source_that_is_too_large_is_refused_with_the_limit(fal: FalCaller) -> None:
    answer = await fal.finish(image_url=inline(fal.source + bytes(10_000_000)))

    (problem,) = answer.json()["detail"]
    assert (problem["type"], problem["ctx"]) == ("file_too_large", {"max_size": 10_000_000})


@pytest.mark.parametrize("size", [(1000, 250), (250, 1000)])
async def test_a_source_that_is_too_wide_or_tall_is_refused(
    fal: FalCaller, size: tuple[int, int]
) -> None:
    answer = await fal.finish(image_url=inline(photo(*size)))

    assert answer.json()["detail"][0]["type"] == "image_aspect_ratio_error"


@pytest.mark.parametrize(
    ("endpoint", "more", "size"),
    [
        (V2A, {}, (1024, 1024)),
        (V2A, {"aspect_ratio": "16:9"}, (1280, 720)),
        (V2A, {"aspect_ratio": "1:3"}, (512, 1536)),
        (V3, {"image_size": "square"}, (1024, 1024)),
        (V3, {"image_size": "landscape_16_9"}, (1312, 736)),
        (V3, {"image_size": {"width": 800, "height": 600}}, (1152, 864)),
    ],
)
async def test_the_result_has_a_size_of_the_model(
    fal: FalCaller, endpoint: str, more: dict[str, Any], size: tuple[int, int]
) -> None:
    assert opened(await fal.picture(endpoint, **more)).size == size


def needed(endpoint: str, source: bytes) -> dict[str, Any]:
    """What an endpoint requires, and no more."""
    values = {
        "prompt": "a lighthouse",
        "image_url": inline(source),
        "mask_url": inline(mask(), "image/png"),
        "image_size": "landscape_16_9",
    }
    fields = ENDPOINTS[endpoint].model.model_fields.items()
    return {name: values[name] for name, field in fields if field.is_required()}


async def test_every_endpoint_makes_a_picture_at_its_price(fal: FalCaller) -> None:
    for endpoint in ENDPOINTS:
        url = f"{fal.server.url}/run/{endpoint}"
        body = needed(endpoint, fal.source)
        answer = await fal.http.post(url, json=body, headers=fal.headers)
        assert answer.status_code == 200, answer.text

    assert [charge.model for charge in fal.server.bill] == list(ENDPOINTS)
    assert [charge.usd for charge in fal.server.bill] == [e.price for e in ENDPOINTS.values()]


THIRD = [endpoint for endpoint in ENDPOINTS if "/v3" in endpoint]


@pytest.mark.parametrize("endpoint", THIRD)
@pytest.mark.parametrize(
    ("speed", "usd"), [("TURBO", "0.06"), ("BALANCED", "0.12"), ("QUALITY", "0.18")]
)
async def test_pictures_of_v3_cost_by_their_speed_each(
    fal: FalCaller, endpoint: str, speed: str, usd: str
) -> None:
    body = needed(endpoint, fal.source) | {"num_images": 2, "rendering_speed": speed}
    if "prompt" in body:
        # What a picture shows is not what is asked here.
        body["prompt"] = "__garbage__"

    answer = await fal.sent(endpoint, **body)

    assert len({image["url"] for image in answer.json()["images"]}) == 2
    [charge] = fal.server.bill
    assert (charge.pictures, str(charge.usd)) == (2, usd)


async def test_v3_takes_all_its_fourteen_inputs(fal: FalCaller) -> None:
    everything = {
        "prompt": "a lighthouse",
        "image_url": inline(fal.source),
        "strength": 0.4,
        "image_size": {"width": 1280, "height": 800},
        "rendering_speed": "TURBO",
        "style": "DESIGN",
        "color_palette": {"members": [MEMBER, {"rgb": {"r": 9}}]},
        "image_urls": [inline(fal.source), inline(fal.source)],
        "negative_prompt": "fog",
        "expand_prompt": False,
        "num_images": 1,
        "seed": 3,
        "sync_mode": False,
    }
    coded = {"prompt": "x", "image_url": inline(fal.source), "style_codes": ["0a1B2c3D"]}

    answers = [await fal.sent(V3, **everything), await fal.sent(V3, **coded)]

    assert everything.keys() | coded.keys() == ENDPOINTS[V3].model.model_fields.keys()
    assert [answer.status_code for answer in answers] == [200, 200]


async def test_style_references_are_limited_all_together(fal: FalCaller) -> None:
    large = inline(fal.source.ljust(5_500_000, b"\0"))

    one = await fal.finish(V3, image_urls=[large])
    two = await fal.finish(V3, image_urls=[large, large])

    assert one.status_code == 200
    [problem] = two.json()["detail"]
    assert (problem["type"], problem["loc"]) == ("file_too_large", ["body", "image_urls"])
