"""Ideogram's synchronous API: one paid call, links that expire, a limit on what is in flight.

Ideogram's OpenAPI (2026-06-17) and its pages on errors, rate limits and deprecations (November
2026). The bodies of 400, 402 and 403 are not documented: INFERRED.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import ClassVar

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.clock import SandboxClock
from sandbox.providers.account import Account
from sandbox.providers.bill import Outcome
from sandbox.providers.ideogram import request, request_v3
from sandbox.providers.ideogram.answers import Answers, Item
from sandbox.providers.ideogram.form import BadForm, Form, read_form
from sandbox.providers.ideogram.remix import Remix
from sandbox.providers.pictures import Order, Pictures
from sandbox.providers.server import Server, answer
from sandbox.providers.steps import Step, Where
from sandbox.providers.triggers import Trigger, Triggers

_UNSAFE_TEXT = "{} provided failed safety check due to the inclusion of prohibited content."
_IMAGES = "/api/images/ephemeral/"

_Reader = Callable[[Form], Awaitable[Remix]]


class Ideogram(Server):
    """The stand-in of Ideogram.

    Attributes:
        most_in_flight: Pictures, not requests, that may be in the making at once.
        link_life: Seconds for which a result's link works.
        auth_status: How a wrong key is refused: 403, or 401 as in practice.
        funds_status: How an account without money is refused: 403, or 402 as in the newer API.
        withheld_url: What stands for the link of a picture that is withheld: null or "".
        in_flight: Pictures in the making now.
    """

    steps: ClassVar[Mapping[Step, Where]] = {
        Step.SUBMIT: Where(method="POST", path="/remix$"),
        Step.DOWNLOAD: Where(method="GET", path=f"^{_IMAGES}"),
    }

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
        self.funds_status = 403
        self.withheld_url: str | None = None
        self.in_flight = 0
        self._works = 0

    def routes(self) -> Iterable[web.RouteDef]:
        legacy = self._taking(request.PARTS, request.read_remix)
        third = self._taking(request_v3.PARTS, request_v3.read_remix_v3)
        return (
            web.post("/remix", legacy),
            web.post("/v1/ideogram-v3/remix", third),
            web.get("/models", self._models),
            web.get(f"{_IMAGES}{{name}}", self._image),
        )

    def _taking(self, parts: Iterable[str], read: _Reader) -> Handler:
        async def take(call: web.Request) -> web.Response:
            if (closed := self._closed(call)) is not None:
                return closed
            try:
                wanted = await read(await read_form(call, parts))
            except BadForm as error:
                return answer({"error": str(error)}, status=400)
            self.note(wanted.body)
            return await self._remix(wanted)

        return take

    async def _models(self, call: web.Request) -> web.Response:
        """List the models that the account has trained, which are none; costs nothing."""
        closed = self._closed(call)
        return answer({"models": []}) if closed is None else closed

    def _closed(self, call: web.Request) -> web.Response | None:
        """Refuse a wrong key, and an account that is not well."""
        if call.headers.get("Api-Key") != self.key or self.account is Account.REVOKED:
            return answer({"message": "Not authorized"}, status=self.auth_status)
        return self._unpaid(self.account)

    def _unpaid(self, account: Account) -> web.Response | None:
        match account:
            case Account.LOCKED:
                return answer({"message": "Not authorized to generate an image."}, status=403)
            case Account.BROKE:
                body = {"error": "Insufficient credits", "reject_reason": "insufficient_funds"}
                return answer(body, status=self.funds_status)
            case _:
                return None

    async def _remix(self, wanted: Remix) -> web.Response:
        triggers = Triggers.of(wanted.prompt)
        if (refused := self._refusal(wanted, triggers)) is not None:
            return refused
        self.in_flight += wanted.count
        try:
            with self.working():
                return await self._work(wanted, triggers)
        finally:
            self.in_flight -= wanted.count

    def _refusal(self, wanted: Remix, triggers: Triggers) -> web.Response | None:
        if Trigger.LOCKED in triggers:
            return self._unpaid(Account.LOCKED)
        if Trigger.BROKE in triggers:
            return self._unpaid(Account.BROKE)
        if Trigger.POLICY in triggers:
            return answer({"error": _UNSAFE_TEXT.format("Prompt")}, status=422)
        if Trigger.POLICY_IMAGE in triggers:
            return answer({"error": _UNSAFE_TEXT.format("Image")}, status=422)
        full = self.in_flight + wanted.count > self.most_in_flight
        if full or self.is_busy(wanted.prompt, triggers):
            body = {"error": "Too many requests", "reject_reason": "inflight_limit"}
            return answer(body, status=429, headers=self.busy_headers)
        return None

    async def _work(self, wanted: Remix, triggers: Triggers) -> web.Response:
        self._works += 1
        answers = Answers(wanted, work=f"ideogram-{self._works}", now=self.clock.now())
        await self.work_time(triggers)
        if Trigger.DOWN in triggers:
            return answer({"error": "Internal server error"}, status=500)
        if Trigger.TIMEOUT in triggers:
            return web.Response(status=504, text="upstream request timeout")
        items = [answers.item(number) for number in range(wanted.count)]
        withheld = [triggers.flagged(item.number, by=Trigger.UNSAFE) for item in items]
        bodies = [
            item.body(safe=False, url=self.withheld_url)
            if unsafe
            else item.body(safe=True, url=await self._publish(wanted, item, triggers))
            for item, unsafe in zip(items, withheld, strict=True)
        ]
        self.bill.charge(
            answers.work,
            model=wanted.model,
            pictures=wanted.count,
            price=wanted.price,
            outcome=Outcome.UNSAFE if any(withheld) else Outcome.DONE,
        )
        body, headers = answers.whole(bodies)
        return answer(body, headers=headers)

    async def _publish(self, wanted: Remix, item: Item, triggers: Triggers) -> str:
        order = Order(
            source=wanted.source.data,
            prompt=item.prompt,
            closeness=wanted.closeness,
            seed=item.seed,
            size=wanted.size,
            style=wanted.manner,
        )
        data = await self.results.paint(order, triggers)
        self.results.keep(item.file, data, "image/png", triggers)
        return self._link(item.file)

    def _link(self, name: str) -> str:
        expires = int(self.clock.now() + self.link_life)
        return f"{self.url}{_IMAGES}{name}?exp={expires}&sig={self._sign(name, expires)}"

    def _sign(self, name: str, expires: int) -> str:
        return hmac.new(self.key.encode(), f"{name} {expires}".encode(), "sha256").hexdigest()

    async def _image(self, call: web.Request) -> web.Response:
        name, expires = call.match_info["name"], call.query.get("exp", "")
        if not expires.isdecimal() or int(expires) < self.clock.now():
            return web.Response(status=403, text="expired")
        if not hmac.compare_digest(call.query.get("sig", ""), self._sign(name, int(expires))):
            return web.Response(status=403, text="bad signature")
        return self.files.answer(call, name)
