"""fal's queue and its synchronous endpoint, under `/queue` and `/run` of one port.

The same stands under fal's own host names, for clients whose addresses are fixed. fal's
documents on the queue, errors and common parameters. What none of them says is marked INFERRED.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import ClassVar

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.clock import SandboxClock
from sandbox.providers.fal.access import check_key, check_triggers, read_wishes
from sandbox.providers.fal.addresses import HOSTS, Addresses
from sandbox.providers.fal.endpoints import ENDPOINTS
from sandbox.providers.fal.errors import Failure, WorkError
from sandbox.providers.fal.model import triggers_in
from sandbox.providers.fal.requests import FalRequests, named, outcome
from sandbox.providers.fal.storage import Storage
from sandbox.providers.fal.work import Work
from sandbox.providers.pictures import Pictures
from sandbox.providers.server import BadBody, answer
from sandbox.providers.steps import Step, Where

_REQUEST = r"/requests/[^/]+"


class Fal(FalRequests):
    """The stand-in of fal.

    Attributes:
        validates_at_submit: Refuse a wrong input at once, not when it runs.
        accepted_status: The HTTP status of an accepted submit, 200 or 202.
    """

    steps: ClassVar[Mapping[Step, Where]] = {
        Step.UPLOAD: Where(path=r"/storage/|^(/files)?/(files/)?upload"),
        Step.SUBMIT: Where(method="POST", path="^(/queue)?/fal-ai/"),
        Step.STATUS: Where(method="GET", path=f"{_REQUEST}/status$"),
        Step.STREAM: Where(method="GET", path=f"{_REQUEST}/status/stream$"),
        Step.RESULT: Where(method="GET", path=f"{_REQUEST}(/response)?$"),
        Step.CANCEL: Where(method="PUT", path=f"{_REQUEST}/cancel$"),
        Step.DOWNLOAD: Where(method="GET", path="^(/files)?/files/"),
    }

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
        self.accepted_status = 200
        self._storage = Storage(self)

    def routes(self) -> Iterable[web.RouteDef]:
        return [route for name in set(HOSTS.values()) for route in self._service(name, f"/{name}")]

    def domains(self) -> Mapping[str, Iterable[web.RouteDef]]:
        return {host: self._service(name, "") for host, name in HOSTS.items()}

    def _service(self, name: str, prefix: str) -> Iterable[web.RouteDef]:
        """Name the routes of one of fal's hosts."""
        guarded = self._guarded
        one = f"{prefix}/{{owner}}/{{app}}/requests/{{id}}"
        match name:
            case "queue":
                return (
                    web.post(f"{prefix}/{{endpoint:.+}}", guarded(self._submit)),
                    web.get(f"{one}/status", guarded(self.tell_status)),
                    web.get(f"{one}/status/stream", guarded(self.tell_changes)),
                    web.get(one, guarded(self.tell_result)),
                    web.get(f"{one}/response", guarded(self.tell_result)),
                    web.put(f"{one}/cancel", guarded(self.cancel)),
                )
            case "run":
                return (web.post(f"{prefix}/{{endpoint:.+}}", guarded(self._run)),)
            case "rest":
                keys = web.get(f"{prefix}/.well-known/jwks.json", self._keys)
                return (keys, *self._storage.rest(prefix, guarded))
            case _:
                return self._storage.files(prefix)

    def stamp(self, response: web.StreamResponse) -> None:
        if not response.prepared:
            response.headers.setdefault("x-fal-request-id", str(uuid.uuid4()))

    def _guarded(self, handler: Handler) -> Handler:
        async def guard(request: web.Request) -> web.StreamResponse:
            try:
                check_key(request, self.key, self.account)
                return await handler(request)
            except WorkError as error:
                return _failed(error.failure)

        return guard

    async def _keys(self, _: web.Request) -> web.Response:
        return answer(self.webhooks.keys.jwks(), headers={"Cache-Control": "max-age=86400"})

    async def _submit(self, request: web.Request) -> web.Response:
        work = await self._accept(request)
        self.enqueue(work)
        body = {
            "status": "IN_QUEUE",
            "request_id": work.id,
            **self.links(work),
            "queue_position": work.position,
        }
        return answer(body, status=self.accepted_status, headers=named(work))

    async def _run(self, request: web.Request) -> web.Response:
        work = await self._accept(request)
        self.run_now(work)
        await work.done.wait()
        return outcome(work)

    async def _accept(self, request: web.Request) -> Work:
        endpoint = request.match_info["endpoint"]
        if endpoint not in ENDPOINTS:
            raise WorkError.of_account(404, f"Path /{endpoint} not found")
        try:
            payload = await self.read_object(request)
        except BadBody as error:
            raise WorkError.of_request(400, "bad_request", str(error)) from error
        triggers = triggers_in(payload)
        check_triggers(triggers)
        if self.is_busy(str(payload.get("prompt")), triggers):
            raise WorkError.of_account(429, "Too many requests", **self.busy_headers)
        if self.validates_at_submit:
            self.parse(endpoint, payload)
        return Work(
            id=str(uuid.uuid4()),
            endpoint=endpoint,
            payload=payload,
            triggers=triggers,
            wishes=read_wishes(request),
            app="/".join(endpoint.split("/")[:2]),
            addresses=Addresses.of(request),
            now=self.clock.now,
            inline=payload.get("sync_mode") is True,
        )


def _failed(failure: Failure) -> web.Response:
    headers = {"x-fal-billable-units": "0", **failure.headers}
    return answer(failure.body, status=failure.status, headers=headers)
