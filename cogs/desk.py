"""Taking orders at Discord's counter: check, quote or reserve, answer with the card, confirm."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import discord

from bot.admission import admit, shows_flagged
from bot.backends.base import Operation, Request
from bot.counter import Counter
from bot.discord_wire import FAULTS
from bot.errors import UNEXPECTED, explain
from bot.gateway import GarbledError, readable
from bot.jobs import drafts
from bot.jobs.drafts import Draft
from bot.jobs.record import Job, Pictures, SourceRef
from bot.jobs.refusals import OverLimitError, RefusedError
from bot.jobs.reservation import DuplicateError
from bot.jobs.submit import Order
from bot.moderation import By, NothingToChangeError
from bot.quotas import Denial, credits_text
from bot.servers import Server, ServerSettings
from bot.times import TimesError
from cogs import access, cards, text
from cogs.delivery import brief
from cogs.people import RemixInteraction, asker_of, place_of, role_ids
from cogs.replies import whisper
from storage.database import StorageError

log = logging.getLogger(__name__)

EMPTY_PROMPT = "The prompt is empty. Say what the new picture shows."
RUN_OUT = "This offer has run out. Use the command or button again."
TOKEN_LIFE = timedelta(minutes=15)

_UNANSWERED = (
    *(None, discord.InteractionResponseType.deferred_channel_message),
    discord.InteractionResponseType.deferred_message_update,
)
"""What an interaction was answered with when its member has read nothing yet."""

NOTHING_OFFERED = "No backend that does this is in order just now. Try again later."


class SorryError(Exception):
    """A sentence for the one who asked; its text is the sentence."""


@asynccontextmanager
async def explained(interaction: RemixInteraction) -> AsyncGenerator[None]:
    """Whatever goes wrong inside ends in one sentence for the one who asked."""
    try:
        yield
    except SorryError as error:
        await whisper(interaction, str(error))
    except RefusedError as error:
        await whisper(interaction, explain(error))
    except StorageError as error:
        about = {"interaction": interaction.id, "reason": str(error)}
        log.error("interaction.not_stored", extra=about)  # noqa: TRY400 - it is said whole
        await whisper(interaction, explain(error))
    except (NothingToChangeError, TimesError) as error:
        await whisper(interaction, str(error))
    except DuplicateError:
        # The first click is being answered; this one is only acknowledged.
        if interaction.type is discord.InteractionType.component:
            with suppress(*FAULTS):
                await interaction.response.defer()
    except FAULTS as error:
        log.warning("interaction.lost", extra={"error": brief(error)})
        # It need not have been Discord that was out of reach; what it garbled, it may have done.
        if interaction.response.type in _UNANSWERED and not isinstance(error, GarbledError):
            await whisper(interaction, UNEXPECTED)
    except Exception:
        log.exception("interaction.fault", extra={"interaction": interaction.id})
        await whisper(interaction, UNEXPECTED)


async def take(
    interaction: RemixInteraction,
    request: Request,
    pictures: Pictures,
    *,
    pressed: str | None = None,
    parent_id: str | None = None,
    draft_id: str | None = None,
    quoted: bool = True,
) -> None:
    """Quote a dear request, start any other: reserve, answer with the card, confirm.

    Args:
        interaction: Not answered yet.
        request: What is asked.
        pictures: With which pictures.
        pressed: The custom id of the button, if one was pressed.
        parent_id: The job on whose card it was.
        draft_id: The draft that is started now, and becomes the job.
        quoted: Whether the member saw what the draft costs.

    Raises:
        SorryError: The bot may not post here.
        RefusedError: A limit or the backend forbids it; nothing was written.
        DuplicateError: The same click made a job already.
    """
    jobs, prompts = interaction.client.jobs, interaction.client.services.prompts
    if request.operation is not Operation.REFRAME and not request.prompt.strip():
        raise SorryError(EMPTY_PROMPT)
    async with jobs.context.gate.order():
        counter = await _counter(interaction)
        server = counter.server
        request = _on_default(interaction, request, server.settings)
        hits = await prompts.check(
            server,
            interaction.user.id,
            request.prompt,
            request.negative,
            rules=counter.rules,
        )
        await require_permissions(interaction, server)
        order = _order(interaction, server.settings, request, pictures)
        order = replace(order, pressed=pressed, parent_id=parent_id, job_id=draft_id)
        price = jobs.quote(order)
        seen = draft_id is not None and quoted
        is_dear = not seen and price.credits > interaction.client.confirm_above
        job = None if is_dear else await jobs.submit(order)
    if job is None:
        await _quote(interaction, order, price.credits)
        return
    message_id = await _answer(interaction, job)
    where = _where(order, message_id)
    user_id, negative = interaction.user.id, request.negative
    await prompts.report(server, user_id, hits, request.prompt, negative, where=where)


def server_id_of(interaction: RemixInteraction) -> int:
    """The server in which an interaction is.

    Raises:
        SorryError: It is in none.
    """
    if interaction.guild_id is None:
        raise SorryError("Pictures are made in servers. Use the command in a server's channel.")
    return interaction.guild_id


def by_of(interaction: RemixInteraction) -> By:
    """Who changes something in an interaction, for the trail of changes.

    Raises:
        SorryError: It is in no server.
    """
    return By(
        interaction_id=interaction.id,
        server_id=server_id_of(interaction),
        user_id=interaction.user.id,
    )


async def admitted(interaction: RemixInteraction) -> Server:
    """Check that the member may use the bot here and now; gives the server as it is set.

    Raises:
        BarredError: The server's moderators do not let it be used so.
        OverLimitError: They suspended the member.
    """
    return (await _counter(interaction)).server


async def _counter(interaction: RemixInteraction) -> Counter:
    """As `admitted`, with all that was looked up for it."""
    counter = await interaction.client.counter(server_id_of(interaction), interaction.user.id)
    settings, now = counter.server.settings, interaction.client.clock.now()
    admit(settings, asker_of(interaction), place_of(interaction), now=now)
    suspension = counter.suspension
    if suspension is not None:
        raise OverLimitError(Denial.SUSPENDED, renews=suspension.until, reason=suspension.reason)
    return counter


async def require_permissions(interaction: RemixInteraction, server: Server) -> None:
    """Check what the bot may do in the channel.

    Raises:
        SorryError: Names what is missing.
    """
    obstacle = await access.obstacle(interaction, server)
    if obstacle is not None:
        raise SorryError(obstacle)


def _on_default(
    interaction: RemixInteraction, request: Request, settings: ServerSettings
) -> Request:
    """Take the server's default where the member named no backend."""
    if request.backend:
        return request
    offered = interaction.client.offered_for(request.operation, settings)
    if not offered:
        raise SorryError(NOTHING_OFFERED)
    return replace(request, backend=offered[0].name)


def _order(
    interaction: RemixInteraction,
    settings: ServerSettings,
    request: Request,
    pictures: Pictures,
) -> Order:
    ends = interaction.created_at + TOKEN_LIFE
    return Order(
        interaction_id=interaction.id,
        token=interaction.token,
        token_ends=int(ends.timestamp() * 1000),
        server_id=server_id_of(interaction),
        channel_id=interaction.channel_id or 0,
        user_id=interaction.user.id,
        upload_limit=interaction.filesize_limit,
        request=request,
        pictures=pictures.changed(lambda one: _of_others(one, interaction.user.id)),
        settings=settings,
        role_ids=role_ids(interaction.user),
        shows_flagged=shows_flagged(settings, place_of(interaction)),
    )


def _of_others(picture: SourceRef, user_id: int) -> SourceRef:
    return replace(picture, author_id=None) if picture.author_id == user_id else picture


async def _answer(interaction: RemixInteraction, job: Job) -> int | None:
    message_id = None
    try:
        view = cards.waiting(job, interaction.client.entry(job))
        with readable():
            response = await interaction.response.send_message(view=view)
            message_id = response.message_id
    except FAULTS as error:
        # The engine asks Discord whether the card is there after all.
        log.warning("card.in_doubt", extra={"job": job.id, "error": brief(error)})
    finally:
        interaction.client.jobs.confirm(job.id, message_id)
    return message_id


def _where(order: Order, message_id: int | None) -> str:
    channel = f"<#{order.channel_id}>"
    if message_id is None:
        return channel
    link = text.message_link(order.server_id, order.channel_id, message_id)
    return f"{channel}: [this card]({link})"


async def _quote(interaction: RemixInteraction, order: Order, cost: int) -> None:
    jobs = interaction.client.jobs
    balance = await jobs.balance(order.server_id, order.user_id, order.role_ids)
    if balance.left is not None and cost > balance.left:
        raise OverLimitError(Denial.ALLOWANCE, cost=cost, left=balance.left, renews=balance.renews)
    draft_id = await _keep(interaction, order)
    of = "" if balance.left is None else f" of your {balance.left} credits"
    sentence = f"This costs {cost}{of}." if of else f"This costs {credits_text(cost)}."
    view = cards.quote(draft_id, sentence)
    with readable():
        await interaction.response.send_message(view=view, ephemeral=True)


async def _keep(interaction: RemixInteraction, order: Order) -> str:
    """Keep an order until its Start: in the draft that it came from, if it came from one."""
    jobs = interaction.client.jobs
    if order.job_id is None:
        return await jobs.keep_draft(order)
    if await jobs.get(order.job_id) is not None:
        raise DuplicateError

    def alter(draft: Draft) -> Draft:
        return replace(draft, request=order.request, pictures=order.pictures)

    if await drafts.change(jobs.context, order.job_id, alter) is None:
        raise SorryError(RUN_OUT)
    return order.job_id
