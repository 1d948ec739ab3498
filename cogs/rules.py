"""/rules: moderators say what prompts may hold."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.client import RemixBot
from bot.prompts import MOST_RULES, is_starter, rule_of
from bot.rules.rule import LONGEST, Rule, RuleError, RuleKind, check_rule
from bot.servers import Server
from cogs import authority, choices, rules_list, rules_words
from cogs.desk import RemixInteraction, SorryError, by_of, explained, server_id_of
from cogs.rules_words import ACTIONS, KINDS, ActionWord, KindWord
from storage.prompt_rules import PromptRuleRow

COMMAND = "rules"
FULL = (
    f"This server has {MOST_RULES} rules, the most there can be. Remove some first: `/rules list` "
    "shows how often each was hit."
)
OF_STARTER = (
    "This is of the starter list, whose rules can be removed once set-up is finished with "
    "`/settings`."
)
UNKNOWN = "There is no such rule; `/rules list` shows all."


class Rules(commands.Cog):
    """Rules for prompts."""

    rules = app_commands.Group(
        name=COMMAND,
        description="What prompts may hold in this server.",
        default_permissions=discord.Permissions(manage_guild=True),
    )

    @rules.command()
    @app_commands.describe(
        text="A word, a phrase, or with kind: pattern a regular expression.",
        kind="A word or phrase is found whole, in any disguise; an exception forgives hits in it.",
        action="Whether a prompt that hits it is refused, or allowed and reported.",
    )
    async def add(
        self,
        interaction: RemixInteraction,
        text: app_commands.Range[str, 1, LONGEST],
        kind: KindWord = "word or phrase",
        action: ActionWord = "refuse",
    ) -> None:
        """Make a rule for prompts, edited prompts and negative prompts."""
        async with explained(interaction):
            server = await _moderated(interaction)
            cleaned = await _checked(interaction, server, KINDS[kind], text)
            row = PromptRuleRow(
                id=interaction.id,
                server_id=server.id,
                kind=KINDS[kind],
                rule=cleaned,
                action=ACTIONS[action],
            )
            said = rules_words.said(rule_of(row))
            moderation = interaction.client.services.moderation
            await moderation.servers.add_prompt_rule(by_of(interaction), row, said, most=MOST_RULES)
            await interaction.response.send_message(f"Added: {said}.", ephemeral=True)

    @rules.command()
    @app_commands.describe(rule="Which; its text is enough.")
    async def remove(self, interaction: RemixInteraction, rule: str) -> None:
        """Remove a rule for prompts."""
        async with explained(interaction):
            server = await _moderated(interaction)
            found = _named(await _rules(interaction, server), rule)
            moderation = interaction.client.services.moderation
            await moderation.servers.remove_prompt_rule(
                by_of(interaction), found.id, lambda row: rules_words.said(rule_of(row))
            )
            said = rules_words.said(found)
            await interaction.response.send_message(f"Removed: {said}.", ephemeral=True)

    @remove.autocomplete("rule")
    async def _removable(self, interaction: RemixInteraction, current: str) -> list[Choice[str]]:
        if not await authority.may(interaction, COMMAND):
            return []
        server = await interaction.client.server(server_id_of(interaction))
        asked = current.strip().casefold()
        found = [
            Choice(name=_cut(f"{rule.text} ({rules_words.meant(rule)})"), value=str(rule.id))
            for rule in await _rules(interaction, server)
            if not is_starter(rule) and asked in rule.text.casefold()
        ]
        return found[: choices.MOST]

    @rules.command(name="list")
    async def show(self, interaction: RemixInteraction) -> None:
        """Show all rules for prompts, and how often each was hit."""
        async with explained(interaction):
            server = await _moderated(interaction)
            view = await _page(interaction, server, 0)
            await interaction.response.send_message(view=view, ephemeral=True)

    @rules.command()
    @app_commands.describe(prompt="A prompt or negative prompt; it is neither stored nor counted.")
    async def test(
        self, interaction: RemixInteraction, prompt: app_commands.Range[str, 1, 2000]
    ) -> None:
        """Say what a prompt would hit, and why."""
        async with explained(interaction):
            server = await _moderated(interaction)
            hits = await interaction.client.services.prompts.hits(server, (prompt,))
            sentence = rules_words.verdict(hits, server)
            await interaction.response.send_message(sentence, ephemeral=True)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: RemixInteraction) -> None:
        """Turn the pages of the list; everything else is served elsewhere."""
        data = cast("dict[str, Any]", interaction.data or {})
        named = rules_list.PAGE_ID.fullmatch(str(data.get("custom_id", "")))
        if named is not None:
            async with explained(interaction):
                server = await _moderated(interaction)
                view = await _page(interaction, server, int(named["page"]))
                await interaction.response.edit_message(view=view)


async def _moderated(interaction: RemixInteraction) -> Server:
    """Check that whoever asks may; gives the server whose rules they are about.

    Raises:
        SorryError: They may not.
    """
    await authority.require(interaction, COMMAND)
    return await interaction.client.server(server_id_of(interaction))


async def _rules(interaction: RemixInteraction, server: Server) -> tuple[Rule, ...]:
    return await interaction.client.services.prompts.rules(server)


async def _checked(
    interaction: RemixInteraction, server: Server, kind: RuleKind, typed: str
) -> str:
    """What is to be stored of what was typed.

    Raises:
        SorryError: It makes no rule, or there are too many.
    """
    others = await _rules(interaction, server)
    if len(others) >= MOST_RULES:
        raise SorryError(FULL)
    try:
        # A large pattern takes some tens of milliseconds to read.
        return await asyncio.to_thread(check_rule, kind, typed, others)
    except RuleError as error:
        raise SorryError(str(error)) from None


def _named(rules: tuple[Rule, ...], typed: str) -> Rule:
    """The rule that was chosen, or whose text was typed.

    Raises:
        SorryError: There is none, or it cannot be removed yet.
    """
    word = typed.strip()
    found = [rule for rule in rules if word == str(rule.id)]
    found += [rule for rule in rules if word.casefold() == rule.text.casefold()]
    if not found:
        raise SorryError(UNKNOWN)
    own = [rule for rule in found if not is_starter(rule)]
    if not own:
        raise SorryError(OF_STARTER)
    return own[0]


async def _page(interaction: RemixInteraction, server: Server, number: int) -> rules_list.Card:
    counts = await interaction.client.services.prompts.counts(server)
    return rules_list.page(server, await _rules(interaction, server), counts, number)


def _cut(name: str) -> str:
    return name if len(name) <= choices.LONGEST else f"{name[: choices.LONGEST - 1]}…"


async def setup(bot: RemixBot) -> None:
    """Add the commands."""
    await bot.add_cog(Rules())
