"""What Runware's stand-in does with one imageInference: paint, deliver, charge."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError

from sandbox.clock import SandboxClock
from sandbox.providers.bill import Outcome
from sandbox.providers.pictures import Order, Pictures
from sandbox.providers.runware.errors import TaskError
from sandbox.providers.runware.images import Images
from sandbox.providers.runware.tasks import Inference
from sandbox.providers.server import Server
from sandbox.providers.sources import Picture, data_uri
from sandbox.providers.triggers import Trigger, Triggers

_FORMATS = {
    "JPG": ("JPEG", "image/jpeg"),
    "PNG": ("PNG", "image/png"),
    "WEBP": ("WEBP", "image/webp"),
}
_NAMESPACE = uuid.UUID("6f7f2c0e-5b0a-4f62-9c4e-0d6a3f1f7b11")


@dataclass(kw_only=True)
class Job:
    """One accepted imageInference."""

    task: Inference
    triggers: Triggers
    items: list[dict[str, Any]] = field(default_factory=list)
    """The finished pictures."""
    error: TaskError | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def flags(self, number: int) -> bool:
        """Say whether the picture of this number is flagged; nothing is without the check."""
        return self.task.safety.check_content and any(
            self.triggers.flagged(number, by=by) for by in (Trigger.NSFW, Trigger.UNSAFE)
        )


class RunwareModels(Server):
    """The part of the stand-in that does the work."""

    def __init__(self, *, key: str, clock: SandboxClock | None, pictures: Pictures | None) -> None:
        super().__init__(key=key, clock=clock, pictures=pictures)
        self.images = Images(self.clock)

    async def carry_out(self, job: Job) -> None:
        """Do the work, to its end or its error."""
        try:
            with self.working():
                await self._run(job)
        except TaskError as error:
            job.error = error
        except Exception:
            job.error = TaskError("internalServerError", "Internal server error.", status=500)
            raise
        finally:
            # The source is no longer needed, and is large.
            job.task.inputs.reference_images.clear()
            job.done.set()

    async def _run(self, job: Job) -> None:
        task = job.task
        reference = task.inputs.reference_images[0]
        source = await self.images.read(reference, self.session, parameter="inputs.referenceImages")
        for style in task.settings.style_reference_images or []:
            parameter = "providerSettings.ideogram.styleReferenceImages"
            await self.images.read(style, self.session, parameter=parameter)
        await asyncio.sleep(self._queued(job.triggers))
        await self.work_time(job.triggers)
        _misbehave(job.triggers)
        self._charge(job)
        for number in range(task.number_results):
            await self._make(job, source, number)

    def _charge(self, job: Job) -> None:
        flagged = any(job.flags(number) for number in range(job.task.number_results))
        self.bill.charge(
            job.task.task_uuid,
            model=job.task.model,
            pictures=job.task.number_results,
            price=job.task.price,
            outcome=Outcome.UNSAFE if flagged else Outcome.DONE,
        )

    def _queued(self, triggers: Triggers) -> float:
        ahead = self.queue_length if triggers.queue is None else triggers.queue
        return ahead * self.queue_step

    async def _make(self, job: Job, source: Picture, number: int) -> None:
        task = job.task
        name = uuid.uuid5(_NAMESPACE, f"{task.task_uuid}-{number}")
        seed = int.from_bytes(hashlib.sha256(name.bytes).digest()[:4]) >> 1
        kind, media_type = _FORMATS[task.output_format]
        order = Order(
            source=source.data,
            prompt=task.positive_prompt,
            closeness=task.closeness,
            seed=seed,
            size=task.size,
            style=task.settings.style_type,
            format=kind,
            quality=task.output_quality,
        )
        garbage = Trigger.GARBAGE in job.triggers
        data = b"no picture" if garbage else await self.pictures.make(order)
        item = {**job.task.named, "imageUUID": str(name), "seed": seed}
        item |= self._output(job, f"{name}.{task.output_format.lower()}", data, media_type)
        if task.include_cost:
            item["cost"] = float(task.price)
        if task.safety.check_content:
            item["NSFWContent"] = job.flags(number)
        await self._hand_over(job, item, data, media_type)

    def _output(self, job: Job, name: str, data: bytes, media_type: str) -> dict[str, str]:
        match job.task.output_type:
            case "base64Data":
                return {"imageBase64Data": base64.b64encode(data).decode()}
            case "dataURI":
                return {"imageDataURI": data_uri(data, media_type)}
            case "URL":
                if Trigger.GONE not in job.triggers:
                    self.files.put(name, data, media_type, life=job.task.ttl)
                return {"imageURL": f"{self.url}/image/ws/2/ii/{name}"}

    async def _hand_over(
        self, job: Job, item: dict[str, Any], data: bytes, media_type: str
    ) -> None:
        if job.task.upload_endpoint is not None:
            await self._upload(job.task.upload_endpoint, data, media_type)
        job.items.append(item)
        if job.task.webhook_url is not None:
            self.spawn(self.deliver(job.task.webhook_url, {"data": [item]}, {}))

    async def _upload(self, url: str, data: bytes, media_type: str) -> None:
        headers = {"Content-Type": media_type}
        try:
            async with self.session.put(url, data=data, headers=headers) as taken:
                if taken.ok:
                    return
        except (ClientError, TimeoutError):
            pass
        raise TaskError("uploadFailed", "The result could not be uploaded.", status=500)


def _misbehave(triggers: Triggers) -> None:
    if Trigger.POLICY in triggers or Trigger.POLICY_IMAGE in triggers:
        raise TaskError("invalidProviderContent", "The provider refused the content.")
    if Trigger.DOWN in triggers:
        raise TaskError("providerError", "The provider is out of order.", status=503)
    if Trigger.TIMEOUT in triggers:
        raise TaskError("timeoutProvider", "The provider took too long.", status=504)
