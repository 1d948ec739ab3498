"""fal's queue and its synchronous endpoint, under `/queue` and `/run` of one port.

fal's documents on the queue, webhooks, errors and common parameters, fal_client 1.0.3 and
fal-js (2026-08-02). What none of them says is marked INFERRED.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterable

from aiohttp import ClientConnectionResetError, web
from aiohttp.typedefs import Handler

from sandbox.clock import SandboxClock
from sandbox.providers.fal.access import check_account, check_key, read_wishes
from sandbox.providers.fal.endpoints import ENDPOINTS
from sandbox.providers.fal.errors import Failure, WorkError
from sandbox.providers.fal.model import triggers_in
from sandbox.providers.fal.queue import FalQueue
from sandbox.providers.fal.storage import Storage
from sandbox.providers.fal.work import State, Work
from sandbox.providers.pictures import Pictures
from sandbox.providers.server import BadBody, answer

_LOGS = {"1": True, "true": True, "0": False, "false": False}


class Fal(FalQueue):
    """The stand-in of fal.

    Attributes:
        validates_at_submit: Refuse a wrong input at once, not when it runs.
        newer_links: Give out response addresses that end in `/response`.
        stops_running: Whether a cancellation also ends work that runs.
        accepted_status: The HTTP status of an accepted submit, 200 or 202.
        ping_every: Seconds between comments on a silent status stream.
    """

    def __init__(
        self,
        *,
        key: str = "sandbox-key-id:sandbox-key-secret",
        clock: SandboxClock | None = None,
        pictures: Pictures | None = None,
        concurrency: int = 40,
    ) -> None:
        super().__init__(key=key, clock=clock, pictures=pictures, concurrency=concurrency)
        self.validates_at_submit = False
        self.newer_links = False
        self.stops_running = False
        self.accepted_status = 200
        self.ping_every = 5.0

    def routes(self) -> Iterable[web.RouteDef]:
        one, guarded = "/queue/{owner}/{app}/requests/{id}", self._guarded
        return (
            web.post("/queue/{endpoint:.+}", guarded(self._submit)),
            web.post("/run/{endpoint:.+}", guarded(self._run)),
            web.get(f"{one}/status", guarded(self._status)),
            web.get(f"{one}/status/stream", guarded(self._stream)),
            web.get(one, guarded(self._result)),
            web.get(f"{one}/response", guarded(self._result)),
            web.put(f"{one}/cancel", guarded(self._cancel)),
            *Storage(self).routes(guarded),
        )

    def stamp(self, response: web.StreamResponse) -> None:
        if not response.prepared:
            response.headers.setdefault("x-fal-request-id", str(uuid.uuid4()))

    def _guarded(self, handler: Handler) -> Handler:
        async def guard(request: web.Request) -> web.StreamResponse:
            try:
                check_key(request, self.key)
                return await handler(request)
            except WorkError as error:
                return _failed(error.failure)

        return guard

    async def _submit(self, request: web.Request) -> web.Response:
        work = await self._accept(request)
        self.enqueue(work)
        body = {
            "status": "IN_QUEUE",
            "request_id": work.id,
            **self._links(work),
            "queue_position": work.position,
        }
        return answer(body, status=self.accepted_status, headers=_named(work))

    async def _run(self, request: web.Request) -> web.Response:
        work = await self._accept(request)
        self.run_now(work)
        await work.done.wait()
        return _outcome(work)

    async def _accept(self, request: web.Request) -> Work:
        endpoint = request.match_info["endpoint"]
        if endpoint not in ENDPOINTS:
            raise WorkError.of_account(404, f"Path /{endpoint} not found")
        try:
            payload = await self.read_object(request)
        except BadBody as error:
            raise WorkError.of_request(400, "bad_request", str(error)) from error
        triggers = triggers_in(payload)
        check_account(triggers)
        if self.is_busy(str(payload.get("prompt")), triggers):
            raise WorkError.of_account(429, "Too many requests")
        if self.validates_at_submit:
            self.parse(endpoint, payload)
        owner, app, *_ = endpoint.split("/")
        return Work(
            id=str(uuid.uuid4()),
            endpoint=endpoint,
            payload=payload,
            triggers=triggers,
            wishes=read_wishes(request),
            base=f"{self.url}/queue/{owner}/{app}",
            now=self.clock.now,
        )

    def _links(self, work: Work) -> dict[str, str]:
        links = work.links
        if self.newer_links:
            links["response_url"] += "/response"
        return links

    def _find(self, request: web.Request) -> Work:
        work = self.works.get(request.match_info["id"])
        path = f"/queue/{request.match_info['owner']}/{request.match_info['app']}"
        if work is None or not work.base.endswith(path):
            # INFERRED: the body of this answer is not documented.
            raise WorkError.of_account(404, "Request not found")
        return work

    async def _status(self, request: web.Request) -> web.Response:
        work = self._find(request)
        body = work.status(with_logs=_wants_logs(request)) | self._links(work)
        status = 200 if work.state is State.COMPLETED else 202
        return answer(body, status=status, headers=_named(work))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        work, logs = self._find(request), _wants_logs(request)
        headers = {"Content-Type": "text/event-stream"} | _named(work)
        response = web.StreamResponse(headers=headers)
        try:
            await response.prepare(request)
            await self._tell(work, response, with_logs=logs)
        except ClientConnectionResetError:
            pass
        return response

    async def _tell(self, work: Work, to: web.StreamResponse, *, with_logs: bool) -> None:
        while True:
            changed = work.changed
            body = work.status(with_logs=with_logs) | self._links(work)
            await to.write(f"data: {json.dumps(body)}\n\n".encode())
            if work.state is State.COMPLETED:
                return
            while not changed.is_set():
                try:
                    async with asyncio.timeout(self.ping_every):
                        await changed.wait()
                except TimeoutError:
                    await to.write(b": ping\n\n")

    async def _result(self, request: web.Request) -> web.Response:
        work = self._find(request)
        if work.state is State.COMPLETED:
            return _outcome(work)
        # INFERRED: only the status is documented.
        return answer({"detail": "Request is still in progress"}, status=400, headers=_named(work))

    async def _cancel(self, request: web.Request) -> web.Response:
        try:
            work = self._find(request)
        except WorkError:
            return answer({"status": "NOT_FOUND"}, status=404)
        match work.state:
            case State.COMPLETED:
                return answer({"status": "ALREADY_COMPLETED"}, status=400, headers=_named(work))
            case State.IN_QUEUE:
                self.stop(work)
                return answer({"status": "OK"}, headers=_named(work))
            case State.IN_PROGRESS:
                if self.stops_running:
                    self.stop(work)
                body = {"status": "CANCELLATION_REQUESTED"}
                return answer(body, status=202, headers=_named(work))


def _named(work: Work) -> dict[str, str]:
    return {"x-fal-request-id": work.id}


def _wants_logs(request: web.Request) -> bool:
    wanted = _LOGS.get(request.query.get("logs", "0"))
    if wanted is None:
        raise WorkError.of_account(422, "logs is not a boolean")
    return wanted


def _outcome(work: Work) -> web.Response:
    headers = _named(work) | {"x-fal-billable-units": str(work.billed)}
    if work.failure is None:
        return answer(work.output, headers=headers)
    failure = work.failure
    return answer(failure.body, status=failure.status, headers=failure.headers | headers)


def _failed(failure: Failure) -> web.Response:
    headers = {"x-fal-billable-units": "0", **failure.headers}
    return answer(failure.body, status=failure.status, headers=headers)
