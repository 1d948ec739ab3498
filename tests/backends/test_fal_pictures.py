"""Pictures on their way to fal and back: inside the call, by its storage, inside the answer."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image, ImageChops

from bot.backends.base import Operation, Output, Source
from bot.backends.errors import Reason, Rejected, Unavailable, Unconfirmed
from bot.backends.fal_wire import Result
from bot.backends.options import FalOptions
from sandbox.providers import Providers
from sandbox.providers.fal import Fal
from tests.backends.conftest import QUICK, Bench, Loopback, bench_of, finished, registry_of


@pytest.fixture
def server(fal: Bench) -> Fal:
    assert isinstance(fal.server, Fal)
    return fal.server


def paths(server: Fal, method: str, end: str) -> int:
    return sum(call.method == method and call.path.endswith(end) for call in server.calls)


async def test_a_small_source_goes_inline(fal: Bench, server: Fal) -> None:
    async with fal.open() as backend:
        await finished(backend, await backend.submit(fal.call()))

    [submit] = [call for call in server.calls if call.path.endswith("/remix")]
    assert submit.body["image_url"].startswith("data:image/png;base64,")
    assert paths(server, "PUT", ".png") == 0


async def test_a_large_source_goes_to_storage_for_a_day_without_the_key(
    fal: Bench, server: Fal, large_source: Source
) -> None:
    async with fal.open() as backend:
        await finished(backend, await backend.submit(fal.call(source=large_source)))

    initiate, put = server.calls[:2]
    assert initiate.path == "/rest/storage/upload/initiate"
    assert json.loads(initiate.headers["X-Fal-Object-Lifecycle-Preference"]) == {
        "expiration_duration_seconds": 86400
    }
    assert put.method == "PUT"
    assert "Authorization" not in put.headers
    [submit] = [call for call in server.calls if call.path.endswith("/remix")]
    assert submit.body["image_url"].startswith(f"{server.url}/files/")


@pytest.mark.parametrize("path", ["/rest/storage/upload/initiate", "/files/upload"])
@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"drop": "before"}, {"status": 429}, {"body": b"x", "status": 404}],
    ids=str,
)  # fmt: skip
async def test_a_storage_that_fails_means_that_nothing_was_bought(
    fal: Bench, server: Fal, large_source: Source, path: str, fault: dict[str, Any]
) -> None:
    server.faults.add(path=path, **fault)

    async with fal.open() as backend:
        with pytest.raises(Unavailable):
            await backend.submit(fal.call(source=large_source))

    assert fal.submits() == 0


async def test_a_source_is_not_uploaded_to_a_private_address(
    fal: Bench, server: Fal, large_source: Source, loopback: Loopback
) -> None:
    async def take(request: web.Request) -> web.Response:
        raise AssertionError

    private = await loopback.web(web.put("/{any}", take))
    links = {"upload_url": f"{private}/x", "file_url": f"{private}/x"}
    server.faults.add(path="/rest/storage", body=links)

    async with fal.open() as backend:
        with pytest.raises(Unavailable):
            await backend.submit(fal.call(source=large_source))

    assert fal.submits() == 0


@pytest.fixture
def edit(providers: Providers, source: Source, mask: Source) -> Bench:
    return bench_of("fal-v3", providers, source, Operation.EDIT, mask)


async def test_source_mask_and_references_go_inline_under_their_names(
    edit: Bench, reference: Source
) -> None:
    async with edit.open() as backend:
        call = edit.call(references=(reference, reference))
        await finished(backend, await backend.submit(call))

    [submit] = edit.paid()
    assert submit.body["image_url"].startswith("data:image/png;base64,")
    assert submit.body["mask_url"].startswith("data:image/png;base64,")
    assert submit.body["mask_url"] != submit.body["image_url"]
    assert [uri[:15] for uri in submit.body["image_urls"]] == ["data:image/png;"] * 2
    assert "strength" not in submit.body


async def test_pictures_that_are_large_together_all_go_to_storage(
    fal: Bench, server: Fal, tmp_path: Path, reference: Source
) -> None:
    path = tmp_path / "half.png"
    path.write_bytes(reference.path.read_bytes().ljust(2_100_000, b"\0"))
    half = Source(path=path, media_type="image/png", size=2_100_000, width=90, height=90)

    async with fal.open() as backend:
        call = fal.call(source=half, references=(half, reference))
        await finished(backend, await backend.submit(call))

    [submit] = fal.paid()
    links = [submit.body["image_url"], *submit.body["image_urls"]]
    assert len(set(links)) == 3
    assert all(link.startswith(f"{server.url}/files/") for link in links)
    lives = [
        json.loads(call.headers["X-Fal-Object-Lifecycle-Preference"])
        for call in server.calls
        if call.path.endswith("/initiate")
    ]
    assert lives == [{"expiration_duration_seconds": 86400}] * 3


async def test_uploads_together_take_no_longer_than_the_lease_allows(
    fal: Bench, server: Fal, large_source: Source
) -> None:
    # Each by itself would be in time.
    brisk = replace(QUICK, answer=0.3, transfer=0.3)
    bench = replace(fal, registry=registry_of(fal.providers, brisk))
    server.faults.add(path="/rest/storage", times=None, delay=0.2)

    async with bench.open() as backend:
        with pytest.raises(Unavailable):
            await backend.submit(bench.call(references=(large_source,) * 4))

    assert bench.submits() == 0
    assert paths(server, "POST", "/initiate") < 5


async def test_only_the_marked_part_of_an_edit_changes(edit: Bench, tmp_path: Path) -> None:
    async with edit.open() as backend:
        found = await finished(backend, await backend.submit(edit.call()))
        await backend.fetch(found.outputs[0], tmp_path / "result")

    with Image.open(tmp_path / "result") as result, Image.open(edit.source.path) as before:
        assert result.size == before.size
        changed = ImageChops.difference(result.convert("RGB"), before.convert("RGB"))
    width, height = changed.size
    assert changed.crop((width // 2, 0, width, height)).getbbox() is None
    left = changed.crop((0, 0, width // 2, height)).getbbox()
    assert left == (0, 0, width // 2, height)


@pytest.mark.usefixtures("detailed")
async def test_with_sync_mode_the_pictures_come_inside_the_answer(
    fal: Bench, server: Fal, tmp_path: Path
) -> None:
    bench = fal.optional(FalOptions(inline=True))

    async with bench.open() as backend:
        found = await finished(backend, await backend.submit(bench.call(count=3)))
        for number, output in enumerate(found.outputs):
            await backend.fetch(output, tmp_path / f"{number}")

    [submit] = bench.paid()
    assert submit.body["sync_mode"] is True
    # Together they are larger than any other answer may be.
    assert sum(len(output.url or "") for output in found.outputs) > 1_000_000
    assert paths(server, "GET", ".png") == 0
    for number in range(3):
        with Image.open(tmp_path / f"{number}") as picture:
            picture.load()


async def test_an_answer_with_pictures_inside_that_was_cut_is_lost(fal: Bench, server: Fal) -> None:
    # fal gives it once, which is why the option is off.
    bench = fal.optional(FalOptions(inline=True))

    async with bench.open() as backend:
        ticket = await backend.submit(bench.call())
        server.faults.add(path=r"/requests/[^/]+$", cut=1000)
        with pytest.raises(Unconfirmed):
            await finished(backend, ticket)


async def test_without_history_fal_is_asked_to_keep_nothing(fal: Bench, server: Fal) -> None:
    bench = fal.optional(FalOptions(keep_history=False))

    async with bench.open() as backend:
        await finished(backend, await backend.submit(bench.call()))

    [submit] = bench.paid()
    assert submit.headers["X-Fal-Store-IO"] == "0"


async def test_by_default_nothing_is_inline_and_history_is_kept(fal: Bench) -> None:
    async with fal.open() as backend:
        await backend.submit(fal.call())

    [submit] = fal.paid()
    assert "sync_mode" not in submit.body
    assert "X-Fal-Store-IO" not in submit.headers
    assert submit.query == {}


def test_a_picture_may_come_as_data_beside_an_empty_link() -> None:
    image = {"file_data": "aGk=", "content_type": "image/webp", "file_name": "x.webp"}
    body = {"images": [image, {"url": "https://a/b", "file_data": "aGk="}, {}], "seed": 3}

    inside, linked, lost = Result.model_validate(body).finished.outputs

    assert inside.url == "data:image/webp;base64,aGk="
    assert inside.file_name == "x.webp"
    assert linked.url == "https://a/b"
    assert lost.url is None


DATA = bytes(range(256)) * 4000
HEAD = "data:image/png;base64,"


async def test_a_data_uri_is_written_to_the_file(fal: Bench, tmp_path: Path) -> None:
    uri = HEAD + base64.b64encode(DATA + b"x").decode()

    async with fal.open() as backend:
        await backend.fetch(Output(url=uri), tmp_path / "to")

    assert (tmp_path / "to").read_bytes() == DATA + b"x"


@pytest.mark.parametrize(
    "uri",
    [
        "data:",
        "data:image/png,abc",
        HEAD + "abc",
        HEAD + "=" * 8,
        HEAD + "\u00fc" * 8,
        HEAD + base64.b64encode(DATA).decode() + "!!!!",
        HEAD + base64.b64encode(DATA[:-2]).decode() + base64.b64encode(DATA).decode(),
        HEAD + "A" * 33_333_340,
    ],
    ids=lambda uri: f"{uri[:30]}... {len(uri)}",
)
async def test_a_data_uri_that_is_none_is_no_result(fal: Bench, tmp_path: Path, uri: str) -> None:
    async with fal.open() as backend:
        with pytest.raises(Rejected) as caught:
            await backend.fetch(Output(url=uri), tmp_path / "to")

    assert caught.value.reason is Reason.NO_RESULT
    assert caught.value.billed
    assert "AAAA" not in str(caught.value)
    assert not (tmp_path / "to").exists()
