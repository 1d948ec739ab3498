"""Runware: takes our id for the work, bills it once, and is asked for it until it is done."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from pathlib import Path

from bot.backends import answers
from bot.backends.answers import parse
from bot.backends.base import (
    Call,
    Finished,
    Output,
    Progress,
    ProviderAccess,
    Reason,
    Rejected,
    Running,
    Unavailable,
    Unconfirmed,
)
from bot.backends.bodies import json_body
from bot.backends.entry import Entry
from bot.backends.http import Answer, Session
from bot.backends.http_errors import Broken, TooLarge
from bot.backends.pace import Pace
from bot.backends.runware_wire import Fault, Item, Kind, Reply, Ticket, document, finished
from bot.backends.vigil import Vigil

log = logging.getLogger(__name__)

_BASE = "https://api.runware.ai"
# What refuses a task for good when it is sent.
_REFUSALS = (Kind.ACCOUNT, Kind.POLICY, Kind.BAD_IMAGE, Kind.BAD_REQUEST, Kind.UNKNOWN_TASK)
# What ends a task that was accepted.
_FAILURES = (Kind.POLICY, Kind.TIMEOUT, Kind.UPSTREAM, Kind.BAD_IMAGE)


class Runware:
    """One model on Runware, for one job.

    Sources: runware.ai/docs, "Task polling", "Errors"; that a repeated taskUUID is refused
    with `conflictTaskUUID` is from the sources of its SDK 0.5.24 (read 2026-11).
    """

    def __init__(self, entry: Entry, session: Session, access: ProviderAccess, pace: Pace) -> None:
        self._entry = entry
        self._session = session
        self._pace = pace
        self._url = f"{access.url or _BASE}/v1"
        self._headers = {"Authorization": f"Bearer {access.key}"}

    async def submit(self, call: Call) -> str:
        known = document(self._entry, call)
        if call.source is None:
            raise ValueError("no source")
        try:
            body = json_body(
                lambda uri: [{**known, "inputs": {"referenceImages": [uri]}}], call.source
            )
        except OSError as error:
            raise answers.unreadable(error) from error
        answer = await answers.buy(
            self._session, self._url, headers=self._headers, content=body, pace=self._pace
        )
        self._raise_unless_accepted(answer, call.key)
        return _ticket(call.key, call.request.count)

    async def find(
        self,
        key: str,
        *,
        count: int,
        hint: str | None = None,  # noqa: ARG002 - our id is enough
    ) -> str | None:
        answer = await self._ask(key)
        reply = None if answer is None else parse(Reply, answer.body)
        if answer is not None and answer.status < 500 and reply is not None:
            faults = reply.faults(key)
            if reply.items(key) or any(map(_is_failure, faults)):
                return _ticket(key, count)
            # Any doubt that is left costs nothing: a repeat under the same id is refused.
            if all(fault.kind in (Kind.UNKNOWN_TASK, Kind.BAD_REQUEST) for fault in faults):
                return None
        detail = "Runware could not be asked for a call"
        raise Unavailable(Reason.UPSTREAM, detail, retry_in=self._pace.retry)

    async def watch(self, ticket: str, *, age: float) -> AsyncGenerator[Progress]:
        work = parse(Ticket, ticket)
        if work is None:
            raise Unconfirmed(Reason.UPSTREAM, "the ticket is none of Runware's")
        vigil = Vigil(self._pace, age=age)
        yield Running()
        await vigil.until(self._entry.usual_seconds * self._pace.first_look)
        while (found := await self._look(work, vigil)) is None:
            await vigil.pause()
        yield found

    async def probe(self) -> None:
        raise Unavailable(Reason.UPSTREAM, "Runware was not asked", retry_in=self._pace.retry)

    async def cancel(self, ticket: str) -> bool:  # noqa: ARG002 - Runware cannot stop a task
        return False

    async def fetch(self, output: Output, to: Path) -> None:
        await answers.fetch(self._session, output, to, self._pace)

    def _raise_unless_accepted(self, answer: Answer, task: str) -> None:
        reply = parse(Reply, answer.body) or Reply()
        faults = reply.faults(task)
        if reply.items(task) or any(fault.kind is Kind.CONFLICT for fault in faults):
            return
        detail = "; ".join(fault.text for fault in faults) or "Runware's answer"
        detail = f"{detail} with status {answer.status}"
        # A server that broke may have begun the task; `find` will tell.
        if answer.status < 500:
            for fault in faults:
                if fault.kind is Kind.BUSY:
                    seconds = answers.retry_after(answer, self._pace)
                    raise Unavailable(Reason.BUSY, detail, retry_in=seconds)
                if fault.kind in _REFUSALS:
                    raise Rejected(fault.reason, detail)
        raise answers.refusal(answer, detail, self._pace)

    async def _ask(self, task: str) -> Answer | None:
        """Ask for a task; None where there was no answer."""
        try:
            return await self._session.request(
                "POST",
                self._url,
                headers=self._headers,
                content=[{"taskType": "getResponse", "taskUUID": task}],
            )
        except (Broken, TooLarge) as fault:
            log.debug("Runware could not be asked: %s", fault)
            return None

    async def _look(self, work: Ticket, vigil: Vigil) -> Finished | None:
        """Ask once for a task; None while it has no end.

        Raises:
            Rejected: It failed.
            Unconfirmed: Runware knows nothing of it, again and again.
        """
        answer = await self._ask(work.task)
        reply = None if answer is None else parse(Reply, answer.body)
        if answer is None or answer.status == 429 or (reply is None and answer.status >= 500):
            return None
        reply = reply or Reply()
        items, faults = reply.items(work.task), reply.faults(work.task)
        done = [item for item in items if item.url is not None]
        if len(done) >= work.count:
            return finished(done)
        if any(item.is_pending for item in items):
            vigil.trust()
            return None
        failed = next((fault for fault in faults if _is_failure(fault)), None)
        if failed is not None and (answer.status < 500 or failed.ends_task):
            if done:
                return finished(done)
            raise Rejected(failed.reason, failed.text)
        return _doubt(vigil, answer, faults, done)


def _ticket(key: str, count: int) -> str:
    return Ticket(task=key, count=count).model_dump_json()


def _is_failure(fault: Fault) -> bool:
    """Say whether a task came to an end by this, rather than the question for it."""
    return fault.ends_task or fault.kind in _FAILURES


def _doubt(vigil: Vigil, answer: Answer, faults: list[Fault], done: list[Item]) -> Finished | None:
    """Wait on, unless there is no more hope for what is missing."""
    if answer.status >= 500 or any(fault.kind is Kind.BUSY for fault in faults):
        return None
    account = answer.status in (401, 402, 403) or any(f.kind is Kind.ACCOUNT for f in faults)
    reason = Reason.ACCOUNT if account else Reason.UPSTREAM
    said = "; ".join(fault.text for fault in faults) or "Runware said nothing"
    try:
        vigil.doubt(Unconfirmed(reason, f"{said} of the task, with status {answer.status}"))
    except Unconfirmed:
        if done:
            return finished(done)
        raise
    return None
