"""The loop that carries erasures out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.privacy.erasing import Delete, Erasing

log = logging.getLogger(__name__)

TURN_SECONDS = 1.0
"""Between two messages that are deleted, and between two looks."""


class Eraser:
    """Goes on with all erasures, a step and a message at a time."""

    def __init__(
        self,
        erasing: Erasing,
        *,
        delete: Delete,
        tell: Callable[[str], Awaitable[None]],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Say what it works with.

        Args:
            erasing: Does the steps.
            delete: Deletes a message in Discord.
            tell: Takes the id of an erasure that went a step further.
            pause: Waits so many seconds.
        """
        self._erasing = erasing
        self._delete = delete
        self._tell = tell
        self._pause = pause

    async def run(self) -> None:
        """Take a turn a second, until cancelled."""
        while True:
            try:
                await self.turn()
            except Exception:
                log.exception("erasure.fault")
            await self._pause(TURN_SECONDS)

    async def turn(self) -> None:
        """Delete at most one message, and carry out what can be by now."""
        await self._erasing.delete_next(self._delete)
        for erasure_id in await self._erasing.advance():
            await self._tell(erasure_id)
