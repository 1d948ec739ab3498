"""Roles of a guild."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.discord.guilds import Guild


@dataclass(eq=False, kw_only=True)
class Role:
    """A named set of permissions; the one with the guild's own id is everyone's."""

    guild: Guild
    id: int
    name: str
    permissions: int
    position: int
    managed: bool = False

    @property
    def mention(self) -> str:
        """How a message mentions the role."""
        return f"<@&{self.id}>"

    def payload(self) -> dict[str, Any]:
        """Return the role object."""
        colors = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
        return {
            "id": str(self.id),
            "name": self.name,
            "description": None,
            "color": 0,
            "colors": colors,
            "hoist": False,
            "icon": None,
            "unicode_emoji": None,
            "position": self.position,
            "permissions": str(int(self.permissions)),
            "managed": self.managed,
            "mentionable": False,
            "flags": 0,
        }
