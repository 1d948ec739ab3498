"""fal's two ways of uploading, and its public files."""

from __future__ import annotations

import pytest

from tests.sandbox.providers.callers import FalCaller

INITIATE = "/rest/storage/upload/initiate?storage_type=fal-cdn-v3"
TOKEN = "/rest/storage/auth/token?storage_type=fal-cdn-v3"


async def initiate(fal: FalCaller) -> dict[str, str]:
    body = {"content_type": "image/jpeg", "file_name": "a cat.jpg"}
    answer = await fal.http.post(fal.server.url + INITIATE, json=body, headers=fal.headers)
    assert answer.status_code == 200
    return answer.json()


async def test_an_uploaded_picture_is_public_and_can_be_remixed(fal: FalCaller) -> None:
    links = await initiate(fal)
    jpeg = {"Content-Type": "image/jpeg"}

    put = await fal.http.put(links["upload_url"], content=fal.source, headers=jpeg)
    got = await fal.http.get(links["file_url"])
    remixed = await fal.finish(image_url=links["file_url"])

    assert put.status_code == 200
    assert (got.content, got.headers["content-type"]) == (fal.source, "image/jpeg")
    assert remixed.status_code == 200


async def test_an_upload_of_another_type_than_announced_is_refused(fal: FalCaller) -> None:
    links = await initiate(fal)
    png = {"Content-Type": "image/png"}

    put = await fal.http.put(links["upload_url"], content=fal.source, headers=png)

    assert put.status_code == 400
    assert (await fal.http.get(links["file_url"])).status_code == 404


async def test_the_key_must_not_travel_to_the_upload_or_the_file(fal: FalCaller) -> None:
    links = await initiate(fal)
    headers = fal.headers | {"Content-Type": "image/jpeg"}

    put = await fal.http.put(links["upload_url"], content=fal.source, headers=headers)
    got = await fal.http.get(links["file_url"], headers=fal.headers)

    assert (put.status_code, got.status_code) == (403, 400)


async def test_an_upload_without_its_signature_is_refused(fal: FalCaller) -> None:
    bare = (await initiate(fal))["upload_url"].partition("?")[0]

    jpeg = {"Content-Type": "image/jpeg"}

    puts = [
        await fal.http.put(url, content=b"x", headers=jpeg)
        for url in (bare, f"{bare}?signature=other")
    ]

    assert [put.status_code for put in puts] == [403, 403]


async def test_an_upload_dies_when_its_life_is_over(fal: FalCaller) -> None:
    wish = {"X-Fal-Object-Lifecycle-Preference": '{"expiration_duration_seconds": 60}'}
    body = {"content_type": "image/jpeg", "file_name": "cat.jpg"}
    links = (
        await fal.http.post(fal.server.url + INITIATE, json=body, headers=fal.headers | wish)
    ).json()
    await fal.http.put(
        links["upload_url"], content=fal.source, headers={"Content-Type": "image/jpeg"}
    )

    alive = await fal.http.get(links["file_url"])
    fal.server.clock.advance(61)
    dead = await fal.http.get(links["file_url"])

    assert (alive.status_code, dead.status_code) == (200, 404)


@pytest.mark.parametrize("body", [{}, {"content_type": "image/png"}, {"file_name": 1}])
async def test_an_upload_must_be_announced_in_full(fal: FalCaller, body: dict[str, object]) -> None:
    answer = await fal.http.post(fal.server.url + INITIATE, json=body, headers=fal.headers)

    assert answer.status_code == 422


async def test_a_token_lets_files_be_uploaded_until_it_expires(fal: FalCaller) -> None:
    token = (await fal.http.post(fal.server.url + TOKEN, json={}, headers=fal.headers)).json()
    url = f"{token['base_url']}/files/upload"
    headers = {
        "Authorization": f"{token['token_type']} {token['token']}",
        "Content-Type": "image/jpeg",
        "X-Fal-File-Name": "cat.jpg",
    }

    stored = await fal.http.post(url, content=fal.source, headers=headers)
    fal.server.clock.advance(3601)
    expired = await fal.http.post(url, content=fal.source, headers=headers)

    file = await fal.http.get(stored.json()["access_url"])
    assert file.content == fal.source
    assert expired.status_code == 401
