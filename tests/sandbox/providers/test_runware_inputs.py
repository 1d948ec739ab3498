"""Whom Runware lets in, what its tasks take and what they refuse."""

from __future__ import annotations

import base64
import io
import json
import uuid
from typing import Any

import pytest
from PIL import Image

from tests.sandbox.providers.callers import RunwareCaller, inline, opened, photo


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Key sandbox-runware-key"},
        {"Authorization": "sandbox-runware-key"},
        {"Authorization": "bearer sandbox-runware-key"},
        {"Authorization": "Basic sandbox-runware-key"},
        {"Api-Key": "sandbox-runware-key"},
    ],
)
async def test_only_the_right_key_in_the_right_scheme_is_let_in(
    runware: RunwareCaller, header: dict[str, str]
) -> None:
    url = f"{runware.server.url}/v1"

    answer = await runware.http.post(url, json=[runware.task()], headers=header)

    (error,) = answer.json()["errors"]
    assert answer.status_code == 401
    assert (error["code"], error["parameter"]) == ("invalidApiKey", "apiKey")
    assert error["taskType"] == "authentication"
    assert runware.server.jobs == {}


async def test_a_wrong_header_is_not_mended_by_a_first_task(runware: RunwareCaller) -> None:
    login = {"taskType": "authentication", "apiKey": runware.server.key}

    answer = await runware.post(login, runware.task(), key="wrong")

    assert answer.status_code == 401
    assert runware.server.jobs == {}


async def test_the_key_may_come_as_the_first_task(runware: RunwareCaller) -> None:
    url = f"{runware.server.url}/v1"
    ping = {"taskType": "ping", "ping": True}
    login = {"taskType": "authentication", "apiKey": runware.server.key}

    first = await runware.http.post(url, json=[login, ping])
    last = await runware.http.post(url, json=[ping, login])

    opened_session, pong = first.json()["data"]
    assert opened_session["connectionSessionUUID"]
    assert pong == {"taskType": "ping", "pong": True}
    assert last.status_code == 401


@pytest.mark.parametrize("body", [{"taskType": "ping"}, [], [1], "ping"])
async def test_a_body_that_is_no_array_of_tasks_is_refused(
    runware: RunwareCaller, body: Any
) -> None:
    headers = {"Authorization": f"Bearer {runware.server.key}"}

    answer = await runware.http.post(f"{runware.server.url}/v1", json=body, headers=headers)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "invalidRequest"


async def test_a_body_that_is_not_called_json_is_refused(runware: RunwareCaller) -> None:
    headers = {"Authorization": f"Bearer {runware.server.key}", "Content-Type": "text/plain"}
    content = json.dumps([runware.task()])

    answer = await runware.http.post(f"{runware.server.url}/v1", content=content, headers=headers)

    assert answer.status_code == 400


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"seed": 1}, "unsupportedParameter", "seed"),
    ({"strength": 0.5}, "unsupportedParameter", "strength"),
    ({"referenceImages": []}, "unsupportedParameter", "referenceImages"),
    ({"taskUUID": "1"}, "invalidTaskUUID", "taskUUID"),
    ({"taskUUID": "b5e2c4d0-c6a9-11f0-8de9-0242ac120002"}, "invalidTaskUUID", "taskUUID"),
    ({"model": "ideogram:9@9"}, "invalidModel", "model"),
    ({"positivePrompt": ""}, "invalidPositivePrompt", "positivePrompt"),
    ({"positivePrompt": "x" * 2001}, "invalidPositivePrompt", "positivePrompt"),
    ({"negativePrompt": ""}, "invalidNegativePrompt", "negativePrompt"),
    ({"negativePrompt": None}, "invalidTask", ""),
    ({"width": 1000, "height": 1000}, "invalidDimensions", "width"),
    ({"width": 1152.0}, "invalidWidth", "width"),
    ({"numberResults": 21}, "invalidNumberResults", "numberResults"),
    ({"numberResults": True}, "invalidNumberResults", "numberResults"),
    ({"outputType": "url"}, "invalidOutputType", "outputType"),
    ({"outputFormat": "JPEG"}, "invalidOutputFormat", "outputFormat"),
    ({"outputQuality": 100}, "invalidOutputQuality", "outputQuality"),
    ({"deliveryMethod": "webhook"}, "invalidDeliveryMethod", "deliveryMethod"),
    ({"webhookURL": "https://example.com"}, "invalidWebhookURL", "webhookURL"),
    ({"uploadEndpoint": "https://example.com"}, "invalidUploadEndpoint", "uploadEndpoint"),
    ({"ttl": 59}, "invalidTtl", "ttl"),
    ({"ttl": 60, "outputType": "dataURI"}, "unsupportedParameter", "ttl"),
    ({"uploadEndpoint": "ftp://127.0.0.1/x"}, "invalidUploadEndpoint", "uploadEndpoint"),
    ({"safety": {"mode": "full"}}, "invalidMode", "safety.mode"),
    (
        {"safety": {"checkContent": True, "mode": "none"}},
        "incompatibleParameters",
        "safety.mode",
    ),
    ({"safety": {"checkInputs": True}}, "unsupportedParameter", "safety.checkInputs"),
    ({"inputs": {}}, "missingReferenceImages", "inputs.referenceImages"),
    ({"inputs": {"referenceImages": []}}, "invalidReferenceImages", "inputs.referenceImages"),
    ({"model": "ideogram:2@2", "negativePrompt": "x"}, "unsupportedParameter", "negativePrompt"),
    ({"model": "ideogram:3@1"}, "unsupportedParameter", "inputs"),
    ({"model": "ideogram:4@2", "width": 1280, "height": 720}, "invalidDimensions", "width"),
]
SETTINGS: list[tuple[dict[str, Any], str, str]] = [
    ({"remixStrength": 0}, "invalidRemixStrength", "remixStrength"),
    ({"remixStrength": 101}, "invalidRemixStrength", "remixStrength"),
    ({"remixStrength": 50.0}, "invalidRemixStrength", "remixStrength"),
    ({"magicPrompt": True}, "invalidMagicPrompt", "magicPrompt"),
    ({"styleType": "auto"}, "invalidStyleType", "styleType"),
    ({"renderingSpeed": "BALANCED"}, "invalidRenderingSpeed", "renderingSpeed"),
    ({"image_weight": 50}, "unsupportedParameter", "image_weight"),
    ({"remix_strength": 50}, "unsupportedParameter", "remix_strength"),
    ({"styleReferenceImages": ["x"] * 5}, "invalidStyleReferenceImages", "styleReferenceImages"),
    ({"styleReferenceImages": []}, "invalidStyleReferenceImages", "styleReferenceImages"),
    ({"renderingSpeed": "QUALITY"}, "unsupportedParameter", "renderingSpeed"),
    ({"colorPalette": {}}, "invalidColorPalette", "colorPalette"),
    ({"colorPalette": {"members": []}}, "invalidMembers", "colorPalette.members"),
    (
        {"colorPalette": {"name": "EMBER", "members": [{"colorHex": "#FFFFFF"}]}},
        "invalidColorPalette",
        "colorPalette",
    ),
    (
        {"colorPalette": {"members": [{"colorHex": "#FFF"}]}},
        "invalidColorHex",
        "colorPalette.members.colorHex",
    ),
    (
        {"colorPalette": {"members": [{"colorHex": "#FFFFFF", "colorWeight": 0.055}]}},
        "invalidColorWeight",
        "colorPalette.members.colorWeight",
    ),
]


@pytest.mark.parametrize(("more", "code", "parameter"), REFUSED)
async def test_a_wrong_parameter_is_named(
    runware: RunwareCaller, more: dict[str, Any], code: str, parameter: str
) -> None:
    task = runware.task(**more)

    status, error = await runware.error(task)

    assert (status, error["code"], error["parameter"]) == (400, code, parameter)
    assert error["taskUUID"] == task["taskUUID"]
    assert runware.server.jobs == {}


@pytest.mark.parametrize(("settings", "code", "parameter"), SETTINGS)
async def test_a_wrong_setting_of_the_provider_is_named(
    runware: RunwareCaller, settings: dict[str, Any], code: str, parameter: str
) -> None:
    status, error = await runware.error(runware.task(settings=settings))

    assert (status, error["code"]) == (400, code)
    assert error["parameter"] == f"providerSettings.ideogram.{parameter}"


@pytest.mark.parametrize(
    "name", ["taskUUID", "model", "positivePrompt", "width", "height", "inputs"]
)
async def test_a_missing_parameter_is_named(runware: RunwareCaller, name: str) -> None:
    task = runware.task()
    del task[name]

    _, error = await runware.error(task)

    assert error["code"] == f"missing{name[0].upper()}{name[1:]}"


async def test_everything_that_is_documented_is_taken(runware: RunwareCaller) -> None:
    runware.server.takes_quality = True
    member = {"colorHex": "#b470b3", "colorWeight": 0.29}
    settings = {
        "remixStrength": 30,
        "magicPrompt": "OFF",
        "renderingSpeed": "QUALITY",
        "styleType": "RENDER_3D",
        "colorPalette": {"members": [member]},
        "styleReferenceImages": [inline(runware.source)],
    }

    answer = await runware.post(
        runware.task(
            settings=settings,
            negativePrompt="fog",
            outputType="URL",
            outputFormat="WEBP",
            outputQuality=80,
            ttl=60,
            includeCost=True,
            safety={"checkContent": True, "mode": "fast"},
        )
    )

    (item,) = answer.json()["data"]
    assert (item["cost"], item["NSFWContent"]) == (0.08, False)
    assert opened((await runware.http.get(item["imageURL"])).content).format == "WEBP"


async def test_another_model_takes_what_is_its_own(runware: RunwareCaller) -> None:
    generation = runware.task(model="ideogram:3@1", negativePrompt="fog")
    del generation["inputs"]
    newer = runware.task(model="ideogram:4@2", settings={"renderingSpeed": "QUALITY"})

    invented = (await runware.post(generation)).json()["data"]
    remixed = (await runware.post(newer)).json()["data"]

    links = [item["imageURL"] for item in (*invented, *remixed)]
    sizes = {opened((await runware.http.get(link)).content).size for link in links}
    assert sizes == {(1152, 864)}
    assert [str(charge.usd) for charge in runware.server.bill] == ["0.08", "0.09"]


@pytest.mark.parametrize(
    ("model", "settings", "parameter"),
    [
        ("ideogram:4@2", {"styleType": "ANIME"}, "styleType"),
        ("ideogram:3@1", {"remixStrength": 50}, "remixStrength"),
        ("ideogram:2@2", {"renderingSpeed": "QUALITY"}, "renderingSpeed"),
    ],
)
async def test_another_model_refuses_what_is_not_its_own(
    runware: RunwareCaller, model: str, settings: dict[str, Any], parameter: str
) -> None:
    task = runware.task(model=model, settings=settings)
    if model == "ideogram:3@1":
        del task["inputs"]

    _, error = await runware.error(task)

    assert error["code"] == "unsupportedParameter"
    assert error["parameter"] == f"providerSettings.ideogram.{parameter}"


async def test_an_uploaded_picture_is_remixed_by_its_id(runware: RunwareCaller) -> None:
    upload = {
        "taskType": "imageUpload",
        "taskUUID": str(uuid.uuid4()),
        "image": inline(photo(3000, 1500)),
    }

    (kept,) = (await runware.post(upload)).json()["data"]
    remixed = await runware.post(runware.task(inputs={"referenceImages": [kept["imageUUID"]]}))
    runware.server.clock.advance(31 * 24 * 3600)
    status, error = await runware.error(
        runware.task(inputs={"referenceImages": [kept["imageUUID"]]})
    )

    assert kept.keys() == {"taskType", "taskUUID", "imageUUID", "imageURL"}
    assert opened((await runware.http.get(kept["imageURL"])).content).size == (2048, 1024)
    assert remixed.status_code == 200
    assert (status, error["code"]) == (400, "invalidReferenceImages")


@pytest.mark.parametrize("form", ["link", "base64"])
async def test_a_source_may_be_a_link_or_bare_base64(runware: RunwareCaller, form: str) -> None:
    (item,) = (await runware.post(runware.task())).json()["data"]
    bare = base64.b64encode(runware.source).decode()
    source = item["imageURL"] if form == "link" else bare

    answer = await runware.post(runware.task(inputs={"referenceImages": [source]}))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("http://127.0.0.1:1/cat.png", "downloadFailed"),
        ("https://example.com/cat.png", "downloadFailed"),
        ("9e0b7a52-7c0c-4f0e-8d55-0f4b8a3c1a11", "invalidReferenceImages"),
        ("not base64", "invalidReferenceImages"),
        ("data:image/png;base64,aGVsbG8=", "invalidReferenceImages"),
    ],
)
async def test_a_source_that_cannot_be_read_is_told_as_such(
    runware: RunwareCaller, link: str, code: str
) -> None:
    status, error = await runware.error(runware.task(inputs={"referenceImages": [link]}))

    assert (status, error["code"]) == (400, code)
    assert error["parameter"] == "inputs.referenceImages"
    assert runware.server.bill == []


async def test_a_large_upload_is_stored_smaller(runware: RunwareCaller) -> None:
    name = await runware.server.images.upload(inline(photo(3000, 1500)), runware.server.session)

    picture = await runware.server.images.read(name, runware.server.session, parameter="image")

    with Image.open(io.BytesIO(picture.data)) as stored:
        assert stored.size == (2048, 1024)
