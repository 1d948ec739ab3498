"""Taking an order: what is checked before any charge, and the reservation."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from bot.backends.base import Request
from bot.backends.capabilities import Brought, Lack, clash, missing
from bot.backends.entry import Entry, Feature
from bot.backends.registry import NotOffered
from bot.backends.shapes import is_too_wide
from bot.jobs import money
from bot.jobs.context import Context
from bot.jobs.record import Job, Pictures, read, write_pictures, write_request
from bot.quotas import Balance, Denial, Price, periods, price
from bot.strength import DEFAULT
from storage import accounts
from storage.database import Transaction
from storage.jobs import JobRow, NewJob


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a member asks, and the interaction in which they do."""

    interaction_id: int
    token: str
    token_ends: int
    """Milliseconds."""
    server_id: int
    channel_id: int
    user_id: int
    upload_limit: int
    """Bytes that Discord takes for one file here."""
    request: Request
    pictures: Pictures
    pressed: str | None = None
    """The custom id of the button, if one was pressed."""
    parent_id: str | None = None
    """The job on whose card it was."""
    job_id: str | None = None
    """The id of the draft that is started; else a new one is drawn."""


class RefusedError(Exception):
    """An order is refused before any charge; `bot.errors.explain` says why."""


class NotOfferedError(RefusedError):
    """The backend is not offered here."""

    def __init__(self, backend: str, offered: tuple[str, ...]) -> None:
        super().__init__(backend)
        self.backend = backend
        self.offered = offered


class OutOfOrderError(NotOfferedError):
    """The backend is offered here, but its provider refuses the operator's account just now."""


class LacksError(RefusedError):
    """The backend lacks something that the request asks for, or `lack.needed` the other way."""

    def __init__(self, entry: Entry, lack: Lack) -> None:
        super().__init__(lack.what)
        self.entry = entry
        self.lack = lack


class ClashError(RefusedError):
    """The request asks for two things that the backend does not take together."""

    def __init__(self, entry: Entry, pair: tuple[Feature, Feature]) -> None:
        super().__init__(" and ".join(pair))
        self.entry = entry
        self.pair = pair


class TooWideError(RefusedError):
    """The source is wider than 3:1 or taller than 1:3."""


class OverLimitError(RefusedError):
    """A limit forbids it."""

    def __init__(self, denial: Denial, *, cost: int, left: int | None, renews: int) -> None:
        super().__init__(denial)
        self.denial = denial
        self.cost = cost
        self.left = left
        self.renews = renews


class StoppingError(RefusedError):
    """The bot is about to restart and takes no new work."""


def check(context: Context, server_id: int, request: Request, pictures: Pictures) -> Price:
    """Check an order as far as that needs no database; returns what it costs.

    Raises:
        RefusedError: It is refused.
    """
    allowed = context.limits.allowed_servers
    if allowed and server_id not in allowed:
        raise OverLimitError(Denial.SERVER, cost=0, left=None, renews=0)
    entry = _chosen(context, request)
    what = brought(pictures)
    lack = missing(entry, request, what, context.offered)
    if lack is not None:
        raise LacksError(entry, lack)
    pair = clash(entry, request, what)
    if pair is not None:
        raise ClashError(entry, pair)
    source = pictures.source
    if source and source.width and source.height and is_too_wide(source.width, source.height):
        raise TooWideError
    return price(entry.price_at(request.speed), request.count)


def complete(entry: Entry, request: Request) -> Request:
    """Fill in what is sent in any case though it was not chosen, so that the card can show it."""
    if request.strength is None and entry.takes(Feature.STRENGTH):
        return replace(request, strength=DEFAULT)
    return request


async def reserve(context: Context, order: Order) -> Job:
    """Check an order, reserve its price and write its job.

    Raises:
        RefusedError: It is refused; nothing was written.
        money.DuplicateError: The same click made a job already.
    """
    cost = check(context, order.server_id, order.request, order.pictures)
    request = complete(_chosen(context, order.request), order.request)
    job = _new_job(context, replace(order, request=request), cost)

    async def work(tx: Transaction) -> JobRow:
        return await money.reserve(tx, job, cost, context.limits)

    try:
        return read(await context.database.transaction(work))
    except money.DeniedError as error:
        raise OverLimitError(
            error.denial, cost=cost.credits, left=error.left, renews=error.renews
        ) from None


def brought(pictures: Pictures) -> Brought:
    """What pictures come with a request, as far as a backend's capabilities go."""
    return Brought(
        source=pictures.source is not None,
        mask=pictures.mask is not None,
        references=len(pictures.references),
    )


def new_id() -> str:
    """An id for a job or a draft: 16 hex digits."""
    return secrets.token_hex(8)


async def balance(context: Context, server_id: int, user_id: int) -> Balance:
    """What a member has left in the present period."""
    now = periods(context.clock.now())
    account = await accounts.get(context.database, server_id, user_id)
    current = account is not None and account.period_start >= now.day
    return Balance(
        used=account.used if account and current else 0,
        held=account.held if account and current else 0,
        allowance=context.limits.daily_credits,
        renews=now.next_day,
    )


def _chosen(context: Context, request: Request) -> Entry:
    able = [entry for entry in context.offered if entry.operation is request.operation]
    names = tuple(dict.fromkeys(entry.name for entry in able))
    try:
        entry = context.registry.entry(request.backend, request.operation)
    except NotOffered:
        raise NotOfferedError(request.backend, names) from None
    if not context.works(entry):
        raise OutOfOrderError(request.backend, names)
    return entry


def _new_job(context: Context, order: Order, cost: Price) -> NewJob:
    now = context.clock.now()
    starts = periods(now)
    return NewJob(
        id=order.job_id or new_id(),
        interaction_id=order.interaction_id,
        server_id=order.server_id,
        channel_id=order.channel_id,
        user_id=order.user_id,
        owner=context.process_id,
        pressed=order.pressed,
        parent_id=order.parent_id,
        backend=order.request.backend,
        request=write_request(order.request),
        source=write_pictures(order.pictures),
        token=order.token,
        token_ends=order.token_ends,
        upload_limit=order.upload_limit,
        credits_each=cost.credits_each,
        micros_each=cost.micros_each,
        reserved=cost.credits,
        period=0,
        month_start=starts.month,
        day_start=starts.day,
        created=now,
    )
