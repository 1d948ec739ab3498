"""Permission bits, and how roles and overwrites of a channel make a member's permissions.

Source: Discord's documentation, topics/permissions, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag


class Permission(IntFlag):
    """The bits that the stand-in looks at, and those that moderators are told by."""

    NONE = 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40


EVERYTHING = (1 << 50) - 1
"""What an administrator has: every bit in use and some to come."""

BOT_DEFAULT = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
)
MEMBER_DEFAULT = BOT_DEFAULT | Permission.ADD_REACTIONS | Permission.USE_APPLICATION_COMMANDS


@dataclass(frozen=True, kw_only=True)
class Overwrite:
    """What a channel allows and denies one role or member."""

    target_id: int
    is_member: bool
    allow: int
    deny: int

    def payload(self) -> dict[str, object]:
        """Return the overwrite as Discord writes it."""
        return {
            "id": str(self.target_id),
            "type": 1 if self.is_member else 0,
            "allow": str(int(self.allow)),
            "deny": str(int(self.deny)),
        }


def in_guild(roles: Iterable[int], *, owner: bool) -> int:
    """Return a member's permissions from the permissions of all their roles."""
    total = 0
    for permissions in roles:
        total |= permissions
    return EVERYTHING if owner or total & Permission.ADMINISTRATOR else total


def in_channel(
    base: int,
    overwrites: Iterable[Overwrite],
    *,
    everyone_id: int,
    role_ids: Iterable[int],
    member_id: int,
) -> int:
    """Apply a channel's overwrites: for everyone, then the roles together, then the member."""
    if base & Permission.ADMINISTRATOR:
        return EVERYTHING
    by_id = {overwrite.target_id: overwrite for overwrite in overwrites}
    roles = [by_id[role_id] for role_id in role_ids if role_id in by_id and role_id != everyone_id]
    steps = [
        [by_id[everyone_id]] if everyone_id in by_id else [],
        roles,
        [by_id[member_id]] if member_id in by_id else [],
    ]
    for step in steps:
        for overwrite in step:
            base &= ~overwrite.deny
        for overwrite in step:
            base |= overwrite.allow
    return _implied(base)


def _implied(permissions: int) -> int:
    # Who cannot see a channel can do nothing in it; who cannot write cannot attach either.
    if not permissions & Permission.VIEW_CHANNEL:
        return 0
    if not permissions & (Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS):
        permissions &= ~(
            Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE
        )
    return permissions
