"""What a webhook of fal's is good for: a hint by which a call is found, and a nudge."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from bot.backends.base import Finished, Running
from bot.backends.errors import Reason, Rejected, Unavailable, Unconfirmed
from sandbox.providers.account import Account
from sandbox.providers.fal import Fal
from sandbox.providers.steps import Step
from tests.backends.conftest import QUICK, Bench, Loopback, finished, registry_of, watched

HTML = b"<html><h1>502 Bad Gateway</h1></html>"
NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def server(fal: Bench) -> Fal:
    assert isinstance(fal.server, Fal)
    return fal.server


async def lost(fal: Bench, server: Fal, webhook: str | None = None) -> str:
    """Carry out a call whose answer is lost; gives fal's id of it."""
    call = fal.call(webhook=webhook)
    server.fail(Step.SUBMIT, drop="after")
    async with fal.open() as backend:
        with pytest.raises(Unconfirmed):
            await backend.submit(call)
    [known] = server.works
    return known


async def test_a_webhook_is_named_at_the_submit_and_is_told_of_the_end(
    fal: Bench, loopback: Loopback
) -> None:
    told: asyncio.Queue[Any] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        await told.put((request.path_qs, await request.json()))
        return web.Response()

    address = await loopback.web(web.post("/hooks/fal/{secret}", take))
    async with fal.open() as backend:
        ticket = await backend.submit(fal.call(webhook=f"{address}/hooks/fal/s3c+r t?&a=ü"))
        path, body = await told.get()

    assert path == "/hooks/fal/s3c+r%20t?&a=%C3%BC"
    assert body["request_id"] == json.loads(ticket)["request_id"]


@pytest.mark.parametrize("newer", [False, True])
async def test_a_lost_call_is_found_by_the_hint(fal: Bench, server: Fal, newer: bool) -> None:
    server.newer_links = newer
    hint = await lost(fal, server)

    async with fal.open() as backend:
        ticket = await backend.find("our key", count=1, hint=hint)
        assert ticket is not None
        found = await finished(backend, ticket)

    assert len(found.outputs) == 1
    assert len(server.bill) == 1
    # fal's own links are used where it gives them again.
    assert json.loads(ticket)["response_url"].endswith("/response") is newer


async def test_a_call_that_waits_or_failed_is_found_too(fal: Bench, server: Fal) -> None:
    server.queue_gate.clear()
    waiting = await lost(fal, server)
    async with fal.open() as backend:
        ticket = await backend.find("our key", count=1, hint=waiting)
        assert ticket is not None
        assert await backend.cancel(ticket)
        assert await backend.find("our key", count=1, hint=waiting) is not None


async def test_a_status_without_links_is_enough(fal: Bench, server: Fal) -> None:
    hint = await lost(fal, server)
    bare = {"status": "IN_PROGRESS", "request_id": hint}
    server.fail(Step.STATUS, status=202, body=bare)

    async with fal.open() as backend:
        ticket = await backend.find("our key", count=1, hint=hint)
        assert ticket is not None
        assert isinstance((await watched(backend, ticket))[-1], Finished)


async def test_links_to_elsewhere_in_a_status_are_not_followed(fal: Bench, server: Fal) -> None:
    hint = await lost(fal, server)
    links = dict.fromkeys(("status_url", "response_url", "cancel_url"), "https://evil.example/x")
    body = {"status": "IN_PROGRESS", "request_id": hint, **links}
    server.fail(Step.STATUS, status=202, body=body)

    async with fal.open() as backend:
        ticket = await backend.find("our key", count=1, hint=hint)

    assert ticket is not None
    assert "evil" not in ticket


async def test_a_hint_that_fal_does_not_know_for_us_finds_nothing(fal: Bench) -> None:
    async with fal.open() as backend:
        assert await backend.find("our key", count=1, hint=NOBODYS) is None


@pytest.mark.parametrize(
    "hint",
    [
        "",
        "x",
        "../../../x",
        f"{NOBODYS}/cancel",
        f"{NOBODYS}\n",
        f"{NOBODYS}?a=b",
        f"@evil.example/{NOBODYS}",
        NOBODYS.replace("0", "\u0660"),
        NOBODYS * 2,
    ],
)
async def test_a_hint_of_another_form_is_not_even_asked_for(
    fal: Bench, server: Fal, hint: str
) -> None:
    async with fal.open() as backend:
        assert await backend.find("our key", count=1, hint=hint) is None

    assert server.calls == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 500}, Reason.UPSTREAM),
        ({"status": 503, "body": HTML}, Reason.UPSTREAM),
        ({"status": 429}, Reason.BUSY),
        ({"status": 401}, Reason.ACCOUNT),
        ({"status": 400}, Reason.UPSTREAM),
        ({"drop": "before"}, Reason.UPSTREAM),
        ({"status": 200, "body": HTML}, Reason.UPSTREAM),
    ],
    ids=str,
)
async def test_a_fal_that_cannot_be_asked_is_no_proof_of_absence(
    fal: Bench, server: Fal, fault: dict[str, Any], reason: Reason
) -> None:
    hint = await lost(fal, server)
    server.fail(Step.STATUS, **fault)

    async with fal.open() as backend:
        with pytest.raises(Unavailable) as caught:
            await backend.find("our key", count=1, hint=hint)
        assert await backend.find("our key", count=1, hint=hint) is not None

    assert caught.value.reason is reason


async def test_a_nudge_is_heeded_at_once_where_the_stream_is_silent(
    fal: Bench, server: Fal
) -> None:
    # The stream says nothing, and the next question would come in half a minute.
    calm = replace(QUICK, gap_shortest=30, gap_longest=30)
    bench = replace(fal, registry=registry_of(fal.providers, calm))
    nudge, silent = asyncio.Event(), asyncio.Event()
    server.gate.clear()

    async with bench.open() as backend:
        ticket = await backend.submit(bench.call())
        await server.begun.wait()
        stream = server.fail(Step.STREAM, hold_before=silent)
        watching = asyncio.create_task(last(backend.watch(ticket, age=0, nudge=nudge)))
        await stream.hit.wait()
        server.gate.set()
        [work] = server.works.values()
        await work.done.wait()
        nudge.set()
        async with asyncio.timeout(5):
            found = await watching

    silent.set()
    assert isinstance(found, Finished)
    assert not nudge.is_set()


async def test_a_nudge_too_early_does_not_end_the_wait(fal: Bench, server: Fal) -> None:
    nudge = asyncio.Event()
    nudge.set()
    server.gate.clear()

    async with fal.open() as backend:
        ticket = await backend.submit(fal.call())
        watching = backend.watch(ticket, age=0, nudge=nudge)
        while await anext(watching) != Running():
            pass
        nudge.set()
        server.gate.set()
        assert isinstance(await last(watching), Finished)


async def last(progress: Any) -> Any:
    return [one async for one in progress][-1]


async def test_a_probe_is_free_and_says_that_all_is_well(fal: Bench, server: Fal) -> None:
    async with fal.open() as backend:
        await backend.probe()

    [asked] = server.calls
    assert asked.method == "GET"
    assert asked.path.startswith("/queue/fal-ai/ideogram/requests/")
    assert len(server.bill) == 0


@pytest.mark.parametrize("account", [Account.REVOKED, Account.LOCKED, Account.BROKE])
async def test_a_probe_tells_of_an_account_that_is_not(
    fal: Bench, server: Fal, account: Account
) -> None:
    server.account = account

    async with fal.open() as backend:
        with pytest.raises(Rejected) as caught:
            await backend.probe()

    assert caught.value.reason is Reason.ACCOUNT
    assert "?" not in caught.value.detail
    assert any(word in caught.value.detail for word in ("User is locked", "No user found"))


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"status": 429}, {"drop": "before"}, {"status": 400}], ids=str
)
async def test_a_probe_that_is_not_answered_says_nothing_of_the_account(
    fal: Bench, server: Fal, fault: dict[str, Any]
) -> None:
    server.fail(Step.STATUS, **fault)

    async with fal.open() as backend:
        with pytest.raises(Unavailable):
            await backend.probe()
