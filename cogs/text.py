"""User text on cards: shown so that it can neither format, link nor mention, and read back."""

from __future__ import annotations

from bot.jobs.record import Job
from bot.strength import name_of

FENCE = "```"
# In a code block nothing but a fence has a meaning, so only the grave accent is replaced, by
# one that looks alike and takes as many characters. Escaping could double a prompt's length.
GRAVE, LOOKALIKE = "`", "\u02cb"
MOST_SEEDS = 8
MOST_INLINE = 32


def block(text: str) -> str:
    """User text as a code block, eight characters longer than itself."""
    return f"{FENCE}\n{text.replace(GRAVE, LOOKALIKE)}\n{FENCE}"


def inline(text: str) -> str:
    """A provider's word as code, at most 32 characters of it."""
    return f"`{text[:MOST_INLINE].replace(GRAVE, LOOKALIKE)}`"


def unblock(content: str) -> str | None:
    """The user text of a code block that `block` made; None where it is none."""
    if not content.startswith(f"{FENCE}\n") or not content.endswith(f"\n{FENCE}"):
        return None
    return content[len(FENCE) + 1 : -len(FENCE) - 1].replace(LOOKALIKE, GRAVE)


def strength(value: int) -> str:
    """A strength with the name of its step, if it has one."""
    name = name_of(value)
    return f"**{value}**" if name is None else f"**{value}** ({name})"


def message_link(server_id: int, channel_id: int, message_id: int) -> str:
    """The address of a message."""
    return f"https://discord.com/channels/{server_id}/{channel_id}/{message_id}"


def card_link(job: Job) -> str | None:
    """The address of a job's card, once it has one."""
    row = job.row
    if row.message_id is None:
        return None
    return message_link(row.server_id, row.channel_id, row.message_id)


def seeds(job: Job) -> str:
    """The seeds of a job's pictures, each once; a card has room for some of twenty."""
    if job.outcome is None:
        return ""
    found = list(dict.fromkeys(r.seed for r in job.outcome.results if r.seed is not None))
    more = f" and {len(found) - MOST_SEEDS} more" if len(found) > MOST_SEEDS else ""
    return ", ".join(f"`{seed}`" for seed in found[:MOST_SEEDS]) + more
