"""Runware's own client (runware 0.5.24) against the stand-in, over its WebSocket.

It takes any address, so it needs neither TLS nor a changed host name.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import runware as sdk

from sandbox.providers import Runware
from tests.sandbox.providers.callers import inline, opened, photo
from tests.tls import NO_TLS

SOURCE = inline(photo())


@pytest.fixture
async def server() -> AsyncIterator[Runware]:
    async with Runware() as stand_in:
        stand_in.latency = 0.01
        yield stand_in


@pytest.fixture
async def client(server: Runware) -> AsyncIterator[Any]:
    made = sdk.Runware(api_key=server.key, url=server.ws_url)
    await made.connect()
    yield made
    await made.disconnect()


def wanted(**more: Any) -> Any:
    """A remix; the client knows no settings of Ideogram's and passes them on as they are."""
    settings = {"remixStrength": 30, "magicPrompt": "OFF", "styleType": "ANIME"}
    usual: dict[str, Any] = {
        "model": "ideogram:3@2",
        "positivePrompt": "a copper city",
        "width": 1152,
        "height": 864,
        "inputs": {"referenceImages": [SOURCE]},
        "extraArgs": {"providerSettings": {"ideogram": settings}},
    }
    return sdk.IImageInference(**usual | more)


async def test_it_authenticates(client: Any) -> None:
    assert client.isAuthenticated()


async def test_it_gets_a_remix(server: Runware, client: Any) -> None:
    (image,) = await client.imageInference(
        wanted(
            negativePrompt="fog",
            outputType="URL",
            outputFormat="PNG",
            outputQuality=80,
            ttl=60,
            includeCost=True,
            safety={"checkContent": True, "mode": "fast"},
        )
    )

    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as http:
        file = await http.get(image.imageURL)
    assert (opened(file.content).format, opened(file.content).size) == ("PNG", (1152, 864))
    assert (image.cost, image.NSFWContent) == (0.08, False)
    assert server.jobs[image.taskUUID].task.settings.remix_strength == 30


async def test_it_is_told_of_each_picture_as_it_is_finished(server: Runware, client: Any) -> None:
    seen: list[str] = []

    def told(images: list[Any], error: Any) -> None:
        assert error is None
        seen.extend(image.imageUUID for image in images)

    images = await client.imageInference(wanted(numberResults=3, onPartialImages=told))

    assert [image.imageUUID for image in images] == seen
    assert len(set(seen)) == 3
    assert [charge.pictures for charge in server.bill] == [3]


@pytest.mark.parametrize(
    ("kind", "field"), [("base64Data", "imageBase64Data"), ("dataURI", "imageDataURI")]
)
async def test_it_gets_pictures_inline(client: Any, kind: str, field: str) -> None:
    (image,) = await client.imageInference(wanted(outputType=kind))

    assert getattr(image, field)
    assert image.imageURL is None


async def test_it_asks_for_asynchronous_work_later(server: Runware, client: Any) -> None:
    acknowledged = await client.imageInference(wanted(deliveryMethod="async", numberResults=2))
    await server.jobs[acknowledged.taskUUID].done.wait()

    images = await client.getResponse(acknowledged.taskUUID, numberResults=2)

    assert [image.status for image in images] == ["success"] * 2
    assert len({image.imageUUID for image in images}) == 2


async def test_it_remixes_what_it_uploaded(client: Any, tmp_path: Any) -> None:
    path = tmp_path / "source.jpg"
    path.write_bytes(photo())
    uploaded = await client.uploadImage(str(path))

    images = await client.imageInference(
        wanted(inputs={"referenceImages": [uploaded.imageUUID]}),
    )

    assert uuid.UUID(uploaded.imageUUID).version == 4
    assert len(images) == 1


@pytest.mark.parametrize(
    ("prompt", "code"),
    [
        ("__policy__", "invalidProviderContent"),
        ("__broke__", "insufficientCredits"),
        ("__timeout__", "timeoutProvider"),
        ("__down__", "providerError"),
    ],
)
async def test_it_raises_what_went_wrong(
    server: Runware, client: Any, prompt: str, code: str
) -> None:
    with pytest.raises(sdk.RunwareAPIError) as caught:
        await client.imageInference(wanted(positivePrompt=prompt))

    assert caught.value.code == code
    assert server.bill == []


async def test_it_raises_what_a_poll_tells(server: Runware, client: Any) -> None:
    acknowledged = await client.imageInference(
        wanted(positivePrompt="__policy__", deliveryMethod="async")
    )
    await server.jobs[acknowledged.taskUUID].done.wait()

    with pytest.raises(sdk.RunwareAPIError) as caught:
        await client.getResponse(acknowledged.taskUUID)

    assert caught.value.code == "invalidProviderContent"


async def test_it_is_refused_an_id_twice(server: Runware, client: Any) -> None:
    (image,) = await client.imageInference(wanted())

    with pytest.raises(sdk.RunwareAPIError) as caught:
        await client.imageInference(wanted(taskUUID=image.taskUUID))

    assert caught.value.code == "conflictTaskUUID"
    assert len(server.bill) == 1


async def test_it_is_not_let_in_with_a_wrong_key(server: Runware) -> None:
    stranger = sdk.Runware(api_key="wrong", url=server.ws_url)
    await stranger.connect()
    known = stranger.isAuthenticated()
    await stranger.disconnect()

    assert not known
