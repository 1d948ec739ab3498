"""The trail of changes: a row for each, and a post in the server's log channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot import logbook, people
from bot.logbook import code
from bot.servers import ServerSettings
from storage import changes
from storage.changes import Change
from storage.database import Transaction


@dataclass(frozen=True, kw_only=True)
class By:
    """Who changes something, and in which interaction."""

    interaction_id: int
    server_id: int
    user_id: int


class NothingToChangeError(Exception):
    """The change would change nothing; the text says why, to whoever asked for it."""


class RepeatedError(Exception):
    """This interaction made its change already; nothing was written again."""


TITLES: Final[dict[str, str]] = {
    "quota.default": "Default quota",
    "quota.role": "Quota of a role",
    "quota.member": "Quota of a member",
    "quota.grant": "Credits granted",
    "quota.revoke": "Credits revoked",
    "quota.suspend": "Member suspended",
    "quota.restore": "Member restored",
    "quota.reset": "Member's period reset",
    "quota.budget": "Budget",
    "quota.limits": "Limits for members",
    "settings": "Settings",
    "set_up": "Set up",
    "rules.add": "Prompt rule added",
    "rules.remove": "Prompt rule removed",
    "report.delete": "Reported card deleted",
}
"""What each kind of change is called."""

ROLES: Final = frozenset({"quota.role"})
"""Changes that are about a role; those about a subject otherwise are about a member."""


async def record(tx: Transaction, settings: ServerSettings, change: Change) -> None:
    """Write a change down, and have it posted to the log channel.

    Args:
        tx: The transaction of the change itself.
        settings: The server's, which name the log channel.
        change: What was done; `what` is a key of `TITLES`, before and after are as a moderator
            reads them.

    Raises:
        RepeatedError: This interaction did it already.
    """
    if not await changes.insert(tx, change):
        raise RepeatedError
    await logbook.write(tx, settings, change.server_id, post_of(change), now=change.at)


def post_of(change: Change) -> logbook.Post:
    """What the log channel reads of a change."""
    return logbook.Post(title=TITLES[change.what], lines=tuple(lines_of(change)))


def lines_of(change: Change) -> list[str]:
    """A change in words, without its title."""
    subject = f" for {mention(change)}" if change.subject_id else ""
    lines = [f"By {people.mention(change.actor_id)}{subject}"]
    if change.before is not None:
        lines.append(f"Before: {change.before}")
    if change.after is not None:
        lines.append(f"Now: {change.after}")
    if change.reason is not None:
        lines.append(f"Reason: {code(change.reason, 300)}")
    return lines


def mention(change: Change) -> str:
    """The member or role that a change is about."""
    if change.what in ROLES:
        return f"<@&{change.subject_id}>"
    return people.mention(change.subject_id)
