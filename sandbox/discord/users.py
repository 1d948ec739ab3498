"""Users: people, the bot, and other bots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.discord.avatars import Avatar

if TYPE_CHECKING:
    from sandbox.discord.direct import DirectChannel
    from sandbox.discord.message import Message


@dataclass(eq=False, kw_only=True)
class User:
    """An account, the same in every guild."""

    id: int
    name: str
    bot: bool = False
    avatar: Avatar | None = None
    takes_direct_messages: bool = True
    """False refuses those of the bot: blocked, or switched off in the privacy settings."""
    direct: DirectChannel | None = None
    """The conversation with the bot, once it was opened."""

    @property
    def mention(self) -> str:
        """How a message mentions the user."""
        return f"<@{self.id}>"

    @property
    def direct_messages(self) -> list[Message]:
        """What stands in the conversation with the bot, in order."""
        return [] if self.direct is None else self.direct.messages

    def set_avatar(self, data: bytes | None) -> None:
        """Upload an avatar, or take it away.

        Raises:
            ValueError: It is not a picture that Discord takes.
        """
        self.avatar = None if data is None else Avatar.of(data)

    def payload(self) -> dict[str, Any]:
        """Return the public user object."""
        return {
            "id": str(self.id),
            "username": self.name.lower(),
            "discriminator": "0000" if self.bot else "0",
            "global_name": None if self.bot else self.name,
            "avatar": self.avatar.hash if self.avatar else None,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
            **({"bot": True} if self.bot else {}),
        }

    def private_payload(self) -> dict[str, Any]:
        """Return the user object as the account itself sees it."""
        private = {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}
        return {**self.payload(), **private, "premium_type": 0, "banner": None}
