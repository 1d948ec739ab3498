"""Reports of cards: told to the log channel, each member's once."""

from __future__ import annotations

from bot import logbook
from bot.clock import Clock
from bot.jobs.record import Job
from bot.people import mention
from bot.servers import read_server
from storage import card_reports
from storage.database import Database, Transaction

MOST_AN_HOUR = 10
"""Cards that a member may report within an hour."""
HOUR_MS = 3600 * 1000


class TooManyReportsError(Exception):
    """A member reports more cards than moderators could look at."""


class CardReports:
    """Takes reports."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take(
        self,
        job: Job,
        reporter_id: int,
        *,
        link: str,
        prompt: str | None,
        negative: str | None,
        buttons: tuple[logbook.Button, ...],
    ) -> bool:
        """Tell the log channel of a card.

        Args:
            job: Whose card it is.
            reporter_id: Who reports it.
            link: To the card.
            prompt: What was asked, as far as anybody still knows.
            negative: What the picture shall not show.
            buttons: What moderators can do about it.

        Returns:
            Whether this member had not reported it before.

        Raises:
            TooManyReportsError: They reported too many within an hour; nothing was written.
        """
        now = self._clock.now()
        post = logbook.Post(
            title="Card reported",
            lines=(
                f"[This card]({link}), reported by <@{reporter_id}>",
                f"Asked for by {mention(job.row.user_id)} on **{job.row.backend}**",
            ),
            quoted="\n".join(filter(None, (prompt, negative))) or None,
            buttons=buttons,
        )

        async def work(tx: Transaction) -> bool:
            if not await card_reports.add(tx, job.id, reporter_id, now=now):
                return False
            if await card_reports.count_since(tx, reporter_id, now - HOUR_MS) > MOST_AN_HOUR:
                raise TooManyReportsError
            settings = (await read_server(tx.run, job.row.server_id)).settings
            await logbook.write(tx, settings, job.row.server_id, post, now=now)
            return True

        return await self._database.transaction(work)
