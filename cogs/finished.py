"""Telling a member, once and by a plain reply, that what took long is done.

A card is edited when its job ends, which notifies nobody; and a message of components that pings
pushes an empty notification (discord/discord-api-docs, issue 7854).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import discord

from bot.discord_wire import FAULTS
from bot.gateway import readable
from bot.jobs.presenter import Showing
from bot.jobs.record import Job
from bot.servers import ServerSettings
from cogs.delivery import brief
from storage.states import JobState

if TYPE_CHECKING:
    from bot.client import RemixBot

log = logging.getLogger(__name__)

NOTICE_PART: Final = 99
"""Stands among the further messages of a job, so that it is deleted with them."""
SEARCH_LIMIT = 100
"""Messages after the card that are searched for a notice that may have been sent."""
DONE = "Your pictures are ready."
FAILED = "This came to nothing; the message above says why."


class FinishedNotices:
    """Tells members."""

    def __init__(self, bot: RemixBot) -> None:
        self._bot = bot

    async def tell(self, showing: Showing, settings: ServerSettings, card_id: int | None) -> None:
        """Tell the member that their job is done, where the server wants that and it took long.

        A failure is logged and forgotten: the card itself was shown.
        """
        if card_id is None or NOTICE_PART in showing.parts or not _is_due(showing.job, settings):
            return
        try:
            await self._reply(showing, card_id)
        except FAULTS as error:
            log.info("notice.lost", extra={"error": brief(error)})

    async def _reply(self, showing: Showing, card_id: int) -> None:
        row = showing.job.row
        channel = self._bot.get_partial_messageable(row.channel_id, guild_id=row.server_id)
        sent_id = await self._sent_before(channel, card_id) if showing.again else None
        if sent_id is None:
            card = channel.get_partial_message(card_id)
            done = showing.job.state is JobState.SUCCEEDED
            with readable():
                sent = await channel.send(
                    f"<@{row.user_id}> {DONE if done else FAILED}",
                    reference=card.to_reference(fail_if_not_exists=False),
                    allowed_mentions=discord.AllowedMentions(
                        everyone=False,
                        roles=False,
                        users=[discord.Object(row.user_id)],
                        replied_user=False,
                    ),
                    nonce=f"{row.id}-n",
                )
                sent_id = sent.id
        await showing.record_part(NOTICE_PART, sent_id)

    async def _sent_before(self, channel: discord.PartialMessageable, card_id: int) -> int | None:
        looking = channel.history(
            after=discord.Object(card_id), limit=SEARCH_LIMIT, oldest_first=True
        )
        with readable():
            later = [message async for message in looking]
        for message in later:
            answers = message.reference is not None and message.reference.message_id == card_id
            if answers and message.author == self._bot.user and not message.components:
                return message.id
        return None


def _is_due(job: Job, settings: ServerSettings) -> bool:
    if settings.notice_after is None or job.row.finished is None:
        return False
    if job.state is JobState.CANCELLED:
        return False
    return job.row.finished - job.row.created >= settings.notice_after * 1000
