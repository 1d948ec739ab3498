"""The one address that Runware has: a paid task is put there once, and asked for there."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from pydantic import JsonValue

from bot.backends import runware_failures as failures
from bot.backends.answers import parse, retry_after
from bot.backends.base import ProviderAccess
from bot.backends.bodies import Body
from bot.backends.errors import BackendError
from bot.backends.exchange import ANSWER_BYTES, Answer
from bot.backends.failures import Failure, Fate
from bot.backends.http import Session
from bot.backends.http_errors import Broken, MaybeSent, NotSent, TooLarge
from bot.backends.options import Delivery, OutputType, RunwareOptions
from bot.backends.pace import Pace
from bot.backends.runware_wire import Fault, Item, Reply

log = logging.getLogger(__name__)

_BASE = "https://api.runware.ai"
# The largest picture has 1.1 megapixels: 3.3 MB where nothing can be compressed, 4.4 in base64.
_INLINE_BYTES = 6_000_000
_ENDED = (Fate.FAILED, Fate.BILLED)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an answer says of one task."""

    items: list[Item]
    faults: list[Fault]
    status: int
    retry_in: float
    is_readable: bool

    @property
    def refusal(self) -> Failure:
        """The row of a submit that brought no word of the task."""
        return failures.refusal((fault.sign for fault in self.faults), self.status)

    @property
    def row(self) -> Failure:
        """The row of an answer without pictures: of the task's end, if it tells of one."""
        told = [failures.end(fault.sign) for fault in self.faults if fault.ends_task]
        ended = [row for row in told if row.fate in _ENDED]
        if told:
            return (ended or told)[0]
        return failures.unanswered((fault.sign for fault in self.faults), self.status)

    @property
    def has_ended(self) -> bool:
        """Whether it tells of the task's end."""
        return self.row.fate in _ENDED

    @property
    def has_no_task(self) -> bool:
        """Whether Runware says that it knows no such task, or nothing at all of one."""
        silent = self.is_readable and self.row == failures.NOTHING
        return self.row in failures.ABSENT or (silent and not self.faults)

    def error(self, row: Failure) -> BackendError:
        """Give the error of a row, with what can be logged of the answer."""
        said = "; ".join(fault.text for fault in self.faults[:3]) or "Runware gave no reason"
        return row.error(f"{said}, with status {self.status}", retry_in=self.retry_in)


class Line:
    """Runware's address, for one job."""

    def __init__(
        self, session: Session, access: ProviderAccess, options: RunwareOptions, pace: Pace
    ) -> None:
        self._session = session
        self._options = options
        self._pace = pace
        self._url = f"{access.url or _BASE}/v1"
        self._headers = {"Authorization": f"Bearer {access.key}"}

    async def buy(self, content: Body | JsonValue, task: str, *, count: int) -> Told:
        """Send the paid call once; with sync delivery that takes as long as the work.

        Raises:
            Unavailable: Certainly nothing was sent.
            Unconfirmed: It may have been carried out.
        """
        pace, waits = self._pace, self._options.delivery is Delivery.SYNC
        try:
            answer = await self._session.paid(
                self._url,
                headers=self._headers,
                content=content,
                deadline=pace.synchronous if waits else pace.submit,
                read=pace.synchronous_read if waits else None,
                limit=self._limit(count),
            )
        except NotSent as fault:
            raise failures.NOT_SENT.error(str(fault), retry_in=pace.retry) from None
        except MaybeSent as fault:
            raise failures.CUT.error(str(fault), retry_in=pace.retry) from None
        return await self._told(answer, task)

    async def ask(self, task: str, *, count: int) -> Told | None:
        """Ask for a task of so many pictures; None where there was no answer."""
        limit = self._limit(count)
        try:
            answer = await self._session.request(
                "POST",
                self._url,
                headers=self._headers,
                content=[{"taskType": "getResponse", "taskUUID": task}],
                limit=limit,
                deadline=self._pace.transfer if limit > ANSWER_BYTES else None,
            )
        except (Broken, TooLarge) as fault:
            log.debug("Runware could not be asked: %s", fault)
            return None
        return await self._told(answer, task)

    def _limit(self, count: int) -> int:
        """Give the most bytes of an answer, which may hold the pictures themselves."""
        inline = self._options.output_type is not OutputType.URL
        return ANSWER_BYTES + count * _INLINE_BYTES if inline else ANSWER_BYTES

    async def _told(self, answer: Answer, task: str) -> Told:
        if len(answer.body) > ANSWER_BYTES:
            # So much at once would hold up the event loop.
            reply = await asyncio.to_thread(parse, Reply, answer.body)
        else:
            reply = parse(Reply, answer.body)
        known = reply or Reply()
        return Told(
            items=known.items(task),
            faults=known.faults(task),
            status=answer.status,
            retry_in=retry_after(answer, self._pace),
            is_readable=reply is not None,
        )
