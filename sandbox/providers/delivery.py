"""How a stand-in sends a webhook: again and again until it is taken."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One webhook that was sent.

    Attributes:
        body: What was sent, as it went over the wire.
        status: The HTTP status of the answer; None when there was none.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    status: int | None


class Delivery:
    """Sends webhooks for one stand-in.

    Attributes:
        gaps: Seconds before each attempt; the real services try for hours.
        answer_within: Seconds for which an attempt waits for its answer (fal: 15).
        attempts: What was sent, oldest first.
    """

    def __init__(self) -> None:
        self.gaps: tuple[float, ...] = (0.0, 0.1, 0.5, 2.0)
        self.answer_within = 15.0
        self.attempts: list[Attempt] = []

    async def send(
        self, session: ClientSession, url: str, body: Any, headers: Mapping[str, str]
    ) -> bool:
        """Send until an attempt is answered with 2xx, and say whether one was.

        Args:
            session: What it is sent with.
            url: Where to.
            body: Bytes go as they are; anything else as JSON.
            headers: Added to the Content-Type.
        """
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **headers}
        for gap in self.gaps:
            await asyncio.sleep(gap)
            status = await self._post(session, url, data, sent)
            self.attempts.append(Attempt(url=url, headers=sent, body=data, status=status))
            if status is not None and 200 <= status < 300:
                return True
        return False

    async def _post(
        self, session: ClientSession, url: str, data: bytes, headers: Mapping[str, str]
    ) -> int | None:
        within = ClientTimeout(total=self.answer_within)
        try:
            async with session.post(
                url, data=data, headers=headers, allow_redirects=False, timeout=within
            ) as taken:
                return taken.status
        except (ClientError, TimeoutError):
            logger.info("a webhook found nobody")
            return None
