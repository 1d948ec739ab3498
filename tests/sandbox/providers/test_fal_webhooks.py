"""fal's webhooks: signed as documented, repeated until taken, and wrong when a test wants it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sandbox.site import Site
from tests.sandbox.providers.callers import V2A, FalCaller

HEADERS = (
    "X-Fal-Webhook-Request-Id",
    "X-Fal-Webhook-User-Id",
    "X-Fal-Webhook-Timestamp",
)


class Hook:
    """Somebody who is told, and answers with the statuses in turn; then always 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.told: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)

    @property
    def url(self) -> str:
        host, port = self.runner.addresses[0][:2]
        return f"http://{host}:{port}/hook?secret=1"

    async def _take(self, request: web.Request) -> web.Response:
        assert request.query_string == "secret=1"
        await self.told.put((dict(request.headers), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    await made.runner.setup()
    await Site(made.runner, "127.0.0.1", 0).start()
    yield made
    await made.runner.cleanup()


async def keys(fal: FalCaller) -> list[Ed25519PublicKey]:
    answer = await fal.http.get(f"{fal.server.url}/rest/.well-known/jwks.json")
    listed = answer.json()["keys"]
    assert all((key["kty"], key["crv"]) == ("OKP", "Ed25519") for key in listed)
    points = [base64.urlsafe_b64decode(key["x"] + "==") for key in listed]
    return [Ed25519PublicKey.from_public_bytes(point) for point in points]


async def is_signed(fal: FalCaller, headers: dict[str, str], body: bytes) -> bool:
    """Check a signature as fal's documents say."""
    lines = [*(headers[name] for name in HEADERS), hashlib.sha256(body).hexdigest()]
    for key in await keys(fal):
        try:
            key.verify(bytes.fromhex(headers["X-Fal-Webhook-Signature"]), "\n".join(lines).encode())
        except InvalidSignature:
            continue
        return True
    return False


async def told(fal: FalCaller, hook: Hook, **more: Any) -> tuple[dict[str, str], bytes, Any]:
    """Let a work end, and return the message about it and its result."""
    ticket = (await fal.send(V2A, fal.body(**more), webhook=hook.url)).json()
    headers, body = await hook.told.get()
    result = await fal.get(ticket["response_url"])
    assert json.loads(body)["request_id"] == ticket["request_id"]
    return headers, body, result.json()


@pytest.mark.parametrize(("prompt", "status"), [("hi", "OK"), ("__policy__", "ERROR")])
async def test_the_end_of_a_work_is_told_and_signed(
    fal: FalCaller, hook: Hook, prompt: str, status: str
) -> None:
    headers, body, result = await told(fal, hook, prompt=prompt)

    message = json.loads(body)
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Fal-Webhook-User-Id"] == "sandbox-user"
    assert abs(int(headers["X-Fal-Webhook-Timestamp"]) - fal.server.clock.now()) < 60
    assert await is_signed(fal, headers, body)
    assert not await is_signed(fal, headers, body + b" ")
    assert (message["status"], message["payload"]) == (status, result)
    assert message.get("error") == (None if status == "OK" else "Invalid status code: 422")


async def test_a_message_is_repeated_as_it_was_until_it_is_taken(
    fal: FalCaller, hook: Hook
) -> None:
    fal.server.delivery.gaps = (0.0,) * 5
    hook.statuses = [503, 302]

    first = (await told(fal, hook))[:2]
    rest = [await hook.told.get() for _ in range(2)]

    assert rest[0][1] == rest[1][1] == first[1]
    assert await is_signed(fal, *rest[1])
    assert hook.told.empty()
    attempts = fal.server.delivery.attempts
    assert [attempt.status for attempt in attempts[:2]] == [503, 302]


async def test_a_message_that_nobody_takes_is_given_up(fal: FalCaller, hook: Hook) -> None:
    fal.server.delivery.gaps = (0.0,) * 3
    hook.statuses = [500] * 3

    await told(fal, hook)
    for _ in range(2):
        await hook.told.get()
    await fal.finish()

    assert hook.told.empty()


async def test_a_message_can_be_doubled(fal: FalCaller, hook: Hook) -> None:
    fal.server.webhooks.copies = 2

    _, body, _ = await told(fal, hook)

    assert (await hook.told.get())[1] == body


async def test_a_message_can_be_lost_or_held_back(fal: FalCaller, hook: Hook) -> None:
    fal.server.webhooks.dropped = True
    await fal.end((await fal.send(V2A, fal.body(), webhook=hook.url)).json())
    fal.server.webhooks.dropped = False
    fal.server.webhooks.gate.clear()
    held = (await fal.send(V2A, fal.body(), webhook=hook.url)).json()
    await fal.end(held)
    early = hook.told.empty()
    fal.server.webhooks.gate.set()

    _, body = await hook.told.get()
    assert early
    assert json.loads(body)["request_id"] == held["request_id"]


async def test_a_message_can_be_forged(fal: FalCaller, hook: Hook) -> None:
    fal.server.webhooks.forged = True

    headers, body, _ = await told(fal, hook)

    assert len(bytes.fromhex(headers["X-Fal-Webhook-Signature"])) == 64
    assert not await is_signed(fal, headers, body)


async def test_a_message_can_be_of_another_user_or_an_old_one_and_signed_all_the_same(
    fal: FalCaller, hook: Hook
) -> None:
    fal.server.webhooks.stranger, fal.server.webhooks.age = "somebody", 600

    headers, body, _ = await told(fal, hook)

    assert headers["X-Fal-Webhook-User-Id"] == "somebody"
    assert fal.server.clock.now() - int(headers["X-Fal-Webhook-Timestamp"]) >= 600
    assert await is_signed(fal, headers, body)


async def test_a_payload_that_cannot_be_written_is_null(fal: FalCaller, hook: Hook) -> None:
    fal.server.webhooks.unserialisable = True

    _, body, _ = await told(fal, hook)

    message = json.loads(body)
    assert (message["status"], message["payload"]) == ("OK", None)
    assert message["payload_error"]


async def test_a_key_is_listed_still_when_another_signs(fal: FalCaller, hook: Hook) -> None:
    older = await told(fal, hook)
    fal.server.webhooks.keys.rotate()
    newer = await told(fal, hook)

    assert await is_signed(fal, *older[:2])
    assert await is_signed(fal, *newer[:2])


async def test_a_webhook_outside_of_this_machine_is_refused(fal: FalCaller) -> None:
    answer = await fal.send(V2A, fal.body(), webhook="https://example.com")

    assert answer.status_code == 400
    assert fal.server.works == {}
