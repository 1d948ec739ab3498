"""Prompt rules in words: as moderators choose, read and remove them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from bot.logbook import code
from bot.rules.matcher import Hit
from bot.rules.rule import Rule, RuleAction, RuleKind
from bot.servers import Server

KindWord = Literal["word or phrase", "pattern", "exception"]
ActionWord = Literal["refuse", "allow and report"]

KINDS: Final[Mapping[KindWord, RuleKind]] = {
    "word or phrase": RuleKind.WORDS,
    "pattern": RuleKind.PATTERN,
    "exception": RuleKind.EXCEPTION,
}
ACTIONS: Final[Mapping[ActionWord, RuleAction]] = {
    "refuse": RuleAction.REFUSE,
    "allow and report": RuleAction.REPORT,
}
_KIND_WORDS: Final = {kind: word for word, kind in KINDS.items()}
_ACTION_WORDS: Final = {action: word for word, action in ACTIONS.items()}

LONGEST_TEXT = 100
"""Characters of a rule where many are shown."""
MOST_SHOWN = 7
"""Hits of one prompt that are told: a message holds 2000 characters."""


def meant(rule: Rule) -> str:
    """What a rule is, without its text; an exception does nothing by itself."""
    if rule.kind is RuleKind.EXCEPTION:
        return _KIND_WORDS[rule.kind]
    return f"{_KIND_WORDS[rule.kind]}, {_ACTION_WORDS[rule.action]}"


def said(rule: Rule) -> str:
    """A rule in words, as Markdown."""
    return f"{code(rule.text, LONGEST_TEXT)} ({meant(rule)})"


def line(rule: Rule, hits: int) -> str:
    """A rule in the list, with how often it was hit."""
    if rule.kind is RuleKind.EXCEPTION:
        return f"{code(rule.text, LONGEST_TEXT)}: {meant(rule)}"
    times = "never hit" if hits == 0 else "hit once" if hits == 1 else f"hit {hits} times"
    return f"{code(rule.text, LONGEST_TEXT)}: {meant(rule)}; {times}"


def verdict(hits: Sequence[Hit], server: Server) -> str:
    """What a prompt hits, why, and what would come of it."""
    if not hits:
        return "This prompt hits no rule; it would be taken."
    refused = any(hit.rule.action is RuleAction.REFUSE for hit in hits)
    lines = [_outcome(server, refused=refused)]
    lines += [f"- {said(hit.rule)}: {code(hit.why)}" for hit in hits[:MOST_SHOWN]]
    if len(hits) > MOST_SHOWN:
        lines.append(f"- and {len(hits) - MOST_SHOWN} more")
    return "\n".join(lines)


def _outcome(server: Server, *, refused: bool) -> str:
    if refused:
        return "This prompt would be refused:"
    if server.settings.log_channel is None:
        return "This prompt would be taken, and counted; with a log channel it would be reported:"
    return f"This prompt would be taken, and reported in <#{server.settings.log_channel}>:"
