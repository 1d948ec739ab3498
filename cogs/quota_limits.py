"""/quota budget and limits: what bounds the server as a whole, and each request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from discord import app_commands
from discord.ext import commands

from bot.caps import Cap, Caps, look
from bot.moderation import By
from bot.quotas import credits_text
from bot.servers import ServerSettings
from bot.times import relative
from cogs import quota_options as options
from cogs.desk import RemixInteraction, explained
from cogs.quota_desk import Reason, moderator, reason_of, settings_of, tell


class Limits(commands.Cog):
    """Commands of /quota that bound."""

    @app_commands.command()
    @app_commands.rename(amount="credits")
    @app_commands.describe(
        amount="Credits for the whole server and each month: unlimited, none, or a number.",
        reason="Why; it is kept with the change and shown in the log channel.",
    )
    @app_commands.autocomplete(amount=options.budgets)
    async def budget(
        self,
        interaction: RemixInteraction,
        amount: str | None = None,
        reason: Reason | None = None,
    ) -> None:
        """See or set how much the whole server may spend in a month."""
        async with explained(interaction):
            by = await moderator(interaction)
            if amount is not None:
                wanted = {"budget": options.amount(amount)}
                await _change(interaction, by, "quota.budget", say_budget, wanted, reason)
            context = interaction.client.jobs.context
            caps = await look(
                context.database.read,
                by.server_id,
                limits=context.limits,
                offered=interaction.client.registry.offered,
                now=context.clock.now(),
            )
            await tell(interaction, *budget_lines(caps))

    @app_commands.command()
    @app_commands.describe(
        jobs_at_once="How many remixes a member may have under way, or none.",
        pictures="How many pictures one request may ask for, or none.",
        cooldown="The pause between two remixes of a member, such as 30s or 5m, or none.",
        reason="Why; it is kept with the change and shown in the log channel.",
    )
    @app_commands.autocomplete(
        jobs_at_once=options.jobs_at_once, pictures=options.pictures, cooldown=options.pauses
    )
    async def limits(
        self,
        interaction: RemixInteraction,
        jobs_at_once: str | None = None,
        pictures: str | None = None,
        cooldown: str | None = None,
        reason: Reason | None = None,
    ) -> None:
        """See or set how much each member may ask for at once."""
        async with explained(interaction):
            by = await moderator(interaction)
            wanted: dict[str, int | None] = {}
            if jobs_at_once is not None:
                wanted["jobs_at_once"] = options.limit(jobs_at_once, most=options.MOST_JOBS)
            if pictures is not None:
                wanted["most_pictures"] = options.limit(pictures, most=options.MOST_PICTURES)
            if cooldown is not None:
                wanted["cooldown"] = options.pause(cooldown)
            if wanted:
                await _change(interaction, by, "quota.limits", say_limits, wanted, reason)
            await tell(interaction, *limit_lines(await settings_of(interaction)))


def budget_lines(caps: Caps) -> list[str]:
    """The budget and what stands above it, as moderators read them."""
    own, operator = caps.own, caps.operator
    lines = [f"**This month's budget:** {_cap_text(own)}."]
    lines.append(f"**The operator's cap for this server and month (UTC):** {_cap_text(operator)}.")
    if not caps.has_daily:
        daily = "none"
    elif caps.daily_reached:
        daily = f"reached; nothing more can be made until it renews {relative(caps.daily_renews)}"
    else:
        daily = f"not reached; it renews {relative(caps.daily_renews)}"
    lines.append(f"**The operator's limit for a day (UTC) over all servers:** {daily}.")
    return lines


def limit_lines(settings: ServerSettings) -> list[str]:
    """The limits of each member, as moderators read them."""
    return [
        f"**Under way at once:** {_or_none(settings.jobs_at_once)}",
        f"**Pictures of one request:** {_or_none(settings.most_pictures)}",
        f"**Pause between two remixes:** {options.pause_text(settings.cooldown)}",
    ]


def say_budget(settings: ServerSettings) -> str:
    """The budget in words."""
    return "unlimited" if settings.budget is None else f"{credits_text(settings.budget)} a month"


def say_limits(settings: ServerSettings) -> str:
    """The limits in words."""
    return (
        f"under way at once: {_or_none(settings.jobs_at_once)}, pictures of one request: "
        f"{_or_none(settings.most_pictures)}, pause: {options.pause_text(settings.cooldown)}"
    )


async def _change(
    interaction: RemixInteraction,
    by: By,
    what: str,
    say: Callable[[ServerSettings], str],
    wanted: Mapping[str, int | None],
    reason: str | None,
) -> None:
    """Set what is wanted, in one change with its place in the history."""
    changes: dict[str, Any] = dict(wanted)
    await interaction.client.services.moderation.servers.change(
        by,
        lambda before: replace(before, **changes),
        what=what,
        say=lambda before, after: (say(before), say(after)),
        reason=reason_of(reason),
    )


def _cap_text(cap: Cap) -> str:
    renews = relative(cap.renews)
    if cap.most is None:
        return f"none; {credits_text(cap.used)} spent or reserved so far, a new month {renews}"
    return f"{cap.used} of {credits_text(cap.most)} spent or reserved; it renews {renews}"


def _or_none(limit: int | None) -> str:
    return options.NONE if limit is None else str(limit)
