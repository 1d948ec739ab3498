"""Runware: takes our id for the work, bills it once, and is asked for it until it is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from uuid import uuid4

from pydantic import JsonValue

from bot.backends import answers, compose
from bot.backends import runware_failures as failures
from bot.backends.base import Call, Output, Progress, ProviderAccess, Running
from bot.backends.bodies import Body, json_body
from bot.backends.entry import Entry
from bot.backends.errors import BackendError, Reason, Rejected, Unavailable, Unconfirmed
from bot.backends.failures import Fate
from bot.backends.http import Session
from bot.backends.options import Delivery, RunwareOptions
from bot.backends.pace import Pace
from bot.backends.runware_line import Line, Told
from bot.backends.runware_task import task
from bot.backends.runware_wire import OnHand, Ticket
from bot.backends.vigil import Vigil

log = logging.getLogger(__name__)


class Runware:
    """One model on Runware, for one job.

    Sources: runware.ai/docs, "Task polling", "Errors"; that a repeated taskUUID is refused
    with `conflictTaskUUID` is from the sources of its SDK 0.5.24 (read 2026-11).
    """

    def __init__(self, entry: Entry, session: Session, access: ProviderAccess, pace: Pace) -> None:
        options = access.options
        self._entry = entry
        self._session = session
        self._pace = pace
        self._options = options if isinstance(options, RunwareOptions) else RunwareOptions()
        self._line = Line(session, access, self._options, pace)

    async def submit(self, call: Call) -> str:
        count = call.request.count
        told = await self._line.buy(self._content(call), call.key, count=count)
        if not told.items and told.refusal.fate is not Fate.OPEN:
            raise told.error(told.refusal)
        return Ticket.of(call.key, count, told.items)

    async def find(
        self,
        key: str,
        *,
        count: int,
        hint: str | None = None,  # noqa: ARG002 - our id is enough
    ) -> str | None:
        told = await self._line.ask(key, count=count)
        if told is None:
            raise self._unavailable(failures.SILENT.sign)
        if told.items or told.has_ended:
            return Ticket.of(key, count)
        if told.has_no_task:
            # Any doubt that is left costs nothing: a repeat under the same id is refused.
            return None
        raise self._unavailable(told.error(told.row).detail, told.row.reason)

    def work_id(self, ticket: str) -> str | None:
        work = answers.parse(Ticket, ticket)
        return None if work is None else work.task

    async def watch(
        self, ticket: str, *, age: float, nudge: asyncio.Event | None = None
    ) -> AsyncGenerator[Progress]:
        work = answers.parse(Ticket, ticket)
        if work is None:
            raise Unconfirmed(Reason.UPSTREAM, "the ticket is none of Runware's")
        on_hand, vigil = OnHand(work), Vigil(self._pace, age=age, nudge=nudge)
        if not on_hand.is_whole:
            yield Running(outputs=on_hand.outputs)
            if self._options.delivery is Delivery.ASYNC:
                await vigil.until(self._entry.usual_seconds * self._pace.first_look)
        known = on_hand.news
        while not (on_hand.is_whole or await self._ends(work, on_hand, vigil)):
            if on_hand.news > known:
                known = on_hand.news
                yield Running(outputs=on_hand.outputs)
            await vigil.pause()
        yield on_hand.finished

    async def probe(self) -> None:
        # Nobody has a task of this id: a good key is told so, a bad one is refused.
        told = await self._line.ask(str(uuid4()), count=0)
        if told is None:
            raise self._unavailable(failures.SILENT.sign)
        if told.has_no_task:
            return
        detail = told.error(told.row).detail
        if told.row.reason is Reason.ACCOUNT:
            raise Rejected(Reason.ACCOUNT, detail)
        raise self._unavailable(detail, told.row.reason)

    async def cancel(self, ticket: str) -> bool:  # noqa: ARG002 - Runware cannot stop a task
        return False

    async def fetch(self, output: Output, to: Path) -> None:
        await answers.fetch(self._session, output, to, self._pace, provider=self._entry.provider)

    def _content(self, call: Call) -> Body | JsonValue:
        """Give the array of the one task, with its pictures in it as data URIs."""
        known = task(self._entry, call, self._options)
        brought = compose.pictures(self._entry, call)
        if not brought:
            return [known]
        features = [feature for feature, _ in brought]

        def whole(uris: Sequence[str]) -> JsonValue:
            return [compose.with_pictures(known, self._entry, zip(features, uris, strict=True))]

        try:
            return json_body(whole, [picture for _, picture in brought])
        except OSError as error:
            raise failures.UNREADABLE.error(type(error).__name__, retry_in=0) from error

    async def _ends(self, work: Ticket, on_hand: OnHand, vigil: Vigil) -> bool:
        """Ask once for a task; True when nothing more will come of it than is on hand.

        Raises:
            Rejected: It failed, and nothing is on hand.
            Unconfirmed: Runware knows nothing of it, again and again.
        """
        told = await self._line.ask(work.task, count=work.count)
        if told is None:
            return False
        on_hand.add(told.items)
        if on_hand.is_whole:
            return True
        if any(item.is_pending for item in told.items):
            vigil.trust()
            return False
        error = told.error(told.row)
        if not (told.has_ended or _is_hopeless(told, error, vigil)):
            return False
        if not on_hand.outputs:
            raise error
        log.info("Runware made only a part: %s", error.detail)
        return True

    def _unavailable(self, detail: str, reason: Reason = Reason.UPSTREAM) -> Unavailable:
        return Unavailable(reason, f"Runware: {detail}", retry_in=self._pace.retry)


def _is_hopeless(told: Told, error: BackendError, vigil: Vigil) -> bool:
    """Say whether it is no longer worth while to ask for what is missing."""
    if told.row.fate is Fate.OPEN:
        return False
    try:
        vigil.doubt(error)
    except BackendError:
        return True
    return False
