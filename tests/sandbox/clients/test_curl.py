"""curl, as Ideogram's documents show it, where it is present."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.providers import Ideogram
from tests.sandbox.providers.callers import photo

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is absent")


@pytest.fixture
async def ideogram() -> AsyncIterator[Ideogram]:
    async with Ideogram() as server:
        server.latency = 0.0
        yield server


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.jpg"
    path.write_bytes(photo())
    return path


async def curl(*arguments: str) -> tuple[int, Any]:
    """Run curl and return the status and the JSON of the answer."""
    process = await asyncio.create_subprocess_exec(
        *("curl", "--silent", "--noproxy", "*", "--write-out", "\n%{http_code}", *arguments),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    body, _, status = out.decode().rpartition("\n")
    return int(status), json.loads(body)


@needs_curl
@pytest.mark.parametrize("suffix", ["", ";type=application/json"])
async def test_curl_remixes_by_the_legacy_form(
    ideogram: Ideogram, picture: Path, suffix: str
) -> None:
    asked = json.dumps({"prompt": "a boat", "image_weight": 70, "num_images": 2})

    status, body = await curl(
        *("-X", "POST", f"{ideogram.url}/remix", "-H", f"Api-Key: {ideogram.key}"),
        *("-F", f"image_request={asked}{suffix}", "-F", f"image_file=@{picture}"),
    )

    assert status == 200
    assert len(body["data"]) == 2
    assert ideogram.calls[-1].body["image_weight"] == 70


@needs_curl
async def test_curl_remixes_by_the_flat_form(ideogram: Ideogram, picture: Path) -> None:
    status, body = await curl(
        *("-X", "POST", f"{ideogram.url}/v1/ideogram-v3/remix", "-H", f"Api-Key: {ideogram.key}"),
        *("-H", "Content-Type: multipart/form-data", "-F", f"image=@{picture}"),
        *("-F", "prompt=A photo of a cat", "-F", "rendering_speed=TURBO"),
    )

    assert status == 200
    assert body["data"][0]["resolution"] == "1024x1024"
    assert str(ideogram.bill.total) == "0.03"


@needs_curl
@pytest.mark.parametrize("scheme", ["Authorization: Key ", "Authorization: Bearer "])
async def test_curl_is_refused_with_a_scheme_of_another_provider(
    ideogram: Ideogram, picture: Path, scheme: str
) -> None:
    status, _ = await curl(
        *("-X", "POST", f"{ideogram.url}/remix", "-H", scheme + ideogram.key),
        *("-F", 'image_request={"prompt": "a boat"}', "-F", f"image_file=@{picture}"),
    )

    assert status == 403
    assert ideogram.bill == []
