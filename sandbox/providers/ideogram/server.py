"""Ideogram's legacy API: one synchronous call, links that expire, a limit on what is in flight.

Ideogram's OpenAPI (2026-06-17) and its pages on errors, rate limits and deprecations (November
2026). The bodies of 400 and 403 are not documented: INFERRED.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.providers.bill import Outcome
from sandbox.providers.ideogram.form import BadForm, read_form
from sandbox.providers.ideogram.request import MAX_SEED, PRICES, ImageRequest
from sandbox.providers.pictures import Order, Pictures
from sandbox.providers.server import Server, answer
from sandbox.providers.sources import Picture
from sandbox.providers.triggers import Trigger, Triggers

_UNSAFE_TEXT = "{} provided failed safety check due to the inclusion of prohibited content."
_NOTICE = "This endpoint is a legacy endpoint."
_MOODS = (
    "Soft light falls across the scene and every surface shows its texture.",
    "The composition is balanced, with rich colour and a calm background.",
    "Fine detail fills the foreground while the distance fades into haze.",
)


class Ideogram(Server):
    """The stand-in of Ideogram.

    Attributes:
        most_in_flight: Pictures, not requests, that may be in the making at once.
        link_life: Seconds for which a result's link works.
        auth_status: How a wrong key is refused: 403, or 401 as in practice.
        withheld_url: What stands for the link of a picture that is withheld: null or "".
        in_flight: Pictures in the making now.
    """

    def __init__(
        self,
        *,
        key: str = "sandbox-ideogram-key",
        clock: SandboxClock | None = None,
        pictures: Pictures | None = None,
    ) -> None:
        super().__init__(key=key, clock=clock, pictures=pictures)
        self.most_in_flight = 10
        self.link_life = 24 * 3600 + 6.0
        self.auth_status = 403
        self.withheld_url: str | None = None
        self.in_flight = 0
        self._works = 0

    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.post("/remix", self._remix),
            web.get("/api/images/ephemeral/{name}", self._image),
        )

    async def _remix(self, request: web.Request) -> web.Response:
        if request.headers.get("Api-Key") != self.key:
            return answer({"message": "Not authorized"}, status=self.auth_status)
        try:
            wanted, picture, body = await read_form(request)
        except BadForm as error:
            return answer({"error": str(error)}, status=400)
        self.note(body)
        triggers = Triggers.of(wanted.prompt)
        if (refused := self._refusal(wanted, triggers)) is not None:
            return refused
        self.in_flight += wanted.num_images
        try:
            with self.working():
                return await self._work(wanted, picture, triggers)
        finally:
            self.in_flight -= wanted.num_images

    def _refusal(self, wanted: ImageRequest, triggers: Triggers) -> web.Response | None:
        if Trigger.LOCKED in triggers or Trigger.BROKE in triggers:
            return answer({"message": "Not authorized to generate an image."}, status=403)
        if Trigger.POLICY in triggers:
            return answer({"error": _UNSAFE_TEXT.format("Prompt")}, status=422)
        if Trigger.POLICY_IMAGE in triggers:
            return answer({"error": _UNSAFE_TEXT.format("Image")}, status=422)
        full = self.in_flight + wanted.num_images > self.most_in_flight
        if full or self.is_busy(wanted.prompt, triggers):
            body = {"error": "Too many requests", "reject_reason": "inflight_limit"}
            return answer(body, status=429)
        return None

    async def _work(
        self, wanted: ImageRequest, picture: Picture, triggers: Triggers
    ) -> web.Response:
        self._works += 1
        work = f"ideogram-{self._works}"
        await self.work_time(triggers)
        if Trigger.DOWN in triggers:
            return answer({"error": "Internal server error"}, status=500)
        if Trigger.TIMEOUT in triggers:
            return web.Response(status=504, text="upstream request timeout")
        digest = hashlib.sha256(wanted.model_dump_json().encode()).digest()
        seed = wanted.seed
        if seed is None:
            seed = int.from_bytes(hashlib.sha256(digest + work.encode()).digest()[:4]) & MAX_SEED
        items = [
            await self._item(wanted, picture, triggers, number=number, seed=seed, work=work)
            for number in range(wanted.num_images)
        ]
        safe = all(item["is_image_safe"] for item in items)
        self.bill.charge(
            work,
            model=wanted.model,
            pictures=wanted.num_images,
            price=PRICES[wanted.model],
            outcome=Outcome.DONE if safe else Outcome.UNSAFE,
        )
        return self._answer(items, digest)

    async def _item(
        self,
        wanted: ImageRequest,
        picture: Picture,
        triggers: Triggers,
        *,
        number: int,
        seed: int,
        work: str,
    ) -> dict[str, Any]:
        own_seed = (seed + number) & MAX_SEED
        item: dict[str, Any] = {
            "prompt": _rewritten(wanted, own_seed),
            "resolution": str(wanted.size),
            "is_image_safe": not triggers.flagged(number, by=Trigger.UNSAFE),
            "seed": own_seed,
            "url": self.withheld_url,
        }
        if not wanted.model.startswith("V_1"):
            item["style_type"] = _style(wanted)
        if item["is_image_safe"]:
            order = Order(
                source=picture.data,
                prompt=item["prompt"],
                closeness=wanted.closeness,
                seed=own_seed,
                size=wanted.size,
                style=wanted.style_type or "",
            )
            garbage = Trigger.GARBAGE in triggers
            data = b"no picture" if garbage else await self.pictures.make(order)
            name = f"{hashlib.sha256(f'{work}-{number}'.encode()).hexdigest()[:22]}.png"
            if Trigger.GONE not in triggers:
                self.files.put(name, data, "image/png")
            item["url"] = self._link(name)
        return item

    def _answer(self, items: list[dict[str, Any]], digest: bytes) -> web.Response:
        # What varies between answers varies with the request, so that a test can repeat it.
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        created = now.isoformat() if digest[0] % 2 else now.isoformat(" ", "seconds")
        body: dict[str, Any] = {"created": created, "data": items}
        if digest[1] % 2 == 0:
            return answer(body)
        headers = {"Deprecation": "true", "Link": '</v2/image/remix>; rel="successor-version"'}
        return answer(body | {"notice": _NOTICE}, headers=headers)

    def _link(self, name: str) -> str:
        expires = int(self.clock.now() + self.link_life)
        return (
            f"{self.url}/api/images/ephemeral/{name}?exp={expires}&sig={self._sign(name, expires)}"
        )

    def _sign(self, name: str, expires: int) -> str:
        return hmac.new(self.key.encode(), f"{name} {expires}".encode(), "sha256").hexdigest()

    async def _image(self, request: web.Request) -> web.Response:
        name, expires = request.match_info["name"], request.query.get("exp", "")
        if not expires.isdecimal() or int(expires) < self.clock.now():
            return web.Response(status=403, text="expired")
        if not hmac.compare_digest(request.query.get("sig", ""), self._sign(name, int(expires))):
            return web.Response(status=403, text="bad signature")
        return self.files.answer(request, name)


def _rewritten(wanted: ImageRequest, seed: int) -> str:
    if wanted.magic_prompt_option == "OFF":
        return wanted.prompt
    return f"{wanted.prompt.rstrip('. ')}. {_MOODS[seed % len(_MOODS)]}"


def _style(wanted: ImageRequest) -> str:
    return "GENERAL" if wanted.style_type in (None, "AUTO") else wanted.style_type
