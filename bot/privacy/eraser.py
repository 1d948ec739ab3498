"""The loop that carries erasures out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.duties import Duty
from bot.privacy.erasing import Delete, Erasing
from storage.database import StorageError

log = logging.getLogger(__name__)

TURN_SECONDS = 1.0
"""Between two messages that are deleted, and between two looks."""


class Eraser:
    """Goes on with all erasures, a step and a message at a time, in one process at a time."""

    def __init__(
        self,
        erasing: Erasing,
        *,
        duty: Duty,
        delete: Delete,
        tell: Callable[[], Awaitable[None]],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Say what it works with.

        Args:
            erasing: Does the steps.
            duty: Says whether this process does them.
            delete: Deletes a message in Discord.
            tell: Tells those who asked this process how far their erasures are.
            pause: Waits so many seconds.
        """
        self._erasing = erasing
        self._duty = duty
        self._delete = delete
        self._tell = tell
        self._pause = pause

    async def run(self) -> None:
        """Take a turn a second, until cancelled."""
        while True:
            try:
                await self.turn()
            except StorageError as error:
                log.error("erasure.not_stored", extra={"reason": str(error)})  # noqa: TRY400 - it is said whole
            except Exception:
                log.exception("erasure.fault")
            await self._pause(TURN_SECONDS)

    async def turn(self) -> None:
        """Delete at most one message, and carry out what can be by now."""
        if await self._duty.mine():
            await self._erasing.delete_next(self._delete)
            await self._erasing.advance()
        # Another process may have gone on with what was asked here.
        await self._tell()
