"""Showing jobs in Discord: by their interaction while its token lives, then as the bot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import discord

from bot.discord_wire import FAULTS
from bot.gateway import readable
from bot.jobs.presenter import CardUnknownError, Delivery, News, Showing
from bot.jobs.record import Job, SourceRef
from cogs import cards, media, parcels
from cogs.delivery import (
    UNKNOWN_MESSAGE,
    CardGoneError,
    brief,
    delivery,
    is_final,
    is_refused,
    token_is_dead,
)
from cogs.finished import FinishedNotices
from cogs.ids import Part
from cogs.parcels import Parcel
from storage.states import JobState

if TYPE_CHECKING:
    from bot.client import RemixBot

log = logging.getLogger(__name__)

ATTEMPT_SECONDS = 120.0
"""One attempt to show a card takes no longer."""
TOKEN_MARGIN_MS = 30_000
"""So long before its end a token is not trusted any more."""
SEARCH_LIMIT = 200
"""Messages after the card that are searched for one that may have been sent."""


class DiscordPresenter:
    """See `bot.jobs.presenter.Presenter`."""

    def __init__(self, bot: RemixBot) -> None:
        self._bot = bot
        self._notices = FinishedNotices(bot)

    async def find_card(self, job: Job) -> int | None:
        """See `bot.jobs.presenter.Presenter.find_card`."""
        webhook = self._webhook(job)
        if webhook is None:
            return None
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                with readable():
                    return (await webhook.fetch_message(ORIGINAL)).id
        except FAULTS as error:
            gone = isinstance(error, discord.HTTPException) and error.code == UNKNOWN_MESSAGE
            if gone or token_is_dead(error):
                return None
            raise CardUnknownError from error

    async def tell(self, job: Job, news: News) -> bool:
        """See `bot.jobs.presenter.Presenter.tell`."""
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                await self._edit(job, cards.waiting(job, self._bot.entry(job), news))
        except FAULTS as error:
            log.info("card.news_lost", extra={"error": brief(error)})
            return delivery(error) is not Delivery.CARD_DELETED
        return True

    async def show(self, showing: Showing) -> Delivery:
        """See `bot.jobs.presenter.Presenter.show`."""
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return await self._show(showing)
        except FAULTS as error:
            found = delivery(error)
            log.warning("card.not_shown", extra={"error": brief(error), "delivery": found.value})
        if found is not Delivery.NO_WAY:
            return found
        return await self._show_privately(showing)

    async def give_up(self, job: Job) -> None:
        """See `bot.jobs.presenter.Presenter.give_up`."""
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                await self._edit(job, cards.undelivered(job))
        except FAULTS as error:
            log.warning("card.not_given_up", extra={"error": brief(error)})

    async def fresh_link(self, source: SourceRef) -> str | None:
        """See `bot.jobs.presenter.Presenter.fresh_link`."""
        if source.card_channel_id is None or source.card_message_id is None:
            return None
        try:
            channel = self._bot.get_partial_messageable(source.card_channel_id)
            async with asyncio.timeout(ATTEMPT_SECONDS):
                with readable():
                    message = await channel.fetch_message(source.card_message_id)
        except FAULTS as error:
            log.info("source.not_fetched", extra={"error": brief(error)})
            return None
        shown = media.pictures(message, Part(source.card_component or Part.BEFORE))
        return shown[source.card_index].url if source.card_index < len(shown) else None

    async def _show(self, showing: Showing) -> Delivery:
        job = showing.job
        settings = (await self._bot.server(job.row.server_id)).settings
        if job.state is not JobState.SUCCEEDED:
            if showing.of_the_past and await self._has_pictures(job):
                return Delivery.SHOWN
            await self._edit(job, cards.ended(job))
            await self._notices.tell(showing, settings, job.row.message_id)
            return Delivery.SHOWN
        card, *rest = parcels.pack(job, showing.files)
        links: list[str] = []
        for parcel in rest:
            message_id = showing.parts.get(parcel.part) or await self._send(showing, parcel)
            links.append(parcels.link(job, message_id))
        card_id = await self._show_card(showing, card, links)
        await self._notices.tell(showing, settings, card_id)
        return Delivery.SHOWN

    async def _has_pictures(self, job: Job) -> bool:
        """Whether the card shows results already."""
        if job.row.message_id is None:
            return False
        channel = self._bot.get_partial_messageable(job.row.channel_id, guild_id=job.row.server_id)
        with readable():
            message = await channel.fetch_message(job.row.message_id)
        return bool(media.pictures(message, Part.AFTER))

    async def _show_card(self, showing: Showing, card: Parcel, links: Sequence[str]) -> int | None:
        """Show the card, as a new message where it cannot be edited; gives the message's id."""
        job = showing.job
        card_id = showing.parts.get(card.part)
        if card_id is None:
            view = await self._view(job, card, links)
            try:
                await self._edit(job, view, card)
            except discord.HTTPException as error:
                if not is_refused(error):
                    raise
                log.warning("card.edit_refused", extra={"error": brief(error)})
                card_id = await self._send(showing, card, links)
            else:
                return job.row.message_id
        await self._delete_waiting(job)
        return card_id

    async def _view(self, job: Job, parcel: Parcel, links: Sequence[str]) -> cards.Card:
        server = await self._bot.server(job.row.server_id)
        reports = server.settings.log_channel is not None
        return parcels.card(job, self._bot.entry(job), parcel, links, reports=reports)

    async def _edit(self, job: Job, view: cards.Card, parcel: Parcel | None = None) -> None:
        """Edit the card by its interaction, or as the bot where that has ended.

        Naming the attachments, even none, is what makes Discord take new files into a
        message of components.
        """
        webhook = self._webhook(job)
        if webhook is not None:
            files = _files(parcel)
            try:
                with readable():
                    await webhook.edit_message(ORIGINAL, view=view, attachments=files)
            except discord.HTTPException as error:
                if not token_is_dead(error):
                    raise
            else:
                return
        if job.row.message_id is None:
            raise CardGoneError
        channel = self._bot.get_partial_messageable(job.row.channel_id, guild_id=job.row.server_id)
        card, files = channel.get_partial_message(job.row.message_id), _files(parcel)
        with readable():
            await card.edit(view=view, attachments=files)

    async def _send(self, showing: Showing, parcel: Parcel, links: Sequence[str] = ()) -> int:
        """Send a new message, unless one was sent before; gives its id once that is stored."""
        job = showing.job
        view = await self._view(job, parcel, links)
        channel = self._bot.get_partial_messageable(job.row.channel_id, guild_id=job.row.server_id)
        message_id = await self._sent_before(channel, job, view) if showing.again else None
        if message_id is None:
            files, nonce = parcel.files(), f"{job.id}-{parcel.part}"
            with readable():
                message_id = (await channel.send(view=view, files=files, nonce=nonce)).id
        await showing.record_part(parcel.part, message_id)
        return message_id

    async def _sent_before(
        self, channel: discord.PartialMessageable, job: Job, view: cards.Card
    ) -> int | None:
        wanted = cards.custom_ids(view)
        after = discord.Object(job.row.message_id or job.row.interaction_id)
        with readable():
            history = channel.history(after=after, limit=SEARCH_LIMIT, oldest_first=True)
            messages = [message async for message in history]
        # All of them: some buttons stand on every message of the job.
        ours = (one for one in messages if one.author == self._bot.user)
        return next((one.id for one in ours if wanted <= media.custom_ids(one)), None)

    async def _delete_waiting(self, job: Job) -> None:
        if job.row.message_id is None:
            return
        channel = self._bot.get_partial_messageable(job.row.channel_id, guild_id=job.row.server_id)
        try:
            with readable():
                await channel.get_partial_message(job.row.message_id).delete()
        except FAULTS as error:
            log.warning("card.waiting_not_deleted", extra={"error": brief(error)})
            if delivery(error) is Delivery.LATER and not is_refused(error):
                raise  # Else the card would say for ever that its job is not finished.

    async def _show_privately(self, showing: Showing) -> Delivery:
        """Send the member what they are owed where the channel is closed, if the token lives."""
        webhook = self._webhook(showing.job)
        if webhook is None:
            return Delivery.NO_WAY
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                await self._whisper(webhook, showing)
        except FAULTS as error:
            log.warning("card.not_whispered", extra={"error": brief(error)})
            return Delivery.NO_WAY if is_final(error) else Delivery.LATER
        return Delivery.SHOWN

    async def _whisper(self, webhook: discord.Webhook, showing: Showing) -> None:
        job = showing.job
        if job.state is not JobState.SUCCEEDED:
            view = cards.ended(job)
            with readable():
                await webhook.send(view=view, ephemeral=True, wait=True)
            return
        card, *rest = parcels.pack(job, showing.files)
        # The card comes last: once it is there, all is.
        for parcel in (*rest, card):
            if parcel.part not in showing.parts:
                view = parcels.card(job, None, parcel, ())
                files = parcel.files()
                with readable():
                    sent = await webhook.send(view=view, files=files, ephemeral=True, wait=True)
                if parcel.part:
                    await showing.record_part(parcel.part, sent.id)

    def _webhook(self, job: Job) -> discord.Webhook | None:
        """The interaction's webhook, while its token lives."""
        row, application = job.row, self._bot.application_id
        if row.token is None or application is None:
            return None
        if self._bot.clock.now() > row.token_ends - TOKEN_MARGIN_MS:
            return None
        webhook = discord.Webhook.partial(application, row.token, client=self._bot)
        # discord.py sends ephemeral messages by those of applications only.
        webhook.type = discord.WebhookType.application
        webhook.proxy = self._bot.http.proxy
        return webhook


ORIGINAL = cast("int", "@original")
"""The interaction's own answer; discord.py passes the name on, though it says int."""


def _files(parcel: Parcel | None) -> list[discord.File]:
    return [] if parcel is None else parcel.files()


async def setup(bot: RemixBot) -> None:
    """Let jobs be shown in Discord."""
    bot.presenter = DiscordPresenter(bot)
