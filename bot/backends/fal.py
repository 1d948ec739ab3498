"""fal.ai: a queue that names the work itself, tells of it by a stream, and can stop it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from bot.backends import answers
from bot.backends.answers import Parsed, parse
from bot.backends.base import (
    Call,
    Finished,
    Output,
    Progress,
    ProviderAccess,
    Reason,
    Rejected,
    Source,
    Unavailable,
    Unconfirmed,
)
from bot.backends.bodies import Body, file_body, file_name, json_body
from bot.backends.compose import Document, document
from bot.backends.entry import Entry, Feature
from bot.backends.fal_wire import (
    Error,
    Result,
    State,
    Status,
    Ticket,
    rejection,
)
from bot.backends.http import Answer, Session, origin
from bot.backends.http_errors import Broken, Forbidden, TooLarge
from bot.backends.pace import Pace
from bot.backends.vigil import Vigil

log = logging.getLogger(__name__)

_QUEUE = "https://queue.fal.run"
_REST = "https://rest.fal.ai"
# fal names no limit for data URIs; above this the picture goes to its storage first.
_INLINE_BYTES = 4_000_000
_STORED_SECONDS = 86_400


class _Upload(Parsed):
    upload_url: str
    file_url: str


class _Cancel(Parsed):
    status: str


class Fal:
    """One of the endpoints on fal, for one job.

    Source: docs.fal.ai, "Queue" and "Cancel" (2026-11).
    """

    def __init__(self, entry: Entry, session: Session, access: ProviderAccess, pace: Pace) -> None:
        self._entry = entry
        self._session = session
        self._pace = pace
        self._queue = f"{access.url}/queue" if access.url else _QUEUE
        self._rest = f"{access.url}/rest" if access.url else _REST
        self._headers = {"Authorization": f"Key {access.key}"}

    async def submit(self, call: Call) -> str:
        try:
            content = await self._content(call)
        except OSError as error:
            raise answers.unreadable(error) from error
        answer = await answers.buy(
            self._session,
            f"{self._queue}/{self._entry.model}",
            headers=self._headers,
            content=content,
            pace=self._pace,
        )
        if not 200 <= answer.status < 300:
            self._raise_refused(answer)
        ticket = parse(Ticket, answer.body)
        if ticket is None or not self._is_ours(ticket):
            raise Unconfirmed(Reason.UPSTREAM, "fal's answer to the submit could not be read")
        return ticket.model_dump_json()

    async def find(
        self,
        key: str,
        *,
        count: int,  # noqa: ARG002 - in vain
        hint: str | None = None,  # noqa: ARG002 - in vain
    ) -> str | None:
        raise Unconfirmed(Reason.UPSTREAM, f"fal cannot be asked for {key}")

    async def probe(self) -> None:
        raise Unavailable(Reason.UPSTREAM, "fal was not asked", retry_in=self._pace.retry)

    async def watch(self, ticket: str, *, age: float) -> AsyncGenerator[Progress]:
        work, vigil = self._open(ticket), Vigil(self._pace, age=age)
        shown: Progress | None = None
        async with aclosing(self._statuses(work, vigil)) as statuses:
            async for status in statuses:
                progress = status.progress
                if progress is not None and progress != shown:
                    shown = progress
                    yield progress
        yield await self._result(work, vigil)

    async def cancel(self, ticket: str) -> bool:
        try:
            work = self._open(ticket)
        except Unconfirmed:
            return False
        answer = await self._read("PUT", work.cancel_url)
        if answer is None or answer.status not in (200, 202):
            return False
        told = parse(_Cancel, answer.body)
        if answer.status == 200 and told is not None and told.status == "OK":
            return True
        return await self._stops(work)

    async def fetch(self, output: Output, to: Path) -> None:
        await answers.fetch(self._session, output, to, self._pace)

    # Submitting

    async def _content(self, call: Call) -> Body | Document:
        source = call.source
        size = None if source is None else (source.width, source.height)
        known = document(self._entry, call.request, size)
        if source is None:
            return known
        name = self._entry.inputs[Feature.SOURCE].name
        if source.size <= _INLINE_BYTES:
            return json_body(lambda uri: {**known, name: uri}, source)
        return {**known, name: await self._store(source)}

    async def _store(self, source: Source) -> str:
        """Put the picture into fal's storage, for a day; gives its public link."""
        try:
            answer = await self._session.request(
                "POST",
                f"{self._rest}/storage/upload/initiate?storage_type=fal-cdn-v3",
                headers=self._headers
                | {
                    "X-Fal-Object-Lifecycle-Preference": json.dumps(
                        {"expiration_duration_seconds": _STORED_SECONDS}
                    )
                },
                content={"content_type": source.media_type, "file_name": file_name(source)},
            )
            if answer.status in (401, 403):
                self._raise_refused(answer)
            upload = parse(_Upload, answer.body) if answer.status < 300 else None
            if upload is None:
                raise Broken(f"fal's storage answered {answer.status}")
            status = await self._session.upload(
                upload.upload_url, file_body(source), deadline=self._pace.transfer
            )
            if not 200 <= status < 300:
                raise Broken(f"fal's storage answered the upload with {status}")
        except (Broken, TooLarge, Forbidden) as fault:
            # Nothing was bought yet.
            raise Unavailable(Reason.UPSTREAM, str(fault), retry_in=self._pace.retry) from None
        return upload.file_url

    def _raise_refused(self, answer: Answer) -> None:
        error = parse(Error, answer.body) or Error()
        if error.types and 400 <= answer.status < 429:
            raise self._rejection(error, answer)
        detail = f"fal answered the submit with {answer.status} {error.text}"
        raise answers.refusal(answer, detail, self._pace)

    def _rejection(self, error: Error, answer: Answer) -> Rejected:
        units = answer.headers.get("x-fal-billable-units")
        return rejection(error, answer.status, units=units)

    # Waiting

    def _is_ours(self, ticket: Ticket) -> bool:
        """Say whether all links lead to the queue, the only host that is shown the key."""
        links = (ticket.status_url, ticket.response_url, ticket.cancel_url)
        try:
            return {origin(link) for link in links} == {origin(self._queue)}
        except ValueError:
            return False

    def _open(self, text: str) -> Ticket:
        ticket = parse(Ticket, text)
        if ticket is None or not self._is_ours(ticket):
            raise Unconfirmed(Reason.UPSTREAM, "the ticket is none of this queue")
        return ticket

    async def _read(self, method: str, url: str) -> Answer | None:
        """Ask about the work; None where there was no answer."""
        try:
            return await self._session.request(method, url, headers=self._headers)
        except (Broken, TooLarge) as fault:
            log.debug("fal could not be asked: %s", fault)
            return None

    async def _statuses(self, work: Ticket, vigil: Vigil) -> AsyncGenerator[Status]:
        """Give every status that can be had, up to the one that says COMPLETED."""
        said: set[str] = set()
        async with aclosing(self._streamed(work)) as stream:
            async for status in stream:
                _log_news(work, status, said)
                yield status
                if status.status is State.COMPLETED:
                    return
        while True:
            status = await self._polled(work, vigil)
            if status is not None:
                _log_news(work, status, said)
                yield status
                if status.status is State.COMPLETED:
                    return
            await vigil.pause()

    async def _streamed(self, work: Ticket) -> AsyncGenerator[Status]:
        """Follow the status stream as far as it goes, which may be nowhere."""
        events = self._session.events(
            f"{work.status_url}/stream?logs=1",
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

    async def _polled(self, work: Ticket, vigil: Vigil) -> Status | None:
        answer = await self._read("GET", f"{work.status_url}?logs=1")
        if answer is None or answer.status == 429 or answer.status >= 500:
            return None
        status = parse(Status, answer.body) if answer.status in (200, 202) else None
        if status is not None:
            vigil.trust()
        else:
            vigil.doubt(_lost(answer, "status"))
        return status

    async def _result(self, work: Ticket, vigil: Vigil) -> Finished:
        while True:
            answer = await self._read("GET", work.response_url)
            if answer is not None and answer.status != 429:
                finished = self._finished(answer, vigil)
                if finished is not None:
                    return finished
            await vigil.pause()

    def _finished(self, answer: Answer, vigil: Vigil) -> Finished | None:
        """Take the result; None if it is not to be had just now.

        Raises:
            Rejected: The work failed.
            Unconfirmed: fal knows nothing of it, again and again.
        """
        if answer.status == 200:
            result = parse(Result, answer.body)
            if result is not None and result.finished.outputs:
                return result.finished
        error = parse(Error, answer.body) or Error()
        if answer.status >= 400 and error.types:
            raise self._rejection(error, answer)
        if answer.status in (422, 499):
            raise self._rejection(error, answer)
        if answer.status >= 500:
            # From the model or from a gateway before it: the same each time, or gone soon.
            vigil.doubt(Rejected(Reason.UPSTREAM, f"fal answered {answer.status}"))
        else:
            vigil.doubt(_lost(answer, "result"))
        return None

    # Cancelling

    async def _stops(self, work: Ticket) -> bool:
        """Say whether work that was asked to stop does so within a short while."""
        vigil = Vigil(self._pace, age=0)
        while vigil.waited < self._pace.cancel:
            answer = await self._read("GET", work.status_url)
            status = parse(Status, answer.body) if answer is not None else None
            if status is not None and status.status is State.COMPLETED:
                return await self._was_stopped(work, status)
            await asyncio.sleep(self._pace.gap_shortest)
        return False

    async def _was_stopped(self, work: Ticket, status: Status) -> bool:
        if status.error_type is not None:
            return status.error_type == "client_cancelled"
        answer = await self._read("GET", work.response_url)
        return answer is not None and answer.status == 499


def _lost(answer: Answer, what: str) -> Unconfirmed:
    reason = Reason.ACCOUNT if answer.status in (401, 403) else Reason.UPSTREAM
    return Unconfirmed(reason, f"fal answered {answer.status} when asked for the {what}")


def _log_news(work: Ticket, status: Status, said: set[str]) -> None:
    """Log what the model wrote since last time; fal repeats the latest lines."""
    for line in status.logs or ():
        key = f"{line.timestamp} {line.message}"
        if key not in said:
            said.add(key)
            log.debug("fal %s: %s %s", work.request_id, line.level, line.text)
