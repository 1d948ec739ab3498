"""Users: people and the bot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class User:
    """An account, the same in every guild."""

    id: int
    name: str
    bot: bool = False

    @property
    def mention(self) -> str:
        """How a message mentions the user."""
        return f"<@{self.id}>"

    def payload(self) -> dict[str, Any]:
        """Return the public user object."""
        return {
            "id": str(self.id),
            "username": self.name.lower(),
            "discriminator": "0000" if self.bot else "0",
            "global_name": None if self.bot else self.name,
            "avatar": None,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
            **({"bot": True} if self.bot else {}),
        }

    def private_payload(self) -> dict[str, Any]:
        """Return the user object as the account itself sees it."""
        private = {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}
        return {**self.payload(), **private, "premium_type": 0, "banner": None}
