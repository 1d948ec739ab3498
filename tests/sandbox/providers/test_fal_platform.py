"""What fal does with any request: keys, accounts, headers, triggers, records."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.providers.callers import V2A, FalCaller
from tests.tls import NO_TLS


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


async def test_the_output_may_carry_the_links_alone(fal: FalCaller) -> None:
    fal.server.sparse_output = True

    answer = await fal.finish()

    assert [image.keys() for image in answer.json()["images"]] == [{"url"}]


@pytest.mark.parametrize(
    "wish",
    [
        {"X-Fal-Request-Timeout": "0.05"},
        {"X-Fal-Request-Timeout": "soon"},
        {"X-Fal-Object-Lifecycle-Preference": "3600"},
        {"X-Fal-Object-Lifecycle-Preference": "{"},
        {"X-Fal-Object-Lifecycle-Preference": '{"expiration_duration_seconds": "1h"}'},
        {"X-Fal-Store-IO": "no"},
        {"X-Fal-Queue-Priority": "high"},
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
    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as fresh, fal.server.unreachable():
        with pytest.raises(httpx.ConnectError):
            await fresh.get(fal.server.url)

    assert (await fal.submit()).status_code == 200
