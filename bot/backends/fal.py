"""fal.ai: a queue that names the work itself, tells of it by a stream, and can stop it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from bot.backends import answers
from bot.backends import fal_failures as failures
from bot.backends.answers import parse
from bot.backends.base import Call, Output, Progress, ProviderAccess, ProviderName
from bot.backends.bodies import Body, json_body
from bot.backends.compose import Document, document, pictures, with_pictures
from bot.backends.entry import Entry
from bot.backends.errors import BackendError, Reason, Rejected, Unavailable, Unconfirmed
from bot.backends.exchange import Answer, origin
from bot.backends.failures import Step
from bot.backends.fal_storage import INLINE_BYTES, FalStorage, refused
from bot.backends.fal_wire import Status, Ticket
from bot.backends.fal_work import Work
from bot.backends.http import Session
from bot.backends.http_errors import Broken, MaybeSent, NotSent, TooLarge
from bot.backends.options import FalOptions
from bot.backends.pace import Pace
from bot.backends.vigil import Vigil

_QUEUE = "https://queue.fal.run"
_REST = "https://rest.fal.ai"
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class Fal:
    """One of the endpoints on fal, for one job.

    Source: docs.fal.ai, "Queue", "Webhooks" and "Common parameters" (2026-11).
    """

    def __init__(self, entry: Entry, session: Session, access: ProviderAccess, pace: Pace) -> None:
        self._entry = entry
        self._session = session
        self._pace = pace
        self._queue = f"{access.url}/queue" if access.url else _QUEUE
        self._headers = {"Authorization": f"Key {access.key}"}
        rest = f"{access.url}/rest" if access.url else _REST
        self._storage = FalStorage(session, rest, self._headers, pace)
        given = access.options
        self._options = given if isinstance(given, FalOptions) else FalOptions()

    async def submit(self, call: Call) -> str:
        try:
            content = await self._content(call)
        except OSError as error:
            raise self._failed(Step.UPLOAD, failures.NO_SOURCE, type(error).__name__) from error
        answer = await self._buy(call, content)
        if not 200 <= answer.status < 300:
            raise refused(Step.SUBMIT, answer, self._pace)
        ticket = parse(Ticket, answer.body)
        if ticket is None or not self._is_ours(ticket):
            raise self._failed(Step.SUBMIT, failures.GARBLED, "no ticket of fal's queue")
        return self._written(ticket)

    async def find(self, key: str, *, count: int, hint: str | None = None) -> str | None:  # noqa: ARG002 - fal knows it by the hint
        if hint is None:
            raise Unconfirmed(Reason.UPSTREAM, f"fal cannot be asked for {key}")
        # It becomes a part of an address, and anyone may have sent it.
        if not _REQUEST_ID.fullmatch(hint):
            return None
        built = self._ticket(hint)
        answer = await self._ask(built.status_url)
        if answer.status == 404:
            return None
        if answer.status not in (200, 202) or parse(Status, answer.body) is None:
            raise self._not_asked(answer)
        given = parse(Ticket, answer.body)
        is_given = given is not None and given.request_id == hint and self._is_ours(given)
        return self._written(given if given is not None and is_given else built)

    def work_id(self, ticket: str) -> str | None:
        work = parse(Ticket, ticket)
        return None if work is None else work.request_id

    async def watch(
        self, ticket: str, *, age: float, nudge: asyncio.Event | None = None
    ) -> AsyncGenerator[Progress]:
        work, vigil = self._open(ticket), Vigil(self._pace, age=age, nudge=nudge)
        shown: Progress | None = None
        told: str | None = None
        async with aclosing(work.statuses(vigil)) as statuses:
            async for status in statuses:
                told, progress = status.error_type, status.progress
                if progress is not None and progress != shown:
                    shown = progress
                    yield progress
        yield await work.result(vigil, told=told)

    async def cancel(self, ticket: str) -> bool:
        try:
            return await self._open(ticket).cancel()
        except Unconfirmed:
            return False

    async def probe(self) -> None:
        answer = await self._ask(self._ticket(str(uuid4())).status_url)
        # fal may know no request of this id, or speak of it as of any other.
        told = answer.status in (200, 202) and parse(Status, answer.body) is not None
        if told or answer.status == 404:
            return
        row, detail = failures.judge(Step.WAIT, answer)
        if row.reason is Reason.ACCOUNT:
            raise Rejected(row.reason, detail)
        raise self._not_asked(answer)

    async def fetch(self, output: Output, to: Path) -> None:
        await answers.fetch(self._session, output, to, self._pace, provider=ProviderName.FAL)

    # Submitting

    async def _content(self, call: Call) -> Body | Document:
        source = call.source
        size = None if source is None else (source.width, source.height)
        known = document(self._entry, call.request, size)
        if self._options.inline:
            known["sync_mode"] = True
        brought = pictures(self._entry, call)
        if not brought:
            return known
        features = [feature for feature, _ in brought]
        files = [picture for _, picture in brought]
        if sum(picture.size for picture in files) > INLINE_BYTES:
            links = await self._storage.keep(files)
            return with_pictures(known, self._entry, zip(features, links, strict=True))
        return json_body(
            lambda uris: with_pictures(known, self._entry, zip(features, uris, strict=True)), files
        )

    async def _buy(self, call: Call, content: Body | Document) -> Answer:
        """Send the paid call, once."""
        history = {} if self._options.keep_history else {"X-Fal-Store-IO": "0"}
        report = f"?{urlencode({'fal_webhook': call.webhook})}" if call.webhook else ""
        try:
            return await self._session.paid(
                f"{self._queue}/{self._entry.model}{report}",
                headers=self._headers | history,
                content=content,
                deadline=self._pace.submit,
            )
        except NotSent as fault:
            raise self._failed(Step.SUBMIT, failures.NOT_SENT, str(fault)) from None
        except MaybeSent as fault:
            raise self._failed(Step.SUBMIT, failures.CUT, str(fault)) from None

    def _failed(self, step: Step, sign: str, detail: str) -> BackendError:
        return failures.row(step, sign).error(f"{sign}: {detail}", retry_in=self._pace.retry)

    # Asking

    async def _ask(self, url: str) -> Answer:
        try:
            return await self._session.request("GET", url, headers=self._headers)
        except (Broken, TooLarge) as fault:
            raise Unavailable(Reason.UPSTREAM, str(fault), retry_in=self._pace.retry) from None

    def _not_asked(self, answer: Answer) -> Unavailable:
        row, detail = failures.judge(Step.WAIT, answer)
        retry_in = answers.retry_after(answer, self._pace)
        return Unavailable(row.reason, detail, retry_in=retry_in)

    # Tickets

    def _ticket(self, request_id: str) -> Ticket:
        """Build what fal would have answered to the submit: only owner and app are in links."""
        app = "/".join(self._entry.model.split("/")[:2])
        url = f"{self._queue}/{app}/requests/{request_id}"
        return Ticket(
            request_id=request_id,
            status_url=f"{url}/status",
            response_url=url,
            cancel_url=f"{url}/cancel",
        )

    def _written(self, ticket: Ticket) -> str:
        return ticket.model_copy(update={"inline": self._options.inline}).model_dump_json()

    def _is_ours(self, ticket: Ticket) -> bool:
        """Say whether all links lead to the queue, the only host that is shown the key."""
        links = (ticket.status_url, ticket.response_url, ticket.cancel_url)
        try:
            return {origin(link) for link in links} == {origin(self._queue)}
        except ValueError:
            return False

    def _open(self, text: str) -> Work:
        ticket = parse(Ticket, text)
        if ticket is None or not self._is_ours(ticket):
            raise Unconfirmed(Reason.UPSTREAM, "the ticket is none of this queue")
        return Work(ticket, self._session, self._headers, self._pace)
