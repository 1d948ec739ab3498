"""/settings: one panel that only its moderator sees, of all that a server sets.

Every press is answered from its custom id and the database, so the panel survives a restart.
Each change alters one setting as it is stored now, so that two moderators at once do not undo
each other's other changes; afterwards the panel is read anew.
"""

from __future__ import annotations

from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RemixBot
from bot.moderation import NothingToChangeError
from bot.rules.starter import STARTER
from cogs import access, authority, settings_forms, settings_values, settings_words
from cogs.desk import RemixInteraction, SorryError, by_of, explained, server_id_of
from cogs.replies import close, open_form
from cogs.settings_ids import Setting, SettingsId, Verb
from cogs.settings_layout import Section, panel, section_of
from cogs.settings_state import look
from storage.prompt_rules import PromptRuleRow

COMMAND = "settings"
FINISHED = (
    "Set up. The starter list is now made of rules like others: `/rules list` shows them, and "
    "`/rules remove` removes them."
)
FINISHED_BEFORE = "Somebody had finished set-up already."


class SettingsCog(commands.Cog, name="Settings"):
    """The panel of a server's settings."""

    @app_commands.command()
    @app_commands.default_permissions(manage_guild=True)
    async def settings(self, interaction: RemixInteraction) -> None:
        """Set where, how and by whom the bot may be used in this server."""
        async with explained(interaction):
            await _open(interaction)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: RemixInteraction) -> None:
        """Take what names a panel of settings; everything else is served elsewhere."""
        data = cast("dict[str, Any]", interaction.data or {})
        named = SettingsId.parse(str(data.get("custom_id", "")))
        if named is not None:
            async with explained(interaction):
                await _serve(interaction, named, data)


async def _open(interaction: RemixInteraction) -> None:
    await authority.require(interaction, COMMAND)
    view = panel(await look(interaction))
    await interaction.response.send_message(view=view, ephemeral=True)


async def _serve(interaction: RemixInteraction, named: SettingsId, data: dict[str, Any]) -> None:
    if named.verb is Verb.OPEN:
        await _open(interaction)
        return
    await authority.require(interaction, COMMAND)
    match named.verb:
        case Verb.CLOSE:
            await close(interaction)
        case Verb.FINISH:
            await _show(interaction, Section.OVERVIEW, await _finish(interaction))
        case Verb.SECTION:
            await _show(interaction, _section(data))
        case _:
            await _serve_setting(interaction, named, data)


async def _serve_setting(
    interaction: RemixInteraction, named: SettingsId, data: dict[str, Any]
) -> None:
    setting = named.setting
    if setting is None:  # No id of such a verb is read without one.
        raise SorryError(settings_values.OLD_PANEL)
    if named.verb is Verb.FORM:
        if setting not in settings_forms.FORMS:
            raise SorryError(settings_values.OLD_PANEL)
        server = await interaction.client.server(server_id_of(interaction))
        await open_form(interaction, settings_forms.build(setting, server.settings))
        return
    note = None
    try:
        await _change(interaction, setting, named, data)
    except NothingToChangeError:
        pass  # What was asked for is what the panel shows.
    except SorryError as error:
        # On the panel, which would go on showing what was chosen if it were not shown again.
        note = f"Not changed. {error}"
    await _show(interaction, section_of(setting), note)


async def _change(
    interaction: RemixInteraction, setting: Setting, named: SettingsId, data: dict[str, Any]
) -> None:
    now = interaction.client.clock.now()
    if named.verb is Verb.SENT:
        alter = settings_forms.read(setting, data, now=now)
    else:
        alter = settings_values.read(named, data, await look(interaction), now=now)
    if setting is Setting.LOG_CHANNEL and named.verb is Verb.PICK:
        _require_log(interaction, data)
    servers = interaction.client.services.moderation.servers
    await servers.change(by_of(interaction), alter, say=settings_words.change(setting))


def _require_log(interaction: RemixInteraction, data: dict[str, Any]) -> None:
    """Check that the bot can post in the log channel that was picked.

    Raises:
        SorryError: Names what it lacks there.
    """
    for channel_id, channel in data.get("resolved", {}).get("channels", {}).items():
        have = channel.get("app_permissions")
        lacking = (
            access.for_log(interaction.guild, int(channel_id))
            if have is None
            else access.writing(discord.Permissions(int(have)))
        )
        if lacking:
            raise SorryError(
                f"In <#{channel_id}> the bot lacks {' and '.join(lacking)}. "
                "Give it that, and choose the channel again."
            )


async def _finish(interaction: RemixInteraction) -> str:
    """Finish set-up; gives what to say of it."""
    by = by_of(interaction)
    starter = [
        PromptRuleRow(
            id=-interaction.id - number,
            server_id=by.server_id,
            kind=rule.kind,
            rule=rule.text,
            action=rule.action,
        )
        for number, rule in enumerate(STARTER, 1)
    ]
    servers = interaction.client.services.moderation.servers
    return FINISHED if await servers.finish_set_up(by, starter) else FINISHED_BEFORE


async def _show(interaction: RemixInteraction, section: Section, note: str | None = None) -> None:
    view = panel(await look(interaction, note), section)
    await interaction.response.edit_message(view=view)


def _section(data: dict[str, Any]) -> Section:
    name = str(next(iter(data.get("values", ())), "")).upper()
    return Section[name] if name in Section.__members__ else Section.OVERVIEW


async def setup(bot: RemixBot) -> None:
    """Add the command, and serve its panels."""
    await bot.add_cog(SettingsCog())
