"""What fal's models do with one request: check it, read its pictures, paint, charge."""

from __future__ import annotations

import hashlib
from typing import Any

from pydantic import ValidationError

from sandbox.providers.bill import Outcome
from sandbox.providers.fal.endpoints import ENDPOINTS, Input
from sandbox.providers.fal.errors import WorkError
from sandbox.providers.fal.work import Work
from sandbox.providers.pictures import Order
from sandbox.providers.server import Server
from sandbox.providers.sources import Picture, SourceError, data_uri, read_picture
from sandbox.providers.triggers import Trigger, Triggers

# Ideogram's limit, which fal passes on; fal publishes none of its own.
MAX_PICTURE_BYTES = 10_000_000
# Bounds INFERRED from Ideogram's narrowest and widest results.
_MAX_RATIO = 3.0

_FAILING = {
    Trigger.DOWN: "downstream_service_unavailable",
    Trigger.TIMEOUT: "generation_timeout",
    Trigger.UNSAFE: "no_media_generated",
}


class FalModels(Server):
    """The part of the stand-in that does the work.

    Attributes:
        bills_policy: Whether a request that is refused for its content is charged.
        sparse_output: Answer with the links alone, as the samples of the documents do.
    """

    bills_policy = False
    sparse_output = False

    def parse(self, endpoint: str, payload: dict[str, Any]) -> Input:
        """Check an input.

        Raises:
            WorkError: The endpoint does not take it.
        """
        try:
            return ENDPOINTS[endpoint].model.model_validate(payload)
        except ValidationError as error:
            raise WorkError.of_validation(error) from error

    async def run(self, work: Work) -> dict[str, Any]:
        """Do the work and return its output, and charge it.

        Raises:
            WorkError: It failed.
        """
        wanted = self.parse(work.endpoint, work.payload)
        pictures = await self._read(wanted)
        await self.work_time(work.triggers)
        self._misbehave(work, wanted)
        source, mask = pictures.get("image_url"), pictures.get("mask_url")
        seed = _drawn(work.id) if wanted.seed is None else wanted.seed
        images: list[dict[str, Any]] = []
        for number in range(wanted.count):
            order = Order(
                source=source.data if source else None,
                prompt=wanted.prompt,
                closeness=wanted.closeness,
                seed=seed + number,
                size=wanted.size(source.size if source else None),
                style=wanted.style_name,
                mask=mask.data if mask else None,
            )
            garbage = Trigger.GARBAGE in work.triggers
            data = b"no picture" if garbage else await self.pictures.make(order)
            images.append(self._publish(work, wanted, number, data))
        self._charge(work, wanted, Outcome.DONE)
        return {"images": images, "seed": seed}

    def _misbehave(self, work: Work, wanted: Input) -> None:
        if Trigger.POLICY in work.triggers or Trigger.POLICY_IMAGE in work.triggers:
            if self.bills_policy:
                self._charge(work, wanted, Outcome.REFUSED)
            field = "prompt" if Trigger.POLICY in work.triggers else "image_url"
            raise WorkError.of_model("content_policy_violation", [field])
        for trigger, kind in _FAILING.items():
            if trigger in work.triggers:
                raise WorkError.of_model(kind, [])

    async def _read(self, wanted: Input) -> dict[str, Picture]:
        found: dict[str, Picture] = {}
        for field, links in wanted.links.items():
            left = MAX_PICTURE_BYTES
            for link in links:
                try:
                    picture = await read_picture(link, self.session, most_bytes=left)
                except SourceError as error:
                    raise WorkError.of_source(error, field, most_bytes=MAX_PICTURE_BYTES) from error
                left -= len(picture.data)
                found[field] = picture
        _check_shapes(found)
        return found

    def _publish(self, work: Work, wanted: Input, number: int, data: bytes) -> dict[str, Any]:
        name = f"{work.id}_{number}.png"
        if Trigger.GONE not in work.triggers:
            life = work.wishes.keep_for
            self.files.put(f"files/{name}", data, "image/png", life=life)
        link = data_uri(data, "image/png") if wanted.sync_mode else f"{self.url}/files/files/{name}"
        if self.sparse_output:
            return {"url": link}
        return {
            "url": link,
            "content_type": "image/png",
            "file_name": name,
            "file_size": len(data),
        }

    def _charge(self, work: Work, wanted: Input, outcome: Outcome) -> None:
        price = wanted.price(ENDPOINTS[work.endpoint].price)
        work.billed = wanted.count
        self.bill.charge(
            work.id, model=work.endpoint, pictures=wanted.count, price=price, outcome=outcome
        )


def triggers_in(payload: dict[str, Any]) -> Triggers:
    """Read the triggers in an input that was not checked yet."""
    prompt = payload.get("prompt")
    return Triggers.of(prompt) if isinstance(prompt, str) else Triggers()


def _check_shapes(found: dict[str, Picture]) -> None:
    source, mask = found.get("image_url"), found.get("mask_url")
    if source is not None and not 1 / _MAX_RATIO <= source.size.ratio <= _MAX_RATIO:
        bounds = {"min_aspect_ratio": round(1 / _MAX_RATIO, 3), "max_aspect_ratio": _MAX_RATIO}
        raise WorkError.of_model("image_aspect_ratio_error", ["image_url"], bounds)
    if source is not None and mask is not None and mask.size != source.size:
        raise WorkError.of_model("image_load_error", ["mask_url"])


def _drawn(request: str) -> int:
    return int.from_bytes(hashlib.sha256(request.encode()).digest()[:4]) >> 1
