"""What no line of the bot's log may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sandbox.discord import DiscordSandbox
from sandbox.providers import Providers

_SIGNED = re.compile(r"\b(?:ex|hm|sig)=(?!\*\*\*)")
# What asyncio says is always of a fault; what the operator must mend is none of ours. Of Runware's
# speeds only one has a documented price.
_NOTICES = r"operator\.notice .*cause=(?:\w+\.account|runware-v2\.price) "
_OPERATORS = rf"{_NOTICES}|The bot cannot start"
_FAULT = re.compile(rf"Z (?:ERROR|CRITICAL) (?!.*(?:{_OPERATORS}))|WARNING +asyncio ")
_TYPED = frozenset({"prompt", "negative"})
_SHORTEST = 8
"""Characters; a shorter prompt may stand in a log by chance."""


def faults(lines: Sequence[str]) -> Iterator[str]:
    """Give the lines that tell of a fault of the bot's own."""
    for number, line in enumerate(lines):
        if "Traceback" in line or _FAULT.search(line):
            yield "\n".join(lines[number : number + 12])


def secrets(
    lines: Sequence[str], discord: DiscordSandbox, providers: Providers, others: Iterable[str]
) -> Iterator[str]:
    """Give the secrets that stand in a log: tokens, keys, prompts, links that are signed.

    Args:
        lines: The log.
        discord: Whose interactions have tokens and prompts.
        providers: Whose keys the bot has.
        others: Secrets of the bot's own.
    """
    log = "\n".join(lines)
    if found := _SIGNED.search(log):
        yield f"a signed link: {log[max(0, found.start() - 80) : found.end()]}"
    known = [discord.token, *(server.key for server in providers.servers), *others]
    for shot in discord.world.interactions._by_token.values():  # noqa: SLF001 - all tokens there are
        known.append(shot.token)
        known += (word for word in _words(shot.data) if len(word) >= _SHORTEST)
    yield from {secret for secret in known if secret in log}


def _words(data: dict[str, Any]) -> Iterator[str]:
    """What a member typed into an interaction's prompts."""
    for option in data.get("options", []):
        if option["name"] in _TYPED and isinstance(option["value"], str):
            yield option["value"]
    for label in data.get("components", []):
        inner = label.get("component", {})
        if inner.get("custom_id") in _TYPED:
            yield inner["value"]
