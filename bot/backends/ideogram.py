"""Ideogram's own API: one call, answered when the pictures are made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from bot.backends import answers
from bot.backends import ideogram_failures as failures
from bot.backends.answers import parse
from bot.backends.base import Call, Finished, Output, Progress, ProviderAccess
from bot.backends.bodies import Body, form_body
from bot.backends.entry import Entry
from bot.backends.errors import BackendError, Reason, Rejected, Unavailable, Unconfirmed
from bot.backends.exchange import Answer
from bot.backends.http import Session
from bot.backends.http_errors import Broken, MaybeSent, NotSent, TooLarge
from bot.backends.ideogram_wire import Error, Made, Models, fields, path
from bot.backends.pace import Pace

_BASE = "https://api.ideogram.ai"
# Lists the operator's own models, of which there are few or none; documented, and free.
_FREE = "/models?scope=owned"


class Ideogram:
    """One model at Ideogram, for one job.

    A paid call takes as long as the work; the ticket is its answer, so there is nothing to
    wait for, to find again, or to cancel.

    Source: Ideogram's OpenAPI, "Remix (legacy)", "Remix with Ideogram 3.0" and "List models"
    (2026-06-17).
    """

    def __init__(self, entry: Entry, session: Session, access: ProviderAccess, pace: Pace) -> None:
        self._entry = entry
        self._session = session
        self._pace = pace
        self._base = access.url or _BASE
        self._headers = {"Api-Key": access.key}

    async def submit(self, call: Call) -> str:
        answer = await self._buy(self._content(call))
        made = parse(Made, answer.body) if 200 <= answer.status < 300 else None
        if made is None or not made.pictures:
            raise self._refused(answer)
        return Made(created=made.created, data=made.pictures).model_dump_json()

    async def find(
        self,
        key: str,
        *,
        count: int,  # noqa: ARG002 - in vain
        hint: str | None = None,  # noqa: ARG002 - in vain
    ) -> str | None:
        raise Unconfirmed(Reason.UPSTREAM, f"Ideogram cannot be asked for {key}")

    def work_id(self, ticket: str) -> str | None:  # noqa: ARG002 - its legacy API gives none
        return None

    async def watch(
        self,
        ticket: str,
        *,
        age: float,  # noqa: ARG002 - there is nothing to wait for
        nudge: asyncio.Event | None = None,  # noqa: ARG002 - likewise
    ) -> AsyncGenerator[Progress]:
        made = parse(Made, ticket)
        if made is None:
            raise Unconfirmed(Reason.UPSTREAM, "the ticket is none of Ideogram's")
        yield Finished(outputs=tuple(picture.output for picture in made.pictures), cost=None)

    async def probe(self) -> None:
        try:
            answer = await self._session.request(
                "GET", f"{self._base}{_FREE}", headers=self._headers
            )
        except (Broken, TooLarge) as fault:
            raise Unavailable(Reason.UPSTREAM, str(fault), retry_in=self._pace.retry) from None
        if answer.status == 200 and parse(Models, answer.body) is not None:
            return
        refused = self._refused(answer)
        if isinstance(refused, Rejected) and refused.reason is Reason.ACCOUNT:
            raise refused
        raise Unavailable(refused.reason, refused.detail, retry_in=self._pace.retry)

    async def cancel(self, ticket: str) -> bool:  # noqa: ARG002 - the work is done already
        return False

    async def fetch(self, output: Output, to: Path) -> None:
        await answers.fetch(self._session, output, to, self._pace, provider=self._entry.provider)

    def _content(self, call: Call) -> Body:
        try:
            return form_body(fields(self._entry, call))
        except OSError as error:
            raise failures.UNREADABLE.error(type(error).__name__, retry_in=0) from error

    async def _buy(self, content: Body) -> Answer:
        pace = self._pace
        try:
            return await self._session.paid(
                f"{self._base}{path(self._entry)}",
                headers=self._headers,
                content=content,
                deadline=pace.synchronous,
                read=pace.synchronous_read,
            )
        except NotSent as fault:
            raise failures.NOT_SENT.error(str(fault), retry_in=pace.retry) from None
        except MaybeSent as fault:
            raise failures.CUT.error(str(fault), retry_in=pace.retry) from None

    def _refused(self, answer: Answer) -> BackendError:
        """Say what an answer without pictures means."""
        error = parse(Error, answer.body) or Error()
        row = failures.refusal(error.sign, answer.status)
        detail = f"Ideogram answered {answer.status}{error.text}"
        return row.error(detail, retry_in=answers.retry_after(answer, self._pace))
