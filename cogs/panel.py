"""More: an ephemeral panel of all that a backend has, which starts only on Start.

The panel is a draft in the database and a message that only its member sees. Every press is
answered from its custom id and the draft, so the panel survives a restart.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import discord
from discord.ext import commands

from bot.backends.capabilities import Lack
from bot.backends.entry import Entry, Feature
from bot.client import RemixBot
from bot.discord_wire import FAULTS
from bot.gateway import readable
from bot.jobs import drafts
from bot.jobs.drafts import Draft
from bot.jobs.record import Job
from bot.jobs.refusals import LacksError
from bot.jobs.reservation import DuplicateError
from cogs import again, consent, panel_forms, panel_layout, panel_state, panel_values
from cogs.delivery import brief
from cogs.desk import RemixInteraction, SorryError, admitted, explained, take
from cogs.panel_fit import fit
from cogs.panel_ids import PanelId, Verb
from cogs.panel_layout import Section, section_of
from cogs.replies import close, open_form

log = logging.getLogger(__name__)

RUN_OUT = "This panel has run out, because it was opened a day ago. Press More again."
STARTED = "This was started already. Press More again for another one."
NOT_YOURS = "Only who opened this panel can use it. Press More yourself."


async def open(  # noqa: A001 - what More does
    interaction: RemixInteraction, job: Job, message: discord.Message
) -> None:
    """Open a panel with what a card asked for.

    Args:
        interaction: The press of More, not answered yet.
        job: Whose card it is.
        message: The card; its pictures are read back from it.

    Raises:
        SorryError: The card does not show any more what it was made from.
    """
    server = await admitted(interaction)
    draft = Draft(
        user_id=interaction.user.id,
        request=again.request_of(job, message),
        pictures=again.pictures_of(job, message),
        parent_id=job.id,
    )
    offered = panel_state.offered(interaction, draft, server.settings)
    if draft.request.backend not in {entry.name for entry in offered}:
        request = replace(draft.request, backend=offered[0].name)
        draft = replace(draft, request=request)
    draft_id = await drafts.keep(interaction.client.jobs.context, draft)
    view = panel_layout.panel(await panel_state.look(interaction, draft_id, draft))
    await interaction.response.send_message(view=view, ephemeral=True)


class Panels(commands.Cog):
    """Answers whatever is done on a panel."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: RemixInteraction) -> None:
        """Take what names a panel; everything else is served elsewhere."""
        data = cast("dict[str, Any]", interaction.data or {})
        named = PanelId.parse(str(data.get("custom_id", "")))
        if named is not None:
            async with explained(interaction):
                await _serve(interaction, named, data)


async def _serve(interaction: RemixInteraction, named: PanelId, data: dict[str, Any]) -> None:
    draft = await _draft(interaction, named)
    server = await admitted(interaction)
    able = panel_state.offered(interaction, draft, server.settings)
    entry = panel_state.entry_of(interaction, draft, able)
    match named.verb:
        case Verb.START:
            await consent.require_for_draft(interaction, server, draft)
            await _start(interaction, named, draft, entry)
        case Verb.CLOSE:
            await close(interaction)
        case Verb.FORM:
            await _open_form(interaction, named, draft, entry)
        case Verb.SECTION:
            await _show(interaction, named, draft, Section[_picked(data).upper()])
        case Verb.BACKEND:
            await _choose_backend(interaction, named, _picked(data))
        case Verb.PICK | Verb.SENT | Verb.CLEAR:
            await _change_feature(interaction, named, entry, able, data)


async def _start(interaction: RemixInteraction, named: PanelId, draft: Draft, entry: Entry) -> None:
    fitted = fit(entry, draft.request, draft.pictures)
    again.require_alive(fitted.pictures, interaction.client.clock.now())
    try:
        await take(
            interaction,
            fitted.request,
            fitted.pictures,
            parent_id=draft.parent_id,
            draft_id=named.draft_id,
        )
    except DuplicateError:
        raise SorryError(STARTED) from None
    await say_started(interaction)


async def say_started(interaction: RemixInteraction) -> None:
    """Take the buttons from the ephemeral message whose Start was answered with a card."""
    if interaction.message is None:
        return
    try:
        # The answer to the press is the card, so the message is named by its id. Where Discord
        # does not let it be edited, a second Start still starts nothing.
        with readable():
            await interaction.followup.edit_message(
                interaction.message.id, view=panel_layout.started()
            )
    except FAULTS as error:
        log.info("panel.not_closed", extra={"error": brief(error)})


async def _open_form(
    interaction: RemixInteraction, named: PanelId, draft: Draft, entry: Entry
) -> None:
    feature = _feature(named)
    _require_taken(entry, feature)
    request = fit(entry, draft.request, draft.pictures).request
    sent = replace(named, verb=Verb.SENT)
    await open_form(interaction, panel_forms.build(sent, feature, entry, request))


async def _choose_backend(interaction: RemixInteraction, named: PanelId, name: str) -> None:
    def alter(draft: Draft) -> Draft:
        return replace(draft, request=replace(draft.request, backend=name))

    await _show(interaction, named, await _change(interaction, named, alter), Section.BACKEND)


async def _change_feature(
    interaction: RemixInteraction,
    named: PanelId,
    entry: Entry,
    offered: Sequence[Entry],
    data: dict[str, Any],
) -> None:
    feature = _feature(named)
    _require_taken(entry, feature)

    def alter(draft: Draft) -> Draft:
        request, pictures = draft.request, draft.pictures
        match named.verb:
            case Verb.PICK:
                request = panel_values.with_choice(request, feature, _picked(data))
            case Verb.CLEAR:
                request, pictures = panel_values.cleared(request, pictures, feature)
            case _:
                request, pictures = panel_forms.read(
                    data, feature, entry, request, pictures, offered
                )
        return replace(draft, request=request, pictures=pictures)

    draft = await _change(interaction, named, alter)
    await _show(interaction, named, draft, section_of(feature))


async def _change(
    interaction: RemixInteraction, named: PanelId, alter: Callable[[Draft], Draft]
) -> Draft:
    changed = await drafts.change(interaction.client.jobs.context, named.draft_id, alter)
    if changed is None:
        raise SorryError(RUN_OUT)
    return changed


async def _show(
    interaction: RemixInteraction, named: PanelId, draft: Draft, section: Section
) -> None:
    view = panel_layout.panel(await panel_state.look(interaction, named.draft_id, draft), section)
    await interaction.response.edit_message(view=view)


async def _draft(interaction: RemixInteraction, named: PanelId) -> Draft:
    jobs = interaction.client.jobs
    draft = await jobs.draft(named.draft_id)
    if draft is None:
        raise SorryError(RUN_OUT)
    if draft.user_id != interaction.user.id:
        raise SorryError(NOT_YOURS)
    if await jobs.get(named.draft_id) is not None:
        raise SorryError(STARTED)
    return draft


def _feature(named: PanelId) -> Feature:
    if named.feature is None:  # No id of such a verb is read without one.
        raise SorryError(RUN_OUT)
    return named.feature


def _require_taken(entry: Entry, feature: Feature) -> None:
    """Check that an older panel does not set what the backend has lost since."""
    if not entry.takes(feature):
        raise LacksError(entry, Lack(what=feature, has=()))


def _picked(data: dict[str, Any]) -> str:
    return str(data["values"][0])


async def setup(bot: RemixBot) -> None:
    """Serve the panels."""
    await bot.add_cog(Panels())
