"""Report on a card, and what moderators do about it from the log channel."""

from __future__ import annotations

import re
from typing import Any, Final, cast

import discord
from discord import ui
from discord.ext import commands

from bot.card_reports import MOST_AN_HOUR, TooManyReportsError
from bot.client import RemixBot
from bot.discord_wire import FAULTS
from bot.gateway import readable
from bot.jobs.record import Job
from bot.logbook import Button
from bot.moderation import By
from bot.people import mention
from bot.times import relative, stamp
from cogs import media, modals, quota_options, text
from cogs.desk import RemixInteraction, SorryError, by_of, explained
from cogs.ids import Part
from cogs.quota_desk import MOST_REASON, moderator, reason_of
from cogs.removal import remove
from cogs.replies import defer, open_form, whisper

NO_LOG = "This server takes no reports any more. Tell its moderators yourself."
TOO_MANY = (
    f"You reported {MOST_AN_HOUR} cards within an hour. Try again later, or tell the moderators "
    "yourself."
)
REPORTED = "Reported: the moderators of this server were told."
AGAIN = "You reported this card before; the moderators were told."
UNKNOWN = "This card is not known to the bot any more."
ERASED = "This member has been erased from the bot's books, and cannot be suspended by this card."
NOT_ALLOWED = "Only who may manage messages in the card's channel can delete it."
NOT_SEEN = "The bot does not see the card's channel any more. Delete the card yourself."
NOT_DELETED = "Discord did not let the bot delete it. Try again."
GONE = "The card is gone already."
DELETED = "The card was deleted."

UNTIL, REASON = "until", "reason"
_TEMPLATE: Final = re.compile(r"remix-mod:(?P<verb>delete|suspend|sent):(?P<job>[0-9a-f]{16})")


async def report(interaction: RemixInteraction, job: Job, message: discord.Message) -> None:
    """Tell the server's log channel of a card.

    Args:
        interaction: The press of Report, not answered yet.
        job: Whose card it is.
        message: The card; an old one's prompt is kept on it alone.

    Raises:
        SorryError: The server has no log channel any more.
    """
    server = await interaction.client.server(job.row.server_id)
    if server.settings.log_channel is None:
        raise SorryError(NO_LOG)
    buttons = (
        Button(label="Delete the card", custom_id=f"remix-mod:delete:{job.id}", danger=True),
        Button(label="Suspend the member", custom_id=f"remix-mod:suspend:{job.id}"),
    )
    try:
        new = await interaction.client.services.card_reports.take(
            job,
            interaction.user.id,
            link=text.message_link(job.row.server_id, message.channel.id, message.id),
            prompt=job.request.prompt or media.prompt(message, Part.PROMPT),
            negative=job.request.negative or media.prompt(message, Part.NEGATIVE),
            buttons=buttons,
        )
    except TooManyReportsError:
        raise SorryError(TOO_MANY) from None
    await interaction.response.send_message(REPORTED if new else AGAIN, ephemeral=True)


class Reports(commands.Cog):
    """The buttons below a report, and the form that one of them opens."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: RemixInteraction) -> None:
        """Take what names a reported card; everything else is served elsewhere."""
        data = cast("dict[str, Any]", interaction.data or {})
        named = _TEMPLATE.fullmatch(str(data.get("custom_id", "")))
        if named is None:
            return
        match named["verb"]:
            case "delete":
                async with explained(interaction):
                    await _delete(interaction, await _job(interaction, named["job"]))
            case "suspend":
                async with explained(interaction):
                    await moderator(interaction)
                    job = await _job(interaction, named["job"])
                    await open_form(interaction, _form(job))
            case _:
                async with explained(interaction):
                    by = await moderator(interaction)
                    await _suspend(interaction, by, await _job(interaction, named["job"]), data)


async def _job(interaction: RemixInteraction, job_id: str) -> Job:
    job = await interaction.client.jobs.get(job_id)
    if job is None or job.row.server_id != interaction.guild_id:
        raise SorryError(UNKNOWN)
    return job


# Delete the card


async def _delete(interaction: RemixInteraction, job: Job) -> None:
    # A channel that is not known by heart has to be asked for, and messages be deleted.
    await defer(interaction)
    await _require_say(interaction, job)
    further = await interaction.client.jobs.further_messages(job.id)
    doomed = [one for one in (job.row.message_id, *further) if one is not None]
    try:
        deleted = await remove(interaction.client, job.row.channel_id, doomed)
    except FAULTS:
        raise SorryError(NOT_DELETED) from None
    if not deleted:
        raise SorryError(GONE)
    await interaction.client.services.moderation.servers.note(
        by_of(interaction),
        "report.delete",
        subject_id=job.row.user_id,
        before=f"a card in <#{job.row.channel_id}>",
        after="deleted",
    )
    await whisper(interaction, DELETED)


async def _require_say(interaction: RemixInteraction, job: Job) -> None:
    """Check that the member may manage messages where the card is, not where the report is.

    Raises:
        SorryError: They may not, or the channel is gone or hidden.
    """
    channel = await _channel(interaction, job.row.channel_id)
    member = interaction.user
    if channel is None or not isinstance(member, discord.Member):
        raise SorryError(GONE if channel is None else NOT_ALLOWED)
    try:
        may = channel.permissions_for(member).manage_messages
    except discord.ClientException:  # A thread whose channel the bot does not see.
        raise SorryError(NOT_SEEN) from None
    if not may:
        raise SorryError(NOT_ALLOWED)


async def _channel(
    interaction: RemixInteraction, channel_id: int
) -> discord.abc.GuildChannel | discord.Thread | None:
    """The card's channel; None where it is gone.

    Raises:
        SorryError: The bot does not see it.
    """
    guild = interaction.guild
    known = None if guild is None else guild.get_channel_or_thread(channel_id)
    if known is not None:
        return known
    try:  # A thread that was archived is not known by heart.
        with readable():
            found = await interaction.client.fetch_channel(channel_id)
    except discord.NotFound:
        return None
    except FAULTS:
        raise SorryError(NOT_SEEN) from None
    return None if isinstance(found, discord.abc.PrivateChannel) else found


# Suspend the member


def _form(job: Job) -> ui.Modal:
    """A form that is answered from its id alone, so discord.py is made to forget it."""
    if job.row.user_id <= 0:
        raise SorryError(ERASED)
    modal = ui.Modal(title="Suspend the member", timeout=None, custom_id=f"remix-mod:sent:{job.id}")
    until: ui.TextInput[ui.Modal] = ui.TextInput(custom_id=UNTIL, required=False, max_length=60)
    hint = "Such as 7d or 2026-12-31; left empty, until somebody restores them."
    modal.add_item(ui.Label(text="Until", description=hint, component=until))
    reason: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=REASON,
        style=discord.TextStyle.paragraph,
        required=False,
        max_length=MOST_REASON,
    )
    hint = "The member reads it."
    modal.add_item(ui.Label(text="Reason", description=hint, component=reason))
    modal.stop()
    return modal


async def _suspend(interaction: RemixInteraction, by: By, job: Job, data: dict[str, Any]) -> None:
    typed, user_id = modals.values(data), job.row.user_id
    if user_id <= 0:
        raise SorryError(ERASED)
    until = await quota_options.moment(interaction, typed.get(UNTIL, "").strip() or None)
    await interaction.client.services.moderation.suspensions.suspend(
        by, user_id, until=until, reason=reason_of(typed.get(REASON))
    )
    ends = "until restored" if until is None else f"until {stamp(until)} ({relative(until)})"
    sentence = f"{mention(user_id)} is suspended {ends}. `/quota restore` ends it."
    await interaction.response.send_message(sentence, ephemeral=True)


async def setup(bot: RemixBot) -> None:
    """Serve the buttons of reports."""
    await bot.add_cog(Reports())
