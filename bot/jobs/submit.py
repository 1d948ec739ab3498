"""Taking an order: what is checked before any charge, and the reservation."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.backends.base import Request
from bot.backends.capabilities import Brought, clash, missing
from bot.backends.entry import Entry, Feature
from bot.backends.registry import NotOffered
from bot.backends.shapes import is_too_wide
from bot.budget import tell_stop
from bot.jobs import reservation
from bot.jobs.context import Context
from bot.jobs.record import Job, Pictures, read, write_pictures, write_request
from bot.jobs.refusals import (
    ClashError,
    LacksError,
    NotOfferedError,
    OutOfOrderError,
    OverLimitError,
    TooManyPicturesError,
    TooWideError,
)
from bot.jobs.standing import look
from bot.people import MovedError
from bot.quotas import Balance, Denial, Price, periods, price
from bot.servers import UNSET, ServerSettings, read_server
from storage.database import Transaction
from storage.job_rows import JobRow, NewJob


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
        reservation.DuplicateError: The same click made a job already.
    """
    cost = check(context, order.server_id, order.request, order.pictures, order.settings)
    entry = context.registry.entry(order.request.backend, order.request.operation)
    request = complete(entry, order.request, order.settings)
    job = _new_job(context, replace(order, request=request), cost)
    try:
        return await _write(context, order, job, cost)
    except reservation.DeniedError as error:
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
        return await reservation.reserve(
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
