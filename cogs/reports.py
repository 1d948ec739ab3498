"""Report on a card, and what moderators do about it from the log channel."""

from __future__ import annotations

from bot.jobs.record import Job
from bot.logbook import Button
from cogs import text
from cogs.desk import RemixInteraction, SorryError

NO_LOG = "This server takes no reports any more. Tell its moderators yourself."
REPORTED = "Reported: the moderators of this server were told."
AGAIN = "You reported this card before; the moderators were told."


async def report(interaction: RemixInteraction, job: Job) -> None:
    """Tell the server's log channel of a card.

    Raises:
        SorryError: The server has no log channel, or the card is unknown.
    """
    server, link = await interaction.client.server(job.row.server_id), text.card_link(job)
    if server.settings.log_channel is None or link is None:
        raise SorryError(NO_LOG)
    buttons = (
        Button(label="Delete the card", custom_id=f"remix-mod:delete:{job.id}", danger=True),
        Button(label="Suspend the member", custom_id=f"remix-mod:suspend:{job.id}"),
    )
    new = await interaction.client.services.card_reports.take(
        job, interaction.user.id, link=link, buttons=buttons
    )
    await interaction.response.send_message(REPORTED if new else AGAIN, ephemeral=True)
