"""What Runware sends to `webhookURL`: the JSON of a synchronous answer, once for each picture.

Runware, "Webhooks" (November 2026): no signature; an answer other than 2xx makes it try again.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import ClientSession

from sandbox.providers.delivery import Delivery


class Webhooks:
    """Tells of finished pictures and failures, and misbehaves as a test sets it.

    Attributes:
        gate: While it is cleared, no message leaves.
        delay: Seconds before the first attempt of each message.
        dropped: Messages are lost.
        copies: How often each message is delivered.
    """

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self.gate = asyncio.Event()
        self.gate.set()
        self.delay = 0.0
        self.dropped = False
        self.copies = 1

    async def tell(self, session: ClientSession, url: str, body: dict[str, Any]) -> None:
        """Send one message."""
        if self.dropped:
            return
        await asyncio.sleep(self.delay)
        await self.gate.wait()
        for _ in range(self.copies):
            await self._delivery.send(session, url, body, {})
