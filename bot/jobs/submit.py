"""Taking an order: what is checked before any charge, and the reservation."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.backends.base import Request
from bot.backends.capabilities import Brought, Lack, clash, missing
from bot.backends.entry import Entry, Feature
from bot.backends.registry import NotOffered
from bot.backends.shapes import is_too_wide
from bot.budget import tell_stop
from bot.jobs import money
from bot.jobs.context import Context
from bot.jobs.record import Job, Pictures, read, write_pictures, write_request
from bot.jobs.standing import look
from bot.people import MovedError
from bot.quotas import Balance, Denial, Price, periods, price
from bot.servers import UNSET, ServerSettings, read_server
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
    settings: ServerSettings = UNSET
    """What the server's moderators set, as it was read when the member asked."""
    role_ids: frozenset[int] = frozenset()
    """The member's roles."""
    shows_flagged: bool = False
    """Whether pictures that the provider flags are shown, hidden until they are clicked."""
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


class TooManyPicturesError(RefusedError):
    """The server's moderators allow fewer pictures in one request."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class OverLimitError(RefusedError):
    """A limit forbids it."""

    def __init__(
        self,
        denial: Denial,
        *,
        cost: int = 0,
        left: int | None = None,
        renews: int | None = None,
        limit: int | None = None,
        reason: str | None = None,
    ) -> None:
        """Say which; see `bot.jobs.money.DeniedError`."""
        super().__init__(denial)
        self.denial = denial
        self.cost = cost
        self.left = left
        self.renews = renews
        self.limit = limit
        self.reason = reason


class StoppingError(RefusedError):
    """The bot is about to restart and takes no new work."""


class NotStoringError(RefusedError):
    """What a paid call answered cannot be stored just now, so nothing new is taken."""


def check(
    context: Context,
    server_id: int,
    request: Request,
    pictures: Pictures,
    settings: ServerSettings = UNSET,
) -> Price:
    """Check an order as far as that needs no database; returns what it costs.

    Raises:
        RefusedError: It is refused.
    """
    allowed = context.limits.allowed_servers
    if allowed and server_id not in allowed:
        raise OverLimitError(Denial.SERVER)
    offered = offer(context.offered, settings)
    entry = _chosen(context, request, offered)
    if settings.most_pictures is not None and request.count > settings.most_pictures:
        raise TooManyPicturesError(settings.most_pictures)
    what = brought(pictures)
    lack = missing(entry, request, what, offered)
    if lack is not None:
        raise LacksError(entry, lack)
    pair = clash(entry, request, what)
    if pair is not None:
        raise ClashError(entry, pair)
    source = pictures.source
    if source and source.width and source.height and is_too_wide(source.width, source.height):
        raise TooWideError
    return price(entry.price_at(request.speed), request.count)


def offer(entries: Iterable[Entry], settings: ServerSettings) -> tuple[Entry, ...]:
    """What a server offers of what can be had: what its moderators chose, its default first."""
    chosen = [entry for entry in entries if entry.name in (settings.backends or (entry.name,))]
    return tuple(sorted(chosen, key=lambda entry: entry.name != settings.backend))


def complete(entry: Entry, request: Request, settings: ServerSettings = UNSET) -> Request:
    """Fill in what is sent in any case though it was not chosen, so that the card can show it."""
    if request.strength is None and entry.takes(Feature.STRENGTH):
        return replace(request, strength=settings.strength)
    return request


async def reserve(context: Context, order: Order) -> Job:
    """Check an order, reserve its price and write its job.

    Raises:
        RefusedError: It is refused; nothing was written.
        money.DuplicateError: The same click made a job already.
    """
    cost = check(context, order.server_id, order.request, order.pictures, order.settings)
    entry = context.registry.entry(order.request.backend, order.request.operation)
    request = complete(entry, order.request, order.settings)
    job = _new_job(context, replace(order, request=request), cost)
    try:
        return await _write(context, order, job, cost)
    except money.DeniedError as error:
        if error.denial is Denial.SERVER_BUDGET:
            await _tell_stop(context, order.server_id, error.budget_start)
        raise OverLimitError(
            error.denial,
            cost=cost.credits,
            left=error.left,
            renews=error.renews,
            limit=error.limit,
            reason=error.reason,
        ) from None


async def _write(context: Context, order: Order, job: NewJob, cost: Price) -> Job:
    async def work(tx: Transaction) -> JobRow:
        return await money.reserve(
            tx, job, cost, context.limits, role_ids=order.role_ids, people=context.people
        )

    try:
        return read(await context.database.transaction(work))
    except MovedError as moved:
        job = replace(job, account_id=moved.alias)
        return read(await context.database.transaction(work))


async def _tell_stop(context: Context, server_id: int, starts: int) -> None:
    """Tell the log channel of a refusal, which itself wrote nothing."""
    now = context.clock.now()

    async def work(tx: Transaction) -> None:
        settings = (await read_server(tx.run, server_id)).settings
        await tell_stop(tx, settings, server_id, starts, now=now)

    await context.database.transaction(work)


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


async def balance(
    context: Context, server_id: int, user_id: int, role_ids: Collection[int] = ()
) -> Balance:
    """What a member has left in the present period."""
    query = context.database.read
    account_id = await context.people.account(query, user_id)
    standing = await look(
        query,
        server_id,
        account_id,
        role_ids=role_ids,
        limits=context.limits,
        now=context.clock.now(),
    )
    account = standing.account
    return Balance(
        used=account.used,
        held=account.held + sum(grant.held for grant in standing.grants),
        allowance=standing.allowance,
        granted=sum(grant.remaining for grant in standing.grants),
        renews=standing.period.ends,
        running=account.running,
        suspension=standing.suspension,
    )


def _chosen(context: Context, request: Request, offered: Sequence[Entry]) -> Entry:
    able = [entry for entry in offered if entry.operation is request.operation]
    names = tuple(dict.fromkeys(entry.name for entry in able))
    try:
        entry = context.registry.entry(request.backend, request.operation)
    except NotOffered:
        raise NotOfferedError(request.backend, names) from None
    if not context.works(entry):
        raise OutOfOrderError(request.backend, names)
    if entry.name not in names:
        raise NotOfferedError(request.backend, names)
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
        account_id=order.user_id,
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
        budget_start=0,
        created=now,
        shows_flagged=order.shows_flagged,
    )
