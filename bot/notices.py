"""Telling the operator what they must mend: in the log, and where they chose to be told."""

from __future__ import annotations

import asyncio
import logging

from pydantic import JsonValue

from bot.backends.http import Http
from bot.backends.http_errors import Broken, TooLarge
from bot.clock import Clock
from storage import facts
from storage.database import Database, StorageError, Transaction

log = logging.getLogger(__name__)

DAY_MS = 24 * 3600 * 1000
LONGEST = 1900
"""Characters; Discord takes 2000."""
TRIES = 3


class Notices:
    """Tells the operator each cause once a day, however many processes there are."""

    def __init__(
        self,
        *,
        database: Database,
        http: Http,
        clock: Clock,
        webhook: str | None = None,
        gap: float = 20,
    ) -> None:
        """Bind it to what it needs.

        Args:
            database: Where it stands what was told today.
            http: For the messages.
            clock: Says which day it is, in UTC.
            webhook: Where messages are posted as Discord's webhooks take them; its address
                is a secret. None: only the log is written.
            gap: Seconds between two tries to post a message.
        """
        self._database = database
        self._http = http
        self._clock = clock
        self._webhook = webhook
        self._gap = gap
        self._posting: set[asyncio.Task[None]] = set()

    async def tell(self, cause: str, sentence: str, *, mended: bool = False) -> None:
        """Tell the operator, unless they were told of the same cause today.

        The message is posted meanwhile; whatever goes wrong stands in the log.

        Args:
            cause: A short name such as "fal.account"; one day of it is one notice.
            sentence: What happened and what to do: no prompt, no key, no signed link.
            mended: It is good news, and no error in the log.
        """
        try:
            if not await self._is_new(cause):
                return
        except StorageError:
            # Better told twice than never.
            log.exception("notices.not_kept", extra={"cause": cause})
        level = logging.INFO if mended else logging.ERROR
        log.log(level, "operator.notice", extra={"cause": cause, "sentence": sentence})
        if self._webhook is not None:
            task = asyncio.create_task(self._post(self._webhook, cause, sentence), name="notice")
            self._posting.add(task)
            task.add_done_callback(self._posting.discard)

    async def close(self, *, within: float = 5) -> None:
        """Wait a little for messages that are being posted, and stop the others."""
        if self._posting:
            await asyncio.wait(self._posting, timeout=within)
        for task in self._posting:
            task.cancel()
        await asyncio.gather(*self._posting, return_exceptions=True)

    async def _is_new(self, cause: str) -> bool:
        name, today = f"notice:{cause}", str(self._clock.now() // DAY_MS)
        before = await facts.get(self._database, name)
        if before == today:
            return False

        async def work(tx: Transaction) -> bool:
            return await facts.swap(tx, name, before, today)

        return await self._database.transaction(work)

    async def _post(self, url: str, cause: str, sentence: str) -> None:
        content: JsonValue = {"content": sentence[:LONGEST], "allowed_mentions": {"parse": []}}
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(self._gap)
            try:
                async with self._http.session() as session:
                    answer = await session.request("POST", url, headers={}, content=content)
            except (Broken, TooLarge) as fault:
                reason = str(fault)
            else:
                if 200 <= answer.status < 300:
                    return
                reason = f"answered {answer.status}"
            log.warning("operator.not_told", extra={"cause": cause, "reason": reason})
