"""The buttons, selects and forms of cards: served from their ids, also after a restart."""

from __future__ import annotations

import logging
import re
from typing import Any, Self, cast

import discord
from discord import ui
from discord.ext import commands

from bot.backends.base import Operation, Request
from bot.backends.entry import Entry
from bot.client import RemixBot
from bot.discord_wire import FAULTS
from bot.errors import REASONS
from bot.gateway import readable
from bot.jobs.engine import CancelAnswer
from bot.jobs.record import Failure, Job, Pictures, SourceRef
from bot.jobs.reservation import DuplicateError
from bot.servers import Pressers, Server
from cogs import again, consent, media, modals, panel, reports
from cogs.delivery import brief
from cogs.desk import (
    NOTHING_OFFERED,
    RUN_OUT,
    RemixInteraction,
    SorryError,
    admitted,
    explained,
    server_id_of,
    take,
)
from cogs.ids import BUTTON_TEMPLATE, SELECT_TEMPLATE, Action, CustomId, Part
from cogs.removal import remove
from cogs.replies import acknowledge, close, open_form

log = logging.getLogger(__name__)

GONE = "This remix is not known to the bot any more. Use /remix."
NOT_FOR_OTHERS = "In this server only who asked for this remix may go on with it. Use /remix."
NOT_YOURS = "Only who asked for this remix, or someone who may manage messages, can do that."


class CardButton(ui.DynamicItem[ui.Button[ui.View]], template=BUTTON_TEMPLATE):
    """Any button of a card."""

    def __init__(self, custom_id: str) -> None:
        super().__init__(ui.Button(custom_id=custom_id))
        self.named = CustomId.parse(custom_id)

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button that was pressed."""
        return cls(match.string)

    async def callback(self, interaction: discord.Interaction) -> None:
        """Do what the button says."""
        pressed = cast("RemixInteraction", interaction)
        async with explained(pressed):
            if self.named is None:  # Of another version of the bot.
                raise SorryError(GONE)
            await _press(pressed, self.named)


class PicturePick(ui.DynamicItem[ui.Select[ui.View]], template=SELECT_TEMPLATE):
    """The select that chooses one of several results to remix."""

    def __init__(self, custom_id: str, job_id: str) -> None:
        super().__init__(ui.Select(custom_id=custom_id, options=[discord.SelectOption(label="1")]))
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the select that was used."""
        return cls(match.string, match["job"])

    async def callback(self, interaction: discord.Interaction) -> None:
        """Open the form for the chosen picture."""
        pressed = cast("RemixInteraction", interaction)
        async with explained(pressed):
            data = cast("dict[str, Any]", interaction.data or {})
            picture = int(data["values"][0])
            await _open_form(
                pressed, CustomId(action=Action.AGAIN, job_id=self.job_id, picture=picture)
            )


class Forms(commands.Cog):
    """Answers submitted forms from their ids."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: RemixInteraction) -> None:
        """Take a form of ours; everything else is served elsewhere."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        data = cast("dict[str, Any]", interaction.data or {})
        named = CustomId.parse(str(data.get("custom_id", "")))
        if named is not None:
            async with explained(interaction):
                await _submit_form(interaction, named, data)


async def _press(interaction: RemixInteraction, named: CustomId) -> None:
    match named.action:
        case Action.START:
            await _start(interaction, named)
        case Action.CANCEL:
            await _cancel(interaction, await _job(interaction, named))
        case Action.DELETE:
            await _delete(interaction, await _job(interaction, named))
        case Action.REPORT:
            await reports.report(interaction, await _job(interaction, named), _message(interaction))
        case Action.EDIT | Action.AGAIN:
            await _open_form(interaction, named)
        case Action.RETRY:
            await _retry(interaction, named)
        case Action.MORE:
            job, server = await _pressable(interaction, named)
            await consent.require_for_card(interaction, server, job)
            await panel.open(interaction, job, _message(interaction))
        case Action.REROLL | Action.CLOSER | Action.BOLDER:
            await _redo(interaction, named)


async def _pressable(interaction: RemixInteraction, named: CustomId) -> tuple[Job, Server]:
    """The job of a button that the member may press, with its server.

    Raises:
        SorryError: The server keeps a card's buttons to who asked for it.
        RefusedError: The member may not use the bot here now.
    """
    job = await _job(interaction, named)
    server = await admitted(interaction)
    mine = interaction.user.id == job.row.user_id
    if server.settings.pressers is Pressers.REQUESTER and not mine:
        raise SorryError(NOT_FOR_OTHERS)
    return job, server


async def _redo(interaction: RemixInteraction, named: CustomId) -> None:
    (job, server), message = await _pressable(interaction, named), _message(interaction)
    await consent.require_for_card(interaction, server, job)
    entry = interaction.client.entry(job)
    request = again.changed(again.request_of(job, message), named.action, job, entry)
    pictures = again.pictures_of(job, message)
    await take(interaction, request, pictures, pressed=str(named), parent_id=job.id)


async def _retry(interaction: RemixInteraction, named: CustomId) -> None:
    job, server = await _pressable(interaction, named)
    await consent.require_for_card(interaction, server, job)
    pictures, pressed = again.stored_pictures(job), str(named)
    again.require_alive(pictures, interaction.client.clock.now())
    request = again.request_of(job, _message(interaction))
    await take(interaction, request, pictures, pressed=pressed, parent_id=job.row.parent_id)


async def _open_form(interaction: RemixInteraction, named: CustomId) -> None:
    job, server = await _pressable(interaction, named)
    await consent.require_for_card(interaction, server, job)
    if named.action is Action.EDIT:
        title, request = "Edit", again.request_of(job, _message(interaction))
        entry = interaction.client.entry(job)
        if entry is None:
            raise SorryError(REASONS[Failure.NOT_OFFERED])
    else:
        title = "Remix this result"
        entry = _remixer(interaction, job, server)
        request, _ = await _onward(interaction, job, entry)
    await open_form(interaction, modals.build(named, title, request, entry))


async def _submit_form(
    interaction: RemixInteraction, named: CustomId, data: dict[str, Any]
) -> None:
    (job, server), message = await _pressable(interaction, named), _message(interaction)
    await consent.require_for_card(interaction, server, job)
    if named.action is Action.EDIT:
        request, pictures = again.request_of(job, message), again.pictures_of(job, message)
    else:
        request, references = await _onward(interaction, job, _remixer(interaction, job, server))
        index = again.index_of(message, named.picture or 1)
        result = again.picture_of(job, message, Part.AFTER, index)
        pictures = Pictures(source=result, references=references)
    await take(interaction, modals.apply(data, request), pictures, parent_id=job.id)


def _remixer(interaction: RemixInteraction, job: Job, server: Server) -> Entry:
    """The backend that remixes a job's results: its own, or the first where that does not."""
    offered = interaction.client.offered_for(Operation.REMIX, server.settings)
    if not offered:
        raise SorryError(NOTHING_OFFERED)
    return next((entry for entry in offered if entry.name == job.request.backend), offered[0])


async def _onward(
    interaction: RemixInteraction, job: Job, entry: Entry
) -> tuple[Request, tuple[SourceRef, ...]]:
    """What a remix of a job's result asks for, and the style references that come along."""
    card = await _card(interaction, job)
    references = again.references_of(job, card)[: entry.max_references]
    return again.as_remix(again.request_of(job, card), entry, len(references)), references


async def _card(interaction: RemixInteraction, job: Job) -> discord.Message:
    """The message that shows prompts and references, of which a further message has none."""
    message, card_id = _message(interaction), job.row.message_id
    shows_it = message.id == card_id or media.prompt(message, Part.PROMPT) is not None
    stored = job.request.prompt and not job.pictures.references
    if card_id is None or shows_it or stored:
        return message
    try:
        channel = interaction.client.get_partial_messageable(message.channel.id)
        with readable():
            return await channel.fetch_message(card_id)
    except FAULTS as error:
        # Without it the results can be remixed all the same, as long as the prompt is stored.
        log.info("card.not_fetched", extra={"job": job.id, "error": brief(error)})
        return message


async def _start(interaction: RemixInteraction, named: CustomId) -> None:
    draft = await interaction.client.jobs.draft(named.job_id)
    if draft is None:
        raise SorryError(RUN_OUT)
    server = await interaction.client.server(server_id_of(interaction))
    await consent.require_for_draft(interaction, server, draft)
    again.require_alive(draft.pictures, interaction.client.clock.now())
    try:
        await take(
            interaction,
            draft.request,
            draft.pictures,
            parent_id=draft.parent_id,
            draft_id=named.job_id,
        )
    except DuplicateError:
        raise SorryError("This was started already.") from None


async def _cancel(interaction: RemixInteraction, job: Job) -> None:
    _require_say(interaction, job)
    match await interaction.client.jobs.cancel(job.id):
        case CancelAnswer.ASKED:
            await acknowledge(interaction)
        case CancelAnswer.TOO_LATE:
            raise SorryError("It was sent already and cannot be stopped; the result will come.")
        case CancelAnswer.ENDED:
            raise SorryError("It has ended already.")


async def _delete(interaction: RemixInteraction, job: Job) -> None:
    _require_say(interaction, job)
    message = _message(interaction)
    if message.flags.ephemeral:  # Only its interaction can delete it.
        await close(interaction)
        return
    await acknowledge(interaction)
    doomed = [message.id]
    if message.id == job.row.message_id:
        doomed += await interaction.client.jobs.further_messages(job.id)
    try:
        await remove(interaction.client, message.channel.id, doomed)
    except FAULTS:
        raise SorryError(reports.NOT_DELETED) from None


async def _job(interaction: RemixInteraction, named: CustomId) -> Job:
    job = await interaction.client.jobs.get(named.job_id)
    if job is None or job.row.server_id != interaction.guild_id:
        raise SorryError(GONE)
    return job


def _message(interaction: RemixInteraction) -> discord.Message:
    if interaction.message is None:
        raise SorryError(GONE)
    return interaction.message


def _require_say(interaction: RemixInteraction, job: Job) -> None:
    if interaction.user.id != job.row.user_id and not interaction.permissions.manage_messages:
        raise SorryError(NOT_YOURS)


async def setup(bot: RemixBot) -> None:
    """Serve the buttons and forms."""
    bot.add_dynamic_items(CardButton, PicturePick)
    await bot.add_cog(Forms())
