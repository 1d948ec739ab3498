"""What Runware's stand-in does with one imageInference: paint, deliver, charge."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import uuid
from decimal import Decimal
from typing import Any

from aiohttp import ClientError

from sandbox.clock import SandboxClock
from sandbox.providers.bill import Outcome
from sandbox.providers.pictures import Order, Pictures
from sandbox.providers.runware.errors import TaskError
from sandbox.providers.runware.images import Images
from sandbox.providers.runware.jobs import Arrivals, Job
from sandbox.providers.runware.models import price_of
from sandbox.providers.runware.parameters import Inference
from sandbox.providers.runware.webhook import Webhooks
from sandbox.providers.server import Server
from sandbox.providers.sources import data_uri
from sandbox.providers.triggers import Trigger, Triggers

_FORMATS = {
    "JPG": ("JPEG", "image/jpeg"),
    "PNG": ("PNG", "image/png"),
    "WEBP": ("WEBP", "image/webp"),
}
FILES = "/image/ws/2/ii"
_NAMESPACE = uuid.UUID("6f7f2c0e-5b0a-4f62-9c4e-0d6a3f1f7b11")


class RunwareModels(Server):
    """The part of the stand-in that does the work.

    Attributes:
        price: US dollars that each picture costs, instead of its list price.
        arrivals: When the pictures of a job arrive.
        webhooks: How it tells of them.
    """

    def __init__(self, *, key: str, clock: SandboxClock | None, pictures: Pictures | None) -> None:
        super().__init__(key=key, clock=clock, pictures=pictures)
        self.images = Images(self.clock)
        self.price: Decimal | None = None
        self.arrivals = Arrivals()
        self.webhooks = Webhooks(self.delivery)

    async def carry_out(self, job: Job) -> None:
        """Do the work, to its end or its error."""
        try:
            with self.working():
                await self._run(job)
        except TaskError as error:
            job.fail(error, job.missing)
        except Exception:
            error = TaskError("internalServerError", "Internal server error.", status=500)
            job.fail(error, job.missing)
            raise
        finally:
            _forget_sources(job.task)
            job.end()
        for error in job.errors:
            # INFERRED: only what a webhook says of a success is documented.
            self._announce(job, {"errors": [error.entry(job.task.named)]})

    async def _run(self, job: Job) -> None:
        source = await self._read_sources(job.task)
        await asyncio.sleep(self._queued(job.triggers))
        await self.work_time(job.triggers)
        _misbehave(job.triggers)
        doomed = job.doomed
        if len(doomed) == len(job.numbers):
            raise doomed[0]
        self._charge(job, [number for number in job.numbers if number not in doomed])
        for place, number in enumerate(self.arrivals.order(job)):
            await self.arrivals.wait(place)
            if number in doomed:
                job.fail(doomed[number], [number])
            else:
                await self._make(job, source, number)

    async def _read_sources(self, task: Inference) -> bytes | None:
        """Return the source; the style references are read only to refuse bad ones."""
        for style in task.settings.style_reference_images or []:
            parameter = "providerSettings.ideogram.styleReferenceImages"
            await self.images.read(style, self.session, parameter=parameter)
        if task.inputs is None:
            return None
        (reference,) = task.inputs.reference_images
        parameter = "inputs.referenceImages"
        return (await self.images.read(reference, self.session, parameter=parameter)).data

    def _price(self, task: Inference) -> Decimal:
        return price_of(task) if self.price is None else self.price

    def _charge(self, job: Job, numbers: list[int]) -> None:
        flagged = any(job.flags(number) for number in numbers)
        self.bill.charge(
            job.task.task_uuid,
            model=job.task.model,
            pictures=len(numbers),
            price=self._price(job.task),
            outcome=Outcome.UNSAFE if flagged else Outcome.DONE,
        )

    def _queued(self, triggers: Triggers) -> float:
        ahead = self.queue_length if triggers.queue is None else triggers.queue
        return ahead * self.queue_step

    async def _make(self, job: Job, source: bytes | None, number: int) -> None:
        task = job.task
        name = uuid.uuid5(_NAMESPACE, f"{task.task_uuid}-{number}")
        seed = int.from_bytes(hashlib.sha256(name.bytes).digest()[:4]) >> 1
        kind, media_type = _FORMATS[task.output_format]
        order = Order(
            source=source,
            prompt=task.positive_prompt,
            closeness=task.closeness,
            seed=seed,
            size=task.size,
            style=task.settings.style_type,
            format=kind,
            quality=task.output_quality,
        )
        data = await self.results.paint(order, job.triggers)
        item = {**task.named, "imageUUID": str(name), "seed": seed}
        item |= self._output(job, f"{name}.{task.output_format.lower()}", data, media_type)
        if task.include_cost:
            item["cost"] = float(self._price(task))
        if task.safety.check_content:
            item["NSFWContent"] = job.flags(number)
        if task.upload_endpoint is not None:
            await self._put(task.upload_endpoint, data, media_type)
        job.finish(number, item)
        self._announce(job, {"data": [item]})

    def _output(self, job: Job, name: str, data: bytes, media_type: str) -> dict[str, str]:
        match job.task.output_type:
            case "base64Data":
                return {"imageBase64Data": base64.b64encode(data).decode()}
            case "dataURI":
                return {"imageDataURI": data_uri(data, media_type)}
            case "URL":
                life = job.task.ttl
                self.results.keep(name, data, media_type, job.triggers, life=life)
                return {"imageURL": self.link(name)}

    def link(self, name: str) -> str:
        """Return the public link to a file."""
        return f"{self.url}{FILES}/{name}"

    def _announce(self, job: Job, body: dict[str, Any]) -> None:
        if job.task.webhook_url is not None:
            self.spawn(self.webhooks.tell(self.session, job.task.webhook_url, body))

    async def _put(self, url: str, data: bytes, media_type: str) -> None:
        headers = {"Content-Type": media_type}
        try:
            async with self.session.put(url, data=io.BytesIO(data), headers=headers) as taken:
                if taken.ok:
                    return
        except (ClientError, TimeoutError):
            pass
        raise TaskError("uploadFailed", "The result could not be uploaded.", status=500)


def _forget_sources(task: Inference) -> None:
    """Drop what is no longer needed, and is large."""
    if task.inputs is not None:
        task.inputs.reference_images.clear()
    if task.settings.style_reference_images is not None:
        task.settings.style_reference_images.clear()


def _misbehave(triggers: Triggers) -> None:
    if Trigger.POLICY in triggers or Trigger.POLICY_IMAGE in triggers:
        raise TaskError("invalidProviderContent", "The provider refused the content.")
    if Trigger.DOWN in triggers:
        raise TaskError("providerError", "The provider is out of order.", status=503)
    if Trigger.TIMEOUT in triggers:
        raise TaskError("timeoutProvider", "The provider took too long.", status=504)
