"""The list of a server's prompt rules: pages with buttons, served from their custom ids."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import discord
from discord import ui

from bot.prompts import HITS_DAYS, MOST_RULES, is_starter
from bot.rules.rule import Rule
from bot.servers import Server
from cogs.cards import WAITING_COLOUR, Card
from cogs.rules_words import line

PAGE: Final = 20
PAGE_ID: Final = re.compile(r"remix-rules:(?:previous|next):(?P<page>[0-9]{1,3})")

NONE = "No rules: every prompt is taken. `/rules add` makes one."
STARTER = (
    "The starter list holds until set-up is finished with `/settings`; then its rules become "
    "ordinary ones, which can be removed."
)


def page(server: Server, rules: Sequence[Rule], counts: Mapping[str, int], number: int) -> Card:
    """One page of the list.

    Args:
        server: Whose rules they are.
        rules: All that hold, as `bot.prompts.Prompts.rules` gives them.
        counts: How often each was hit, by its text.
        number: Which page, from 0; the last, where there are fewer.
    """
    # The starter list comes last, apart from what the server made itself.
    ordered = sorted(rules, key=is_starter)
    pages = max(1, -(-len(ordered) // PAGE))
    number = min(number, pages - 1)
    shown = ordered[number * PAGE :][:PAGE]
    box: ui.Container[ui.LayoutView] = ui.Container(accent_colour=WAITING_COLOUR)
    box.add_item(ui.TextDisplay(_head(ordered)))
    for starter in (False, True):
        lines = [_item(rule, counts) for rule in shown if is_starter(rule) is starter]
        if lines:
            head = [f"**Starter list.** {STARTER}"] if starter else []
            box.add_item(ui.TextDisplay("\n".join([*head, *lines])))
    if not ordered:
        box.add_item(ui.TextDisplay(NONE if server.set_up else STARTER))
    if pages > 1:
        box.add_item(_turning(number, pages))
    return Card(box)


def _head(rules: Sequence[Rule]) -> str:
    starter = sum(is_starter(rule) for rule in rules)
    own = len(rules) - starter
    return (
        f"### Prompt rules\n{own} made here, {starter} of the starter list; at most {MOST_RULES} "
        f"together. Hits are those of the last {HITS_DAYS} days."
    )


def _item(rule: Rule, counts: Mapping[str, int]) -> str:
    return f"- {line(rule, counts.get(rule.text, 0))}"


def _turning(number: int, pages: int) -> ui.ActionRow[ui.LayoutView]:
    def button(label: str, to: int) -> ui.Button[ui.LayoutView]:
        return ui.Button(
            label=label,
            style=discord.ButtonStyle.secondary,
            custom_id=f"remix-rules:{label.lower()}:{max(to, 0)}",
            disabled=not 0 <= to < pages,
        )

    here: ui.Button[ui.LayoutView] = ui.Button(
        label=f"Page {number + 1} of {pages}", custom_id="remix-rules:here", disabled=True
    )
    return ui.ActionRow(button("Previous", number - 1), here, button("Next", number + 1))
