"""What fal's endpoints take and refuse, and what their errors look like."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.providers.fal.endpoints import ENDPOINTS
from tests.sandbox.providers.callers import V2A, V3, FalCaller, inline, opened, photo

TURBO = "fal-ai/ideogram/v2/turbo"
EDIT = "fal-ai/ideogram/v2/turbo/edit"


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Key wrong"},
        {"Authorization": "Key other:secret"},
        {"Authorization": "Bearer sandbox-key-id:sandbox-key-secret"},
        {"Api-Key": "sandbox-key-id:sandbox-key-secret"},
    ],
)
async def test_only_the_right_key_in_the_right_scheme_is_let_in(
    fal: FalCaller, header: dict[str, str]
) -> None:
    asked = await fal.http.post(f"{fal.server.url}/queue/{V2A}", json=fal.body(), headers=header)
    stored = await fal.http.post(f"{fal.server.url}/rest/storage/upload/initiate", headers=header)

    assert (asked.status_code, stored.status_code) == (401, 401)
    assert isinstance(asked.json()["detail"], str)
    assert fal.server.works == {}


async def test_an_unknown_endpoint_is_not_found_and_costs_nothing(fal: FalCaller) -> None:
    answer = await fal.submit("fal-ai/ideogram/v9/remix")

    assert answer.status_code == 404
    assert answer.json() == {"detail": "Path /fal-ai/ideogram/v9/remix not found"}
    assert answer.headers["x-fal-billable-units"] == "0"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(b"{", "application/json"), (b"[]", "application/json"), (b"{}", "text/plain")],
)
async def test_a_body_that_is_no_json_object_is_refused(
    fal: FalCaller, content: bytes, media_type: str
) -> None:
    headers = fal.headers | {"Content-Type": media_type}

    answer = await fal.http.post(f"{fal.server.url}/queue/{V2A}", content=content, headers=headers)

    assert answer.status_code == 400
    assert answer.json()["error_type"] == "bad_request"


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
    (V3, {"color_palette": {"name": "GREY"}}, ["body", "color_palette", "name"], "literal_error"),
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
    ("prompt", "status", "kind", "retryable"),
    [
        ("__policy__", 422, "content_policy_violation", "false"),
        ("__policyimage__", 422, "content_policy_violation", "false"),
        ("__unsafe__", 422, "no_media_generated", "false"),
        ("__down__", 500, "downstream_service_unavailable", "true"),
        ("__timeout__", 504, "generation_timeout", "true"),
    ],
)
async def test_a_trigger_ends_the_work_badly_and_unbilled(
    fal: FalCaller, prompt: str, status: int, kind: str, retryable: str
) -> None:
    answer = await fal.finish(prompt=f"a {prompt} cat")

    assert answer.status_code == status
    assert answer.json()["detail"][0]["type"] == kind
    assert answer.headers["x-fal-retryable"] == retryable
    assert answer.headers["x-fal-error-type"] == kind
    assert fal.server.bill == []


async def test_a_refused_content_is_billed_when_the_switch_says_so(fal: FalCaller) -> None:
    fal.server.bills_policy = True

    await fal.finish(prompt="__policy__")

    (charge,) = fal.server.bill
    assert charge.outcome == "refused"


async def test_a_locked_account_is_told_so_at_the_submit(fal: FalCaller) -> None:
    answer = await fal.submit(prompt="__locked__")

    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("User is locked. Reason: Exhausted balance.")


async def test_a_busy_account_takes_the_third_attempt(fal: FalCaller) -> None:
    statuses = [(await fal.submit(prompt="__429__")).status_code for _ in range(4)]

    assert statuses == [429, 429, 200, 200]


async def test_slow_work_never_ends(fal: FalCaller) -> None:
    ticket = (await fal.submit(prompt="__slow__")).json()
    other = await fal.finish()

    assert other.status_code == 200
    assert (await fal.get(ticket["status_url"])).json()["status"] == "IN_PROGRESS"


async def test_one_request_can_choose_its_own_queue_and_latency(fal: FalCaller) -> None:
    ticket = (await fal.submit(prompt="__queue:3__ __latency:0.2__")).json()
    last = (await fal.states(ticket))[-1]

    assert ticket["queue_position"] == 3
    assert last["metrics"]["inference_time"] >= 0.2


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


async def test_every_endpoint_makes_a_picture_at_its_price(fal: FalCaller) -> None:
    for endpoint, entry in ENDPOINTS.items():
        fields = entry.model.model_fields
        body: dict[str, Any] = {"prompt": "a lighthouse"}
        if "image_url" in fields:
            body["image_url"] = inline(fal.source)
        if "mask_url" in fields:
            body["mask_url"] = inline(photo(kind="PNG"), "image/png")
        url = f"{fal.server.url}/run/{endpoint}"
        answer = await fal.http.post(url, json=body, headers=fal.headers)
        assert answer.status_code == 200, answer.text

    assert [charge.model for charge in fal.server.bill] == list(ENDPOINTS)
    assert [charge.usd for charge in fal.server.bill] == [e.price for e in ENDPOINTS.values()]


@pytest.mark.parametrize(
    ("speed", "usd"), [("TURBO", "0.09"), ("BALANCED", "0.18"), ("QUALITY", "0.27")]
)
async def test_three_pictures_of_v3_cost_by_their_speed(
    fal: FalCaller, speed: str, usd: str
) -> None:
    answer = await fal.finish(V3, num_images=3, rendering_speed=speed)

    assert len({image["url"] for image in answer.json()["images"]}) == 3
    assert f"{fal.server.bill.total:.2f}" == usd
    assert fal.server.bill[0].pictures == 3


async def test_a_mask_of_other_pixels_is_refused(fal: FalCaller) -> None:
    mask = inline(photo(320, 240, kind="PNG"), "image/png")

    answer = await fal.finish(EDIT, mask_url=mask)

    assert answer.json()["detail"][0]["loc"] == ["body", "mask_url"]


async def test_sync_mode_gives_the_picture_itself(fal: FalCaller) -> None:
    answer = await fal.finish(sync_mode=True)

    assert answer.json()["images"][0]["url"].startswith("data:image/png;base64,")


async def test_the_output_may_carry_the_links_alone(fal: FalCaller) -> None:
    fal.server.sparse_output = True

    answer = await fal.finish()

    assert [image.keys() for image in answer.json()["images"]] == [{"url"}]


async def test_the_link_of_a_result_can_lead_nowhere_or_to_no_picture(fal: FalCaller) -> None:
    gone = await fal.finish(prompt="__gone__")
    garbage = await fal.picture(prompt="__garbage__")

    link = gone.json()["images"][0]["url"]
    assert (await fal.http.get(link)).status_code == 404
    assert garbage == b"no picture"
    assert len(fal.server.bill) == 2


async def test_a_result_dies_when_its_life_is_over(fal: FalCaller) -> None:
    wish = {"X-Fal-Object-Lifecycle-Preference": '{"expiration_duration_seconds": 3600}'}
    link = (await fal.finish(headers=wish)).json()["images"][0]["url"]

    alive = await fal.http.get(link)
    fal.server.clock.advance(3601)
    dead = await fal.http.get(link)

    assert (alive.status_code, dead.status_code) == (200, 404)


@pytest.mark.parametrize(
    "wish",
    [
        {"X-Fal-Request-Timeout": "0.05"},
        {"X-Fal-Request-Timeout": "soon"},
        {"X-Fal-Object-Lifecycle-Preference": "3600"},
        {"X-Fal-Object-Lifecycle-Preference": "{"},
        {"X-Fal-Object-Lifecycle-Preference": '{"expiration_duration_seconds": "1h"}'},
    ],
)
async def test_a_platform_header_that_is_not_understood_is_refused(
    fal: FalCaller, wish: dict[str, str]
) -> None:
    answer = await fal.submit(headers=wish)

    assert (answer.status_code, answer.json()["error_type"]) == (400, "bad_request")


async def test_the_calls_are_noted_without_the_bytes_of_pictures(fal: FalCaller) -> None:
    await fal.submit(seed=5)

    (call,) = fal.server.calls
    assert (call.method, call.path) == ("POST", f"/queue/{V2A}")
    assert call.body["seed"] == 5
    assert call.body["image_url"].startswith("data:image/jpeg;base64,")
    assert len(call.body["image_url"]) < 200


async def test_an_unreachable_service_refuses_connections(fal: FalCaller) -> None:
    async with httpx.AsyncClient(trust_env=False) as fresh, fal.server.unreachable():
        with pytest.raises(httpx.ConnectError):
            await fresh.get(fal.server.url)

    assert (await fal.submit()).status_code == 200
