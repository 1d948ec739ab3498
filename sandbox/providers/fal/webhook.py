"""What fal sends to `fal_webhook` when a request has ended (fal, "Webhooks", November 2026)."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

from aiohttp import ClientSession

from sandbox.clock import SandboxClock
from sandbox.providers.delivery import Delivery
from sandbox.providers.fal.keys import Keys, signed_text
from sandbox.providers.fal.work import Work


class Webhooks:
    """Tells of the end of works, and misbehaves as a test sets it.

    Attributes:
        keys: What it signs with.
        user: The operator's user id at fal.
        gate: While it is cleared, no message leaves.
        delay: Seconds before the first attempt of each message.
        dropped: Messages are lost.
        copies: How often each message is delivered.
        forged: The signature is one of a foreign key.
        stranger: A user id to be told instead of the operator's.
        age: Seconds by which the timestamp lies in the past; the signature covers it.
        unserialisable: The payload is null, with the reason beside it.
    """

    def __init__(self, clock: SandboxClock, delivery: Delivery) -> None:
        self._clock = clock
        self._delivery = delivery
        self.keys = Keys()
        self.user = "sandbox-user"
        self.gate = asyncio.Event()
        self.gate.set()
        self.delay = 0.0
        self.dropped = False
        self.copies = 1
        self.forged = False
        self.stranger: str | None = None
        self.age = 0.0
        self.unserialisable = False

    async def tell(self, session: ClientSession, work: Work, url: str) -> None:
        """Send the message about a work that has ended."""
        if self.dropped:
            return
        body = json.dumps(self._body(work)).encode()
        await asyncio.sleep(self.delay)
        await self.gate.wait()
        for _ in range(self.copies):
            await self._delivery.send(session, url, body, self._headers(body))

    def _body(self, work: Work) -> dict[str, Any]:
        body: dict[str, Any] = {"request_id": work.id, "gateway_request_id": work.id}
        if work.failure is not None:
            error = f"Invalid status code: {work.failure.status}"
            return body | {"status": "ERROR", "error": error, "payload": work.failure.body}
        if self.unserialisable:
            return body | {"status": "OK", "payload": None, "payload_error": "not serialisable"}
        return body | {"status": "OK", "payload": work.output}

    def _headers(self, body: bytes) -> dict[str, str]:
        # Whether the id in the header is that of the request is not documented: here it is not,
        # so that nobody comes to rely on it.
        request, user = str(uuid.uuid4()), self.stranger or self.user
        timestamp = str(int(self._clock.now() - self.age))
        text = signed_text(request, user, timestamp, body)
        return {
            "X-Fal-Webhook-Request-Id": request,
            "X-Fal-Webhook-User-Id": user,
            "X-Fal-Webhook-Timestamp": timestamp,
            "X-Fal-Webhook-Signature": self.keys.sign(text, forged=self.forged),
        }
