"""What fal answers about a request that it accepted: status, stream, result, cancellation.

fal's documents on the queue, fal_client 1.0.3 and fal-js (2026-08-02).
"""

from __future__ import annotations

import asyncio
import json

from aiohttp import ClientConnectionResetError, web

from sandbox.providers.fal.errors import WorkError
from sandbox.providers.fal.queue import FalQueue
from sandbox.providers.fal.work import State, Work
from sandbox.providers.server import answer

_LOGS = {"1": True, "true": True, "0": False, "false": False}


class FalRequests(FalQueue):
    """The part of the stand-in that tells of accepted works.

    Attributes:
        newer_links: Give out response addresses that end in `/response`.
        stops_running: Whether a cancellation also ends work that runs.
        ping_every: Seconds between comments on a silent status stream.
    """

    newer_links = False
    stops_running = False
    ping_every = 5.0

    def find(self, request: web.Request) -> Work:
        """Return the work that a request is about.

        Raises:
            WorkError: There is none.
        """
        work = self.works.get(request.match_info["id"])
        app = f"{request.match_info['owner']}/{request.match_info['app']}"
        if work is None or work.app != app:
            # INFERRED: the body of this answer is not documented.
            raise WorkError.of_account(404, "Request not found")
        return work

    def links(self, work: Work) -> dict[str, str]:
        """Return the addresses of a work's result, status and cancellation."""
        links = work.links
        if self.newer_links:
            links["response_url"] += "/response"
        return links

    async def tell_status(self, request: web.Request) -> web.Response:
        """Answer with the state of a work."""
        work = self.find(request)
        body = work.status(with_logs=_wants_logs(request)) | self.links(work)
        status = 200 if work.state is State.COMPLETED else 202
        return answer(body, status=status, headers=named(work))

    async def tell_changes(self, request: web.Request) -> web.StreamResponse:
        """Answer with a stream of all states of a work until it ends."""
        work, logs = self.find(request), _wants_logs(request)
        headers = {"Content-Type": "text/event-stream"} | named(work)
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
            body = work.status(with_logs=with_logs) | self.links(work)
            await to.write(f"data: {json.dumps(body)}\n\n".encode())
            if work.state is State.COMPLETED:
                return
            while not changed.is_set():
                try:
                    async with asyncio.timeout(self.ping_every):
                        await changed.wait()
                except TimeoutError:
                    await to.write(b": ping\n\n")

    async def tell_result(self, request: web.Request) -> web.Response:
        """Answer with the output of a work, or with its failure."""
        work = self.find(request)
        if work.state is not State.COMPLETED:
            # INFERRED: only the status is documented.
            early = {"detail": "Request is still in progress"}
            return answer(early, status=400, headers=named(work))
        if not work.take():
            # INFERRED: what is kept out of the history cannot be found there.
            return answer({"detail": "Response not found"}, status=404, headers=named(work))
        return outcome(work)

    async def cancel(self, request: web.Request) -> web.Response:
        """Stop a work that waits, and ask one that runs to stop."""
        try:
            work = self.find(request)
        except WorkError:
            return answer({"status": "NOT_FOUND"}, status=404)
        match work.state:
            case State.COMPLETED:
                return answer({"status": "ALREADY_COMPLETED"}, status=400, headers=named(work))
            case State.IN_QUEUE:
                self.stop(work)
                return answer({"status": "OK"}, headers=named(work))
            case State.IN_PROGRESS:
                if self.stops_running:
                    self.stop(work)
                body = {"status": "CANCELLATION_REQUESTED"}
                return answer(body, status=202, headers=named(work))


def named(work: Work) -> dict[str, str]:
    """Return the header by which every answer about a work names it."""
    return {"x-fal-request-id": work.id}


def outcome(work: Work) -> web.Response:
    """Return the answer with a work's output or failure."""
    headers = named(work) | {"x-fal-billable-units": str(work.billed)}
    if work.failure is None:
        return answer(work.output, headers=headers)
    failure = work.failure
    return answer(failure.body, status=failure.status, headers=failure.headers | headers)


def _wants_logs(request: web.Request) -> bool:
    wanted = _LOGS.get(request.query.get("logs", "0"))
    if wanted is None:
        raise WorkError.of_account(422, "logs is not a boolean")
    return wanted
