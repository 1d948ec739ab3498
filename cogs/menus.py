"""Remix this image and Remix avatar: from any picture in the server to a form, and to a card.

Discord lets a bot read somebody's message only in the interaction that names it, so the pictures
found then are kept in a draft.
"""

from __future__ import annotations

from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.backends.base import Operation, Request
from bot.client import RemixBot
from bot.jobs import drafts
from bot.jobs.drafts import Candidate, Draft
from bot.jobs.record import Job, Pictures
from bot.jobs.reservation import DuplicateError
from bot.servers import Server
from cogs import again, consent, media, menu_form, menu_pictures, options
from cogs.desk import (
    NOTHING_OFFERED,
    RUN_OUT,
    RemixInteraction,
    SorryError,
    admitted,
    explained,
    require_permissions,
    take,
)
from cogs.ids import SELECT_TEMPLATE, CustomId
from cogs.replies import open_form

NO_PICTURE = (
    "There is no picture in this message that can be remixed: a PNG, JPEG or WebP that it shows "
    "or that is attached to it."
)
STARTED = "This was started already. Use the menu again for another one."
NOT_YOURS = "Only who opened this form can send it. Use the menu yourself."


@app_commands.context_menu(name="Remix this image")
async def remix_this_image(interaction: RemixInteraction, message: discord.Message) -> None:
    """Open the form for the pictures of a message."""
    async with explained(interaction):
        server = await _ready(interaction)
        job = await _job_of(interaction, message)
        if job is not None:
            await consent.require_for_card(interaction, server, job)
            candidates = menu_pictures.of_card(message, job)
        else:
            author_id = None if message.author.bot else message.author.id
            await consent.require(interaction, server, author_id)
            hosts = interaction.client.jobs.context.discord_hosts
            candidates = menu_pictures.of_message(message, hosts, author_id)
        if not candidates:
            raise SorryError(NO_PICTURE)
        await _open(interaction, server, "Remix this image", candidates, job)


@app_commands.context_menu(name="Remix avatar")
async def remix_avatar(
    interaction: RemixInteraction, person: discord.Member | discord.User
) -> None:
    """Open the form for somebody's avatar."""
    async with explained(interaction):
        server = await _ready(interaction)
        await consent.require(interaction, server, None if person.bot else person.id)
        await _open(interaction, server, "Remix avatar", menu_pictures.of_avatar(person), None)


class Menus(commands.Cog):
    """The two menus, and the form that both open."""

    def __init__(self, bot: RemixBot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """Add the menus."""
        self._bot.tree.add_command(remix_this_image)
        self._bot.tree.add_command(remix_avatar)

    async def cog_unload(self) -> None:
        """Remove them."""
        for menu in (remix_this_image, remix_avatar):
            self._bot.tree.remove_command(menu.name, type=menu.type)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: RemixInteraction) -> None:
        """Take the form; everything else is served elsewhere."""
        data = cast("dict[str, Any]", interaction.data or {})
        named = menu_form.FORM_ID.fullmatch(str(data.get("custom_id", "")))
        if named is not None:
            async with explained(interaction):
                await _submit(interaction, named["draft"], data)


async def _ready(interaction: RemixInteraction) -> Server:
    """Check before the form what would only be in the way after it."""
    server = await admitted(interaction)
    await require_permissions(interaction, server)
    return server


async def _open(
    interaction: RemixInteraction,
    server: Server,
    title: str,
    candidates: tuple[Candidate, ...],
    job: Job | None,
) -> None:
    offered = interaction.client.offered_for(Operation.REMIX, server.settings)
    if not offered:
        raise SorryError(NOTHING_OFFERED)
    draft = Draft(
        user_id=interaction.user.id,
        request=Request(backend="", prompt=""),
        pictures=Pictures(),
        parent_id=None if job is None else job.id,
        choices=candidates,
    )
    draft_id = await drafts.keep(interaction.client.jobs.context, draft)
    form = menu_form.build(draft_id, title, candidates, offered, server.settings)
    await open_form(interaction, form)


async def _submit(interaction: RemixInteraction, draft_id: str, data: dict[str, Any]) -> None:
    draft = await interaction.client.jobs.draft(draft_id)
    if draft is None:
        raise SorryError(RUN_OUT)
    if draft.user_id != interaction.user.id:
        raise SorryError(NOT_YOURS)
    server = await admitted(interaction)
    candidate = menu_form.chosen(data, draft.choices)
    draft = Draft(
        user_id=draft.user_id,
        request=menu_form.read(
            data,
            candidate,
            interaction.client.offered_for(Operation.REMIX, server.settings),
            server.settings.strength,
        ),
        pictures=Pictures(source=candidate.picture),
        parent_id=draft.parent_id,
    )
    await consent.require_for_draft(interaction, server, draft)
    await _start(interaction, draft_id, draft)


async def _start(interaction: RemixInteraction, draft_id: str, draft: Draft) -> None:
    again.require_alive(draft.pictures, interaction.client.clock.now())
    try:
        await take(
            interaction,
            draft.request,
            draft.pictures,
            parent_id=draft.parent_id,
            draft_id=draft_id,
            quoted=False,
        )
    except DuplicateError:
        raise SorryError(STARTED) from None


async def _job_of(interaction: RemixInteraction, message: discord.Message) -> Job | None:
    """The job whose card or further message it is; None where it is neither."""
    if message.author.id != interaction.client.application_id:
        return None
    for custom_id in media.custom_ids(message):
        named, picked = CustomId.parse(custom_id), SELECT_TEMPLATE.fullmatch(custom_id)
        job_id = named.job_id if named else picked["job"] if picked else None
        job = await interaction.client.jobs.get(job_id) if job_id else None
        if job is not None and job.row.server_id == interaction.guild_id:
            return job
    return None


async def setup(bot: RemixBot) -> None:
    """Add the menus, where any backend remixes."""
    if options.is_offered(bot, Operation.REMIX):
        await bot.add_cog(Menus(bot))
