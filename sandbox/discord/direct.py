"""Direct messages: the bot's conversations with single users.

Sources: Discord's documentation, resources/user, "Create DM", resources/channel, "Example DM
Channel", and topics/opcodes-and-status-codes, read 2026-11. That opening a conversation never
tells whether the user takes messages, and that only sending does, was seen by others
(Kord-Extensions, pull request 215, of 2023).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.discord.errors import NO_DIRECT_MESSAGES, NO_MUTUAL_GUILDS, ApiError
from sandbox.discord.permissions import Permission
from sandbox.discord.places import Place
from sandbox.discord.uploads import FILE_LIMIT
from sandbox.discord.users import User

if TYPE_CHECKING:
    from sandbox.discord.members import Member
    from sandbox.discord.world import World

DIRECT = 1
APP_PERMISSIONS = (
    Permission.ATTACH_FILES
    | Permission.EMBED_LINKS
    | Permission.MENTION_EVERYONE
    | Permission.USE_EXTERNAL_EMOJIS
)
"""What interactions in a direct conversation with the bot say of it (receiving-and-responding)."""
_UNSAID = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.READ_MESSAGE_HISTORY


class DirectChannel(Place):
    """The conversation of the bot with one user."""

    def __init__(self, world: World, recipient: User) -> None:
        super().__init__(world, recipient.name)
        self.recipient = recipient

    @property
    def guild(self) -> None:
        """None: it is in no server."""
        return

    @property
    def kind(self) -> int:
        """Discord's type of channel."""
        return DIRECT

    @property
    def file_limit(self) -> int:
        """Bytes of one file here."""
        return FILE_LIMIT

    def seen_by(self, member: Member) -> bool:
        """Say whether it is this member's conversation."""
        return member.user is self.recipient

    def bot_permissions(self) -> int:
        """Return what the bot may do here."""
        return APP_PERMISSIONS | _UNSAID

    def check_taken(self) -> None:
        """Check that the user takes a message of the bot.

        Raises:
            ApiError: They refuse (50007), or are in no server with it (50278).
        """
        if not any(self.recipient.id in guild.members for guild in self.world.installed):
            raise ApiError(NO_MUTUAL_GUILDS)
        if not self.recipient.takes_direct_messages:
            raise ApiError(NO_DIRECT_MESSAGES)

    def payload(self) -> dict[str, Any]:
        """Return the channel object."""
        return {
            "id": str(self.id),
            "type": self.kind,
            "flags": 0,
            "last_message_id": self.last_message_id,
            "recipients": [self.recipient.payload()],
        }
