"""What fal's models do with one request: check it, read its pictures, paint, charge."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from sandbox.clock import SandboxClock
from sandbox.providers.bill import Outcome
from sandbox.providers.fal.endpoints import ENDPOINTS
from sandbox.providers.fal.errors import Failure, WorkError
from sandbox.providers.fal.inputs import Input
from sandbox.providers.fal.masks import check_mask, check_ratio
from sandbox.providers.fal.work import Work
from sandbox.providers.pictures import Order, Pictures
from sandbox.providers.server import Server
from sandbox.providers.sources import (
    Picture,
    SourceError,
    SourceFault,
    data_uri,
    inspect,
    read_picture,
)
from sandbox.providers.triggers import Trigger, Triggers

# Ideogram's limit, which fal passes on; fal publishes none of its own.
MAX_PICTURE_BYTES = 10_000_000

_FAILING = {
    Trigger.DOWN: "downstream_service_unavailable",
    Trigger.TIMEOUT: "generation_timeout",
    Trigger.UNSAFE: "no_media_generated",
}

_Found = Mapping[str, Sequence[Picture]]


class FalModels(Server):
    """The part of the stand-in that does the work.

    Attributes:
        bills_policy: Whether a request that is refused for its content is charged.
        sparse_output: Answer with the links alone, as the samples of the documents do.
        endings: How the next works fail, one each; after these they succeed again.
    """

    def __init__(self, *, key: str, clock: SandboxClock | None, pictures: Pictures | None) -> None:
        super().__init__(key=key, clock=clock, pictures=pictures)
        self.bills_policy = False
        self.sparse_output = False
        self.endings: deque[Failure] = deque()

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
        found = await self._read(work, wanted)
        await self.work_time(work.triggers)
        self._misbehave(work, wanted)
        seed = _drawn(work.id) if wanted.seed is None else wanted.seed
        images: list[dict[str, Any]] = []
        for number in range(wanted.count):
            order = _order(wanted, found, seed + number)
            data = await self.results.paint(order, work.triggers)
            images.append(self._publish(work, number, data))
        self._charge(work, wanted, Outcome.DONE)
        return {"images": images, "seed": seed}

    def _misbehave(self, work: Work, wanted: Input) -> None:
        if self.endings:
            failure = self.endings.popleft()
            if failure.charged:
                self._charge(work, wanted, Outcome.REFUSED)
            raise WorkError(failure)
        if Trigger.POLICY in work.triggers or Trigger.POLICY_IMAGE in work.triggers:
            if self.bills_policy:
                self._charge(work, wanted, Outcome.REFUSED)
            field = "prompt" if Trigger.POLICY in work.triggers else "image_url"
            raise WorkError.of_model("content_policy_violation", [field])
        for trigger, kind in _FAILING.items():
            if trigger in work.triggers:
                raise WorkError.of_model(kind, [])

    async def _read(self, work: Work, wanted: Input) -> _Found:
        found = {
            field: await self._read_all(work, field, links) for field, links in wanted.links.items()
        }
        if source := found.get("image_url"):
            check_ratio(source[0])
            if mask := found.get("mask_url"):
                await check_mask(mask[0], source[0])
        return found

    async def _read_all(self, work: Work, field: str, links: list[str]) -> list[Picture]:
        """Read the pictures of one field, which are limited all together."""
        pictures: list[Picture] = []
        left = MAX_PICTURE_BYTES
        for link in links:
            try:
                picture = await self._read_one(work, link, left)
            except SourceError as error:
                raise WorkError.of_source(error, field, most_bytes=MAX_PICTURE_BYTES) from error
            left -= len(picture.data)
            pictures.append(picture)
        return pictures

    async def _read_one(self, work: Work, link: str, most_bytes: int) -> Picture:
        path = work.addresses.own_file(link)
        if path is None:
            return await read_picture(link, self.session, most_bytes=most_bytes)
        file = self.files.get(path)
        if file is None:
            raise SourceError(SourceFault.DOWNLOAD, "no such file")
        return await inspect(file.data, most_bytes=most_bytes)

    def _publish(self, work: Work, number: int, data: bytes) -> dict[str, Any]:
        name = f"{work.id}_{number}.png"
        if work.inline:
            link = data_uri(data, "image/png")
        else:
            link = f"{work.addresses.files}/files/{name}"
            life = work.wishes.keep_for
            self.results.keep(f"files/{name}", data, "image/png", work.triggers, life=life)
        if self.sparse_output:
            return {"url": link}
        return {
            "url": link,
            "content_type": "image/png",
            "file_name": name,
            "file_size": len(data),
        }

    def _charge(self, work: Work, wanted: Input, outcome: Outcome) -> None:
        price: Decimal = ENDPOINTS[work.endpoint].price_of(wanted)
        work.billed = wanted.count
        self.bill.charge(
            work.id, model=work.endpoint, pictures=wanted.count, price=price, outcome=outcome
        )


def triggers_in(payload: dict[str, Any]) -> Triggers:
    """Read the triggers in an input that was not checked yet."""
    prompt = payload.get("prompt")
    return Triggers.of(prompt) if isinstance(prompt, str) else Triggers()


def _order(wanted: Input, found: _Found, seed: int) -> Order:
    source, mask = found.get("image_url"), found.get("mask_url")
    return Order(
        source=source[0].data if source else None,
        prompt=wanted.text,
        closeness=wanted.closeness,
        seed=seed,
        size=wanted.size(source[0].size if source else None),
        style=wanted.manner,
        mask=mask[0].data if mask else None,
        framing=wanted.framing,
    )


def _drawn(request: str) -> int:
    return int.from_bytes(hashlib.sha256(request.encode()).digest()[:4]) >> 1
