"""Permission bits, and how roles and overwrites of a channel make a member's permissions.

Source: Discord's documentation, topics/permissions, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag


class Permission(IntFlag):
    """All bits, by Discord's names; discord.py has others for a few of them."""

    NONE = 0
    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    PRIORITY_SPEAKER = 1 << 8
    STREAM = 1 << 9
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    VIEW_GUILD_INSIGHTS = 1 << 19
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    DEAFEN_MEMBERS = 1 << 23
    MOVE_MEMBERS = 1 << 24
    USE_VAD = 1 << 25
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    MANAGE_GUILD_EXPRESSIONS = 1 << 30
    USE_APPLICATION_COMMANDS = 1 << 31
    REQUEST_TO_SPEAK = 1 << 32
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    USE_EXTERNAL_STICKERS = 1 << 37
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EMBEDDED_ACTIVITIES = 1 << 39
    MODERATE_MEMBERS = 1 << 40
    VIEW_CREATOR_MONETIZATION_ANALYTICS = 1 << 41
    USE_SOUNDBOARD = 1 << 42
    CREATE_GUILD_EXPRESSIONS = 1 << 43
    CREATE_EVENTS = 1 << 44
    USE_EXTERNAL_SOUNDS = 1 << 45
    SEND_VOICE_MESSAGES = 1 << 46
    SET_VOICE_CHANNEL_STATUS = 1 << 48
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51
    BYPASS_SLOWMODE = 1 << 52


EVERYTHING = (1 << 53) - 1
"""What an administrator has: every bit in use."""

BOT_DEFAULT = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
)
MEMBER_DEFAULT = (
    BOT_DEFAULT
    | Permission.ADD_REACTIONS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CONNECT
    | Permission.SPEAK
)
_WITH_SENDING = int(
    Permission.ATTACH_FILES
    | Permission.EMBED_LINKS
    | Permission.MENTION_EVERYONE
    | Permission.SEND_TTS_MESSAGES
)


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
    base = int(base)
    for step in steps:
        for overwrite in step:
            base &= ~int(overwrite.deny)
        for overwrite in step:
            base |= int(overwrite.allow)
    return _implied(base)


def in_voice(permissions: int) -> int:
    """Return what is left of a member's permissions where the channel is one for voice.

    Who may not connect can do nothing there but see it, its text chat included. Discord says so
    of managing the channel "and others"; which others is what discord.py 2.7.1 takes them to be.
    """
    if permissions & Permission.CONNECT or permissions & Permission.ADMINISTRATOR:
        return permissions
    return permissions & Permission.VIEW_CHANNEL


def _implied(permissions: int) -> int:
    # Who cannot see a channel can do nothing in it; who cannot write cannot attach either.
    if not permissions & Permission.VIEW_CHANNEL:
        return 0
    if not permissions & (Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS):
        permissions &= ~_WITH_SENDING
    return permissions
