"""What fal keeps of a request, and for how long."""

from __future__ import annotations

import json

import pytest

from tests.sandbox.providers.callers import FalCaller

LIFE = "X-Fal-Object-Lifecycle-Preference"


async def test_sync_mode_gives_the_picture_itself_and_once(fal: FalCaller) -> None:
    ticket = (await fal.submit(sync_mode=True)).json()

    first = await fal.end(ticket)
    again = await fal.get(ticket["response_url"])
    status = await fal.get(ticket["status_url"])

    assert first.json()["images"][0]["url"].startswith("data:image/png;base64,")
    assert again.status_code == 404
    assert status.json()["status"] == "COMPLETED"
    assert "error" not in status.json()


async def test_a_result_without_sync_mode_can_be_read_again(fal: FalCaller) -> None:
    ticket = (await fal.submit()).json()

    first, again = await fal.end(ticket), await fal.get(ticket["response_url"])

    assert first.json() == again.json()


async def test_an_error_under_sync_mode_can_be_read_again(fal: FalCaller) -> None:
    ticket = (await fal.submit(sync_mode=True, prompt="__policy__")).json()

    first, again = await fal.end(ticket), await fal.get(ticket["response_url"])

    assert (first.status_code, again.status_code) == (422, 422)


@pytest.mark.parametrize("prompt", ["a boat", "__policy__"])
async def test_what_is_not_to_be_stored_is_told_once_and_its_file_stays(
    fal: FalCaller, prompt: str
) -> None:
    ticket = (await fal.submit(prompt=prompt, headers={"X-Fal-Store-IO": "0"})).json()

    first = await fal.end(ticket)
    again = await fal.get(ticket["response_url"])

    assert first.status_code == (200 if prompt == "a boat" else 422)
    assert again.status_code == 404
    for image in first.json().get("images", []):
        assert (await fal.http.get(image["url"])).status_code == 200


async def test_a_result_whose_answer_was_lost_is_gone_under_sync_mode(fal: FalCaller) -> None:
    ticket = (await fal.submit(sync_mode=True)).json()
    await fal.states(ticket)
    fal.server.faults.add(path=r"/requests/[^/]+$", process=True, status=502)

    lost = await fal.get(ticket["response_url"])
    again = await fal.get(ticket["response_url"])

    assert (lost.status_code, again.status_code) == (502, 404)


@pytest.mark.parametrize(
    ("preference", "after"),
    [
        ({"expiration_duration_seconds": 60}, 404),
        ({"expiration_duration_seconds": None}, 200),
        ({"expiration_duration_seconds": 0}, 200),
        ({"initial_acl": {"default": "allow"}}, 200),
    ],
)
async def test_a_result_lives_as_long_as_was_asked(
    fal: FalCaller, preference: dict[str, object], after: int
) -> None:
    answer = await fal.finish(headers={LIFE: json.dumps(preference)})
    link = answer.json()["images"][0]["url"]

    before = await fal.http.get(link)
    fal.server.clock.advance(61)

    assert before.status_code == 200
    assert (await fal.http.get(link)).status_code == after


@pytest.mark.parametrize("header", [LIFE, "X-Fal-Object-Lifecycle"])
async def test_an_upload_by_token_lives_as_long_as_was_asked(fal: FalCaller, header: str) -> None:
    url = f"{fal.server.url}/rest/storage/auth/token?storage_type=fal-cdn-v3"
    token = (await fal.http.post(url, json={}, headers=fal.headers)).json()
    headers = {
        "Authorization": f"Bearer {token['token']}",
        "Content-Type": "image/jpeg",
        header: json.dumps({"expiration_duration_seconds": 60}),
    }
    stored = await fal.http.post(
        f"{token['base_url']}/files/upload", content=fal.source, headers=headers
    )
    link = stored.json()["access_url"]

    before = await fal.http.get(link)
    fal.server.clock.advance(61)

    assert before.content == fal.source
    assert (await fal.http.get(link)).status_code == 404
