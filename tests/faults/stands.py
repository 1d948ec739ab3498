"""The stand-ins of the providers, which know to which prompt each request and file belongs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from PIL import Image

from sandbox.faults import read_again
from sandbox.providers import Fal, Ideogram, Providers, Runware
from sandbox.providers.fal.work import Work
from sandbox.providers.ideogram.remix import Remix
from sandbox.providers.pictures import Order, Pictures
from sandbox.providers.runware.jobs import Job
from sandbox.providers.server import Server
from sandbox.providers.triggers import Triggers
from tests.e2e.cards import encoded

SMALL = encoded(Image.linear_gradient("L").resize((64, 64)).convert("RGB"), "PNG")
"""A result. What it shows is nothing to these tests, and it costs next to nothing to paint."""
WORD = re.compile(r"row\d+end")
"""What marks a prompt as that of one row."""
_SEED = re.compile(r'"seed": ?(\d+)')


def word_of(number: int) -> str:
    """The word of the row with a number."""
    return f"row{number}end"


def named(body: str) -> str | None:
    """The word of the row that a call is of: in its prompt or, without one, by its seed."""
    if (found := WORD.search(body)) is not None:
        return found[0]
    seed = _SEED.search(body)
    return None if seed is None else word_of(int(seed[1]))


class SmallPictures(Pictures):
    """Gives the same small picture for each order."""

    async def make(self, order: Order) -> bytes:
        return SMALL


class KnowingFal(Fal):
    """fal's stand-in forgets the prompt of a work that is done; this one does not."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.prompts: dict[str, str] = {}

    def enqueue(self, work: Work) -> None:
        self.prompts[work.id] = named(json.dumps(work.payload)) or ""
        super().enqueue(work)


class KnowingRunware(Runware):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.painted: dict[str, str] = {}

    def _output(self, job: Job, name: str, data: bytes, media_type: str) -> dict[str, str]:
        self.painted[name] = job.task.positive_prompt
        return super()._output(job, name, data, media_type)


class KnowingIdeogram(Ideogram):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.prompts: dict[str, str] = {}
        self.painted: dict[str, str] = {}

    async def _work(self, wanted: Remix, triggers: Triggers) -> web.Response:
        self.prompts[f"ideogram-{self._works + 1}"] = wanted.prompt
        return await super()._work(wanted, triggers)

    async def _publish(self, wanted: Remix, item: Any, triggers: Triggers) -> str:
        self.painted[item.file] = wanted.prompt
        return await super()._publish(wanted, item, triggers)


class Stands(Providers):
    """All three; every request of theirs can be told to belong to a row."""

    def __init__(self) -> None:
        super().__init__()
        self._pictures.close()
        self._pictures = SmallPictures()
        clock = self.clock
        # Known here by their own types, which tell more than those that every test sees.
        self._fal = KnowingFal(clock=clock, pictures=self._pictures)
        self._runware = KnowingRunware(clock=clock, pictures=self._pictures)
        self._ideogram = KnowingIdeogram(clock=clock, pictures=self._pictures)
        self.fal = self._fal
        self.runware = self._runware
        self.ideogram = self._ideogram
        self.ideogram.most_in_flight = 1_000
        self.fal.concurrency = 1_000
        self.fal.stops_running, self.fal.queue_step = True, 0.1
        for server in self.servers:
            server.latency = 0.0

    def server(self, backend: str) -> Server:
        """The stand-in behind a backend."""
        servers: Mapping[str, Server] = {
            "fal": self.fal,
            "runware": self.runware,
            "ideogram": self.ideogram,
        }
        return servers[backend.partition("-")[0]]

    def works(self, word: str) -> list[str]:
        """The works with this word in their prompt that any stand-in took, by their ids."""
        prompts = {**self._fal.prompts, **self._ideogram.prompts}
        prompts |= {name: job.task.positive_prompt for name, job in self.runware.jobs.items()}
        return [name for name, prompt in prompts.items() if word in prompt]

    def bill(self, word: str) -> list[int]:
        """What was charged for the works with this word; millionths of a dollar each."""
        mine = set(self.works(word))
        lines = (line for server in self.servers for line in server.bill)
        return [int(line.usd * 1_000_000) for line in lines if line.id in mine]

    def submits(self, word: str) -> list[str]:
        """The paid calls with this word that arrived: their ids, where the caller names them."""
        bodies = (call.body for server in self.servers for call in server.calls)
        return [_task(body) for body in bodies if body and named(json.dumps(body)) == word]

    async def word(self, server: Server, request: web.Request) -> str | None:
        """The word of the row that a request belongs to."""
        return named(await self._prompt(server, request))

    async def word_of_report(self, request: web.Request) -> str | None:
        """The word of the row that a report is about."""
        report = json.loads(await request.read())
        if "request_id" in report:
            return self._fal.prompts.get(report["request_id"]) or None
        (item,) = [*report.get("data", []), *report.get("errors", [])]
        return named(self.runware.jobs[item["taskUUID"]].task.positive_prompt)

    async def _prompt(self, server: Server, request: web.Request) -> str:
        if request.method == "POST" and server is not self.runware:
            return (await read_again(request)).decode("latin-1")
        if server is self.runware and request.method == "POST":
            return self._asked_of_runware(await request.read())
        if server is self.fal:
            request_id = re.search(r"[0-9a-f-]{36}", request.path)
            return self._fal.prompts.get(request_id[0] if request_id else "", "")
        painted = self._runware.painted if server is self.runware else self._ideogram.painted
        return painted.get(request.path.rpartition("/")[2], "")

    def _asked_of_runware(self, body: bytes) -> str:
        (task,) = json.loads(body)
        job = self.runware.jobs.get(task.get("taskUUID"))
        return task.get("positivePrompt") or (job.task.positive_prompt if job else "")


def _task(body: Any) -> str:
    return str(body[0].get("taskUUID")) if isinstance(body, list) else ""
