"""Ideogram's legacy remix: the form, the rules of each model, safety, places and links."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.sandbox.providers.callers import IdeogramCaller, opened, photo


async def test_a_remix_answers_when_its_picture_is_done(ideogram: IdeogramCaller) -> None:
    answer = await ideogram.remix(seed=5, style_type="ANIME", aspect_ratio="ASPECT_16_9")

    (item,) = answer.json()["data"]
    file = await ideogram.http.get(item["url"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert item == {
        "url": item["url"],
        "prompt": "a copper city",
        "resolution": "1280x720",
        "is_image_safe": True,
        "seed": 5,
        "style_type": "ANIME",
    }
    assert file.headers["content-type"] == "image/png"
    assert opened(file.content).size == (1280, 720)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Api-Key": "wrong"},
        {"Authorization": "Bearer sandbox-ideogram-key"},
        {"Authorization": "Key sandbox-ideogram-key"},
    ],
)
async def test_only_the_right_key_in_the_right_header_is_let_in(
    ideogram: IdeogramCaller, header: dict[str, str]
) -> None:
    form = ideogram.form(ideogram.body())

    answer = await ideogram.http.post(f"{ideogram.server.url}/remix", files=form, headers=header)

    assert answer.status_code == 403
    assert ideogram.server.bill == []


async def test_a_wrong_key_may_be_refused_as_in_practice(ideogram: IdeogramCaller) -> None:
    ideogram.server.auth_status = 401

    answer = await ideogram.send(ideogram.form(ideogram.body()), key="wrong")

    assert answer.status_code == 401


REFUSED: list[dict[str, Any]] = [
    {"prompt": None},
    {"strength": 50},
    {"image_weight": 0},
    {"image_weight": 101},
    {"image_weight": 50.5},
    {"model": "V_4"},
    {"aspect_ratio": "16:9"},
    {"aspect_ratio": "ASPECT_1_2"},
    {"aspect_ratio": "ASPECT_1_1", "resolution": "RESOLUTION_1024_1024"},
    {"resolution": "RESOLUTION_100_100"},
    {"resolution": "RESOLUTION_1024_1024", "model": "V_2A"},
    {"magic_prompt_option": "auto"},
    {"magic_prompt_version": "V_1"},
    {"style_type": "render_3D"},
    {"style_type": "ANIME", "model": "V_1"},
    {"style_type": "ANIME", "model": "V_1_TURBO"},
    {"negative_prompt": "fog", "model": "V_2A"},
    {"negative_prompt": "fog", "model": "V_2A_TURBO"},
    {"negative_prompt": "fog", "model": "V_3"},
    {"negative_prompt": None},
    {"color_palette": {"name": "EMBER"}, "model": "V_1"},
    {"color_palette": {"name": "EMBER"}, "model": "V_2A"},
    {"color_palette": {"name": "GREY"}},
    {"color_palette": {}},
    {"color_palette": {"name": "EMBER", "members": [{"color_hex": "#FFF"}]}},
    {"color_palette": {"members": [{"color_hex": "FFF"}]}},
    {"color_palette": {"members": [{"color_hex": "#FFF", "color_weight": 0.01}]}},
    {"num_images": 0},
    {"num_images": 9},
    {"seed": -1},
    {"seed": 2**31},
]


@pytest.mark.parametrize("more", REFUSED, ids=json.dumps)
async def test_a_wrong_field_is_refused(ideogram: IdeogramCaller, more: dict[str, Any]) -> None:
    answer = await ideogram.remix(**more)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert ideogram.server.bill == []


async def test_everything_that_is_documented_is_taken(ideogram: IdeogramCaller) -> None:
    answer = await ideogram.remix(
        model="V_2_TURBO",
        image_weight=30,
        resolution="RESOLUTION_1152_768",
        magic_prompt_option="ON",
        magic_prompt_version="V_0_8",
        style_type="RENDER_3D",
        negative_prompt="fog",
        num_images=2,
        seed=1,
        color_palette={"members": [{"color_hex": "#FFF"}, {"color_hex": "#a26563"}]},
    )

    items = answer.json()["data"]
    assert [item["resolution"] for item in items] == ["1152x768"] * 2
    assert [item["seed"] for item in items] == [1, 2]
    assert str(ideogram.server.bill.total) == "0.10"


def _parts(ideogram: IdeogramCaller) -> dict[str, Any]:
    return ideogram.form(ideogram.body())


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("no request", {"image_request": None}),
    ("no file", {"image_file": None}),
    ("unknown part", {"image": ("a.jpg", b"x", "image/jpeg")}),
    ("no JSON", {"image_request": (None, "{", "application/json")}),
    ("no object", {"image_request": (None, "[]", "application/json")}),
    ("wrong type", {"image_request": (None, '{"prompt": "x"}', "text/plain")}),
    ("no picture", {"image_file": ("a.jpg", b"hello", "image/jpeg")}),
    ("empty picture", {"image_file": ("a.jpg", b"", "image/jpeg")}),
    ("no file name", {"image_file": (None, photo(), "image/jpeg")}),
    ("truncated", {"image_file": ("a.jpg", photo()[:-5000], "image/jpeg")}),
    ("too large", {"image_file": ("a.jpg", photo() + bytes(10_000_000), "image/jpeg")}),
]


@pytest.mark.parametrize(("_", "change"), BROKEN, ids=[name for name, _ in BROKEN])
async def test_a_broken_form_is_refused(
    ideogram: IdeogramCaller, _: str, change: dict[str, Any]
) -> None:
    parts = {name: part for name, part in (_parts(ideogram) | change).items() if part}

    answer = await ideogram.send(parts)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert ideogram.server.bill == []


async def test_a_part_that_comes_twice_is_refused(ideogram: IdeogramCaller) -> None:
    parts = list(_parts(ideogram).items())

    answer = await ideogram.send([*parts, parts[0]])

    assert answer.json() == {"error": "image_request comes twice"}


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"{}", "application/json"),
        (b"nothing", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n", "multipart/form-data"),
    ],
)
async def test_a_body_that_is_no_form_is_refused(
    ideogram: IdeogramCaller, content: bytes, media_type: str
) -> None:
    headers = {"Api-Key": ideogram.server.key, "Content-Type": media_type}

    answer = await ideogram.http.post(
        f"{ideogram.server.url}/remix", content=content, headers=headers
    )

    assert answer.status_code == 400


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
async def test_pictures_of_three_formats_are_taken_by_content(
    ideogram: IdeogramCaller, kind: str
) -> None:
    form = ideogram.form(ideogram.body(), photo(kind=kind))

    assert (await ideogram.send(form)).status_code == 200


async def test_the_request_may_be_a_plain_field(ideogram: IdeogramCaller) -> None:
    form = _parts(ideogram) | {"image_request": (None, '{"prompt": "a boat"}')}

    assert (await ideogram.send(form)).status_code == 200


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("__policy__", "Prompt provided failed safety check"),
        ("__policyimage__", "Image provided failed safety check"),
    ],
)
async def test_refused_content_is_told_and_not_billed(
    ideogram: IdeogramCaller, prompt: str, text: str
) -> None:
    answer = await ideogram.remix(prompt=prompt)

    assert answer.status_code == 422
    assert answer.json()["error"].startswith(text)
    assert ideogram.server.bill == []


@pytest.mark.parametrize(
    ("prompt", "safe"), [("__unsafe__", [False, False]), ("__mixed__", [True, False])]
)
async def test_withheld_pictures_are_billed(
    ideogram: IdeogramCaller, prompt: str, safe: list[bool]
) -> None:
    answer = await ideogram.remix(prompt=prompt, num_images=2)

    items = answer.json()["data"]
    (charge,) = ideogram.server.bill
    assert answer.status_code == 200
    assert [item["is_image_safe"] for item in items] == safe
    assert [item["url"] is not None for item in items] == safe
    assert (charge.pictures, charge.outcome) == (2, "unsafe")


async def test_the_link_of_a_withheld_picture_may_be_empty(ideogram: IdeogramCaller) -> None:
    ideogram.server.withheld_url = ""

    (item,) = (await ideogram.remix(prompt="__unsafe__")).json()["data"]

    assert item["url"] == ""


@pytest.mark.parametrize(
    ("prompt", "status"),
    [("__down__", 500), ("__timeout__", 504), ("__locked__", 403), ("__broke__", 403)],
)
async def test_a_trigger_fails_the_call_unbilled(
    ideogram: IdeogramCaller, prompt: str, status: int
) -> None:
    answer = await ideogram.remix(prompt=prompt)

    assert answer.status_code == status
    assert ideogram.server.bill == []
    assert ideogram.server.in_flight == 0


async def test_a_busy_account_takes_the_third_attempt(ideogram: IdeogramCaller) -> None:
    answers = [await ideogram.remix(prompt="__429__") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].json()["reject_reason"] == "inflight_limit"


async def test_the_limit_counts_pictures_and_not_calls(ideogram: IdeogramCaller) -> None:
    ideogram.server.gate.clear()
    waiting: list[asyncio.Task[httpx.Response]] = []
    for count in (4, 4):
        ideogram.server.begun.clear()
        waiting.append(asyncio.create_task(ideogram.remix(num_images=count)))
        await ideogram.server.begun.wait()

    too_many = await ideogram.remix(num_images=3)
    ideogram.server.begun.clear()
    waiting.append(asyncio.create_task(ideogram.remix(num_images=2)))
    await ideogram.server.begun.wait()
    full = ideogram.server.in_flight
    ideogram.server.gate.set()
    answers = await asyncio.gather(*waiting)

    assert too_many.status_code == 429
    assert too_many.json()["reject_reason"] == "inflight_limit"
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert (full, ideogram.server.in_flight) == (10, 0)


async def test_a_call_whose_client_hangs_up_is_charged_all_the_same(
    ideogram: IdeogramCaller,
) -> None:
    ideogram.server.gate.clear()
    asking = asyncio.ensure_future(ideogram.remix())
    await ideogram.server.begun.wait()

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    ideogram.server.gate.set()
    await ideogram.server.idle.wait()

    assert len(ideogram.server.bill) == 1


@pytest.mark.parametrize(("option", "same"), [("OFF", True), ("ON", False), ("AUTO", False)])
async def test_the_prompt_is_rewritten_unless_that_is_off(
    ideogram: IdeogramCaller, option: str, same: bool
) -> None:
    (item,) = (await ideogram.remix(magic_prompt_option=option)).json()["data"]

    assert item["prompt"].startswith("a copper city")
    assert (item["prompt"] == "a copper city") is same


async def test_the_link_of_a_picture_may_be_spoilt(ideogram: IdeogramCaller) -> None:
    links = [
        (await ideogram.remix(prompt=f"__{name}__")).json()["data"][0]["url"]
        for name in ("gone", "garbage", "elsewhere")
    ]

    gone, garbage, elsewhere = [await ideogram.http.get(link) for link in links]

    assert (gone.status_code, garbage.content) == (404, b"no picture")
    assert elsewhere.headers["location"] == ideogram.server.results.elsewhere


async def test_links_are_signed_and_die(ideogram: IdeogramCaller) -> None:
    link = httpx.URL((await ideogram.remix()).json()["data"][0]["url"])
    later = link.copy_set_param("exp", str(int(link.params["exp"]) + 1))
    other = link.copy_set_param("sig", "0" * 64)

    before = [(await ideogram.http.get(url)).status_code for url in (link, later, other)]
    bare = await ideogram.http.get(link.copy_with(query=None))
    ideogram.server.clock.advance(24 * 3600 + 60)
    after = await ideogram.http.get(link)

    assert len(link.params["sig"]) == 64
    assert before == [200, 403, 403]
    assert (bare.status_code, after.status_code) == (403, 403)


async def test_the_key_must_not_travel_to_the_picture(ideogram: IdeogramCaller) -> None:
    link = (await ideogram.remix()).json()["data"][0]["url"]

    answer = await ideogram.http.get(link, headers={"Api-Key": ideogram.server.key})

    assert answer.status_code == 400


async def test_answers_vary_in_their_outer_form_by_request_alone(
    ideogram: IdeogramCaller,
) -> None:
    ideogram.server.latency = 0
    answers = [await ideogram.remix(seed=seed, prompt="__unsafe__") for seed in range(16)]
    again = await ideogram.remix(seed=0, prompt="__unsafe__")

    bodies = [answer.json() for answer in answers]
    forms = {"T" in body["created"] for body in bodies}
    noticed = [body for body in bodies if "notice" in body]
    assert forms == {True, False}
    assert 0 < len(noticed) < 16
    assert again.json().keys() == bodies[0].keys()
    told = [body["data"][0].get("upscaled_resolution") for body in bodies]
    assert set(told) == {None, bodies[0]["data"][0]["resolution"]}
    assert all(datetime.fromisoformat(body["created"]).tzinfo for body in bodies)
    assert all(("deprecation" in a.headers) == ("notice" in a.json()) for a in answers)


async def test_the_body_of_a_call_is_noted(ideogram: IdeogramCaller) -> None:
    await ideogram.remix(seed=9)

    (call,) = ideogram.server.calls
    assert call.body == {"prompt": "a copper city", "magic_prompt_option": "OFF", "seed": 9}
