"""/quota history: the ledger and the changes, paged with buttons that survive a restart."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.history import PAGE, Cursor, Page, page
from bot.moderation import By
from bot.people import mention
from cogs.cards import ENDED_COLOUR, Card
from cogs.desk import RemixInteraction, explained
from cogs.quota_desk import Person, moderator
from cogs.quota_lines import line_of

_TEMPLATE: Final = re.compile(
    r"quota-history:(?P<user>[0-9]{1,20}):(?P<before>[0-9]{1,16}):(?P<skip>[0-9]{1,5})"
)
_EVERYTHING: Final = 0
"""In place of a member's id."""


@dataclass(frozen=True, kw_only=True)
class PageId:
    """The custom id of a button that shows another page: all that it knows."""

    cursor: Cursor

    def __str__(self) -> str:
        cursor = self.cursor
        return f"quota-history:{cursor.user_id or _EVERYTHING}:{cursor.before}:{cursor.skip}"

    @classmethod
    def parse(cls, text: str) -> PageId | None:
        """Read an id; None where it is not one of these."""
        match = _TEMPLATE.fullmatch(text)
        if match is None:
            return None
        before, skip = int(match["before"]), int(match["skip"])
        return cls(cursor=Cursor(user_id=int(match["user"]) or None, before=before, skip=skip))


class History(commands.Cog):
    """The command of /quota that shows what happened, and its buttons."""

    @app_commands.command()
    @app_commands.describe(member="Whose; left out: everything in this server.")
    async def history(self, interaction: RemixInteraction, member: Person | None = None) -> None:
        """See what was spent and what moderators changed, newest first."""
        async with explained(interaction):
            by = await moderator(interaction)
            user_id = None if member is None else member.id
            cursor = Cursor(user_id=user_id, before=interaction.client.clock.now())
            view = await _shown(interaction, by, cursor)
            await interaction.response.send_message(view=view, ephemeral=True)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: RemixInteraction) -> None:
        """Show another page; everything else is served elsewhere."""
        data = cast("dict[str, Any]", interaction.data or {})
        named = PageId.parse(str(data.get("custom_id", "")))
        if named is None:
            return
        async with explained(interaction):
            by = await moderator(interaction)
            view = await _shown(interaction, by, named.cursor)
            await interaction.response.edit_message(view=view)


async def _shown(interaction: RemixInteraction, by: By, cursor: Cursor) -> Card:
    client = interaction.client
    found = await page(client.database.read, client.services.people, by.server_id, cursor)
    return layout(cursor, found)


def layout(cursor: Cursor, found: Page) -> Card:
    """A page of the history."""
    of = "this server" if cursor.user_id is None else mention(cursor.user_id)
    lines = [line_of(item, of_one=cursor.user_id is not None) for item in found.items]
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=ENDED_COLOUR)
    box.add_item(ui.TextDisplay(f"### History of {of}"))
    box.add_item(ui.TextDisplay("\n".join(lines) or "Nothing has happened yet."))
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    if cursor.skip:
        row.add_item(_button("Newer", replace(cursor, skip=max(0, cursor.skip - PAGE))))
    if found.more:
        row.add_item(_button("Older", replace(cursor, skip=cursor.skip + PAGE)))
    if row.children:
        box.add_item(row)
    return Card(box)


def _button(label: str, cursor: Cursor) -> ui.Button[ui.LayoutView]:
    custom_id = str(PageId(cursor=cursor))
    return ui.Button(label=label, custom_id=custom_id, style=discord.ButtonStyle.secondary)
