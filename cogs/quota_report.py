"""/quota report and export: who spent how much on which backend, at what true cost."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Iterable, Sequence
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord_wire import FAULTS
from bot.gateway import readable
from bot.spending import report
from bot.spending.draw import ChartError
from bot.spending.rows import Spent, by_backend, by_member, total
from bot.spending.sheet import sheet
from bot.spending.spans import Span
from bot.spending.table import dollars, table
from cogs import quota_options as options
from cogs import text
from cogs.desk import RemixInteraction, explained
from cogs.quota_desk import moderator
from cogs.replies import MakeFile, complete, defer

log = logging.getLogger(__name__)

MOST_FETCHED: Final = 12
"""Members whose names are asked of Discord: as many as have a bar in the chart."""
FETCH_SECONDS: Final = 2.0
ERASED: Final = "erased member"
NO_CHART: Final = "-# The chart could not be drawn; the table is all there is."
_PERIOD: Final = "This month where left out; a month is written such as 2026-11."


class Report(commands.Cog):
    """Commands of /quota that say who spent what."""

    @app_commands.command(name="report")
    @app_commands.describe(period=_PERIOD)
    @app_commands.autocomplete(period=options.periods)
    async def report_spending(
        self, interaction: RemixInteraction, period: str | None = None
    ) -> None:
        """See who spent how much on which backend, as a table and a chart."""
        async with explained(interaction):
            span, rows, names = await _asked(interaction, period)
            if not rows:
                await complete(interaction, f"Nothing was spent {span.title}.")
                return
            content = f"### Spent {span.title}\n{text.block(table(rows, names))}"
            chart = await _chart(interaction, span, rows, names)
            if chart is None:
                await complete(interaction, f"{content}\n{NO_CHART}")
            else:
                await complete(interaction, content, chart)

    @app_commands.command(name="export")
    @app_commands.describe(period=_PERIOD)
    @app_commands.autocomplete(period=options.periods)
    async def export_spending(
        self, interaction: RemixInteraction, period: str | None = None
    ) -> None:
        """Get who spent how much on which backend as a file for spreadsheets."""
        async with explained(interaction):
            span, rows, names = await _asked(interaction, period)
            content = f"What was spent {span.title}, with a line for each member and backend."
            await complete(
                interaction, content, _file(sheet(rows, names), f"spent-{span.slug}.csv")
            )


async def _asked(
    interaction: RemixInteraction, period: str | None
) -> tuple[Span, list[Spent], dict[int, str]]:
    """What was asked for: the time, what was spent in it, and names of those who spent.

    Raises:
        SorryError: Whoever asks may not.
        TimesError: The period is none.
    """
    by = await moderator(interaction)
    span = await options.span(interaction, period)
    await defer(interaction)
    rows = await report.read(interaction.client.database.read, by.server_id, span)
    return span, rows, await _names(interaction.guild, by_member(rows))


async def _chart(
    interaction: RemixInteraction, span: Span, rows: Sequence[Spent], names: dict[int, str]
) -> MakeFile | None:
    """What makes the chart's file; None where it could not be drawn."""
    title = f"Credits spent {span.title}"
    try:
        png = await interaction.client.services.charts.draw(title, rows, names)
    except ChartError as error:
        log.warning("chart.not_drawn", extra={"error": str(error)})
        return None
    return _file(png, f"spent-{span.slug}.png", description=_alt(title, rows))


def _file(data: bytes, name: str, *, description: str | None = None) -> MakeFile:
    return lambda: discord.File(io.BytesIO(data), name, description=description)


def _alt(title: str, rows: Sequence[Spent]) -> str:
    """What the chart shows, for who cannot see it."""
    spent, backends = total(rows), list(by_backend(rows))
    return (
        f"{title}: a bar for each of {len(by_member(rows))} members, {spent.credits:,} credits in "
        f"all at a cost of {dollars(spent.micros)} dollars, most on {backends[0]}."
    )


async def _names(guild: discord.Guild | None, user_ids: Iterable[int]) -> dict[int, str]:
    """Display names, as far as they are known or can be had within two seconds.

    Args:
        guild: The server.
        user_ids: Who spent most comes first.
    """
    names: dict[int, str] = {}
    unknown: list[int] = []
    for user_id in user_ids:
        member = None if guild is None else guild.get_member(user_id)
        if user_id < 0:
            names[user_id] = ERASED
        elif member is not None:
            names[user_id] = member.display_name
        else:
            unknown.append(user_id)
    if guild is not None and unknown:
        names |= await _fetched(guild, unknown[:MOST_FETCHED])
    return names


async def _member(guild: discord.Guild, user_id: int) -> discord.Member:
    with readable():
        return await guild.fetch_member(user_id)


async def _fetched(guild: discord.Guild, user_ids: Sequence[int]) -> dict[int, str]:
    """Names that Discord gives in time; who left the server has none."""
    asked = [asyncio.create_task(_member(guild, user_id)) for user_id in user_ids]
    done, late = await asyncio.wait(asked, timeout=FETCH_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    found: dict[int, str] = {}
    for task in done:
        error = task.exception()
        if error is None:
            found[task.result().id] = task.result().display_name
        elif not isinstance(error, FAULTS):
            raise error
    return found
