"""The instants around requests, as a harness hears of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot import instants
from bot.backends.http import Http

PATH = "/works/4f1b2c3d-0000-4000-8000-00000000abcd/status"
NAME = "/works/*/status"


@pytest_asyncio.fixture
async def url() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=await request.text())

    application = web.Application()
    application.router.add_post(PATH, answer)
    async with TestServer(application) as server:
        yield str(server.make_url(PATH))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v10/interactions/123456789012345678/aW50ZXJhY3Rpb246MTIz/callback", "callback"),
        ("/queue/fal-ai/ideogram/v3/replace-background", "replace-background"),
        ("/files/4f1b/result.png", "*"),
        ("/rest/.well-known/jwks.json", "*"),
        ("/v1", "v1"),
    ],
)
def test_a_name_has_no_ids_and_no_secrets(path: str, name: str) -> None:
    told = instants.name("discord", "POST", path)

    assert told.rpartition("/")[2] == name
    assert "123456" not in told
    assert "aW50" not in told


async def test_a_request_to_a_provider_is_told_from_before_it_goes_until_it_is_read(
    url: str,
) -> None:
    told: list[str] = []
    http = Http(trusted=[url], reach=told.append)

    async with http.session() as session:
        await session.request("POST", url, headers={}, content={"a": 1})

    assert told == [
        f"http POST {NAME} {instant}"
        for instant in ("before", "sending", "sent", "answered", "read")
    ]


async def test_a_request_of_discord_py_is_told_likewise(url: str) -> None:
    told: list[str] = []
    trace = instants.trace("discord", told.append)

    async with ClientSession(trace_configs=[trace]) as session, session.post(url, data="a") as got:
        await got.text()
        await asyncio.sleep(0)

    assert told == [
        f"discord POST {NAME} {instant}"
        for instant in ("before", "sending", "sent", "answered", "read")
    ]
