"""Work that fal has accepted: its statuses by stream or by asking, its result, its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from bot.backends import fal_failures as failures
from bot.backends.answers import Parsed, parse
from bot.backends.base import Finished
from bot.backends.exchange import ANSWER_BYTES, Answer
from bot.backends.failures import Failure, Fate, Retry, Step
from bot.backends.fal_wire import Result, State, Status, Ticket
from bot.backends.http import Session
from bot.backends.http_errors import Broken, TooLarge
from bot.backends.pace import Pace
from bot.backends.vigil import Vigil

log = logging.getLogger(__name__)

INLINE_ANSWER_BYTES = 64_000_000
"""The largest answer with its pictures inside; eight of Ideogram's have half of that."""


class _Cancel(Parsed):
    status: str


class Work:
    """One accepted request in fal's queue."""

    def __init__(
        self, ticket: Ticket, session: Session, headers: Mapping[str, str], pace: Pace
    ) -> None:
        self._ticket = ticket
        self._session = session
        self._headers = headers
        self._pace = pace

    async def statuses(self, vigil: Vigil) -> AsyncGenerator[Status]:
        """Give every status that can be had, up to the one that says COMPLETED."""
        said: set[str] = set()
        async with aclosing(vigil.heed(self._streamed())) as stream:
            async for status in stream:
                self._log_news(status, said)
                yield status
                if status.status is State.COMPLETED:
                    return
        while True:
            status = await self._polled(vigil)
            if status is not None:
                self._log_news(status, said)
                yield status
                if status.status is State.COMPLETED:
                    return
            await vigil.pause()

    async def result(self, vigil: Vigil, *, told: str | None) -> Finished:
        """Read the result of completed work, as long as it takes.

        Args:
            vigil: The wait.
            told: The error type that its last status named.

        Raises:
            Rejected: The work failed.
            Unconfirmed: fal knows nothing of it, again and again.
        """
        inline = self._ticket.inline
        limit = INLINE_ANSWER_BYTES if inline else ANSWER_BYTES
        while True:
            answer = await self._ask("GET", self._ticket.response_url, limit=limit)
            if answer is not None:
                if answer.status == 200 and (finished := await _finished(answer)):
                    return finished
                _face(*failures.judge(Step.RESULT, answer, told=told), vigil)
            await vigil.pause()

    async def cancel(self) -> bool:
        """Ask fal to stop it; True only when it says that it did."""
        answer = await self._ask("PUT", self._ticket.cancel_url)
        if answer is None or answer.status not in (200, 202):
            return False
        told = parse(_Cancel, answer.body)
        if answer.status == 200 and told is not None and told.status == "OK":
            return True
        return await self._stops()

    async def _ask(self, method: str, url: str, *, limit: int = ANSWER_BYTES) -> Answer | None:
        """Ask about the work; None where there was no answer."""
        deadline = self._pace.answer if limit == ANSWER_BYTES else self._pace.transfer
        try:
            return await self._session.request(
                method, url, headers=self._headers, limit=limit, deadline=deadline
            )
        except (Broken, TooLarge) as fault:
            log.debug("fal could not be asked: %s", fault)
            return None

    async def _streamed(self) -> AsyncGenerator[Status]:
        """Follow the status stream as far as it goes, which may be nowhere."""
        events = self._session.events(
            f"{self._ticket.status_url}/stream?logs=1",
            headers=self._headers,
            idle=self._pace.stream_idle,
        )
        try:
            async with aclosing(events):
                async for event in events:
                    status = parse(Status, event)
                    if status is None:
                        return
                    yield status
        except (Broken, TooLarge) as fault:
            log.debug("fal's status stream ended: %s", fault)

    async def _polled(self, vigil: Vigil) -> Status | None:
        answer = await self._ask("GET", f"{self._ticket.status_url}?logs=1")
        if answer is None:
            return None
        status = parse(Status, answer.body) if answer.status in (200, 202) else None
        if status is not None:
            vigil.trust()
        else:
            _face(*failures.judge(Step.WAIT, answer), vigil)
        return status

    async def _stops(self) -> bool:
        """Say whether work that was asked to stop does so within a short while."""
        vigil = Vigil(self._pace, age=0)
        while vigil.waited < self._pace.cancel:
            answer = await self._ask("GET", self._ticket.status_url)
            status = parse(Status, answer.body) if answer is not None else None
            if status is not None and status.status is State.COMPLETED:
                return await self._was_stopped(status)
            await asyncio.sleep(self._pace.gap_shortest)
        return False

    async def _was_stopped(self, status: Status) -> bool:
        if status.error_type is not None:
            return status.error_type in failures.STOPPED
        answer = await self._ask("GET", self._ticket.response_url)
        return answer is not None and (
            failures.judge(Step.RESULT, answer)[0].sign in failures.STOPPED
        )

    def _log_news(self, status: Status, said: set[str]) -> None:
        """Log what the model wrote since last time; fal repeats the latest lines."""
        for line in status.logs or ():
            key = f"{line.timestamp} {line.message}"
            if key not in said:
                said.add(key)
                log.debug("fal %s: %s %s", self._ticket.request_id, line.level, line.text)


async def _finished(answer: Answer) -> Finished | None:
    # Reading megabytes of JSON would stop the loop.
    large = len(answer.body) > ANSWER_BYTES
    result = await asyncio.to_thread(_read, answer) if large else _read(answer)
    return result.finished if result is not None and result.finished.outputs else None


def _read(answer: Answer) -> Result | None:
    return parse(Result, answer.body)


def _face(row: Failure, detail: str, vigil: Vigil) -> None:
    """Bear an answer that is no good, unless it ends the wait.

    Raises:
        BackendError: It does, at once or because there were too many.
    """
    # What goes on is waited for up to the caller's deadline.
    error = row.error(detail, retry_in=0)
    if row.retry is not Retry.ASK:
        raise error
    if row.fate is Fate.UNKNOWN:
        vigil.doubt(error)
