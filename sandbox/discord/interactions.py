"""Interactions: what a member did, the envelope that the bot gets, and what came of it.

Source: Discord's documentation, interactions/receiving-and-responding, read 2026-11.
"""

from __future__ import annotations

import secrets
import time
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from sandbox.discord.channels import Channel
from sandbox.discord.direct import APP_PERMISSIONS
from sandbox.discord.errors import (
    ALREADY_ACKNOWLEDGED,
    INVALID_WEBHOOK_TOKEN,
    UNKNOWN_INTERACTION,
    UNKNOWN_WEBHOOK,
    ApiError,
)
from sandbox.discord.message import Message
from sandbox.discord.sessions import Intent

if TYPE_CHECKING:
    from sandbox.discord.guilds import Guild
    from sandbox.discord.members import Member
    from sandbox.discord.places import Place
    from sandbox.discord.world import World

ANSWER_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60.0


class Kind(IntEnum):
    """What a member did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Answer(IntEnum):
    """How the bot answers first."""

    MESSAGE = 4
    DEFER = 5
    DEFER_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


class Invocation:
    """One interaction: a command, a click, a modal submit."""

    def __init__(
        self,
        world: World,
        kind: Kind,
        member: Member,
        channel: Place,
        data: dict[str, Any],
        *,
        source: Message | None = None,
        cause: Invocation | None = None,
    ) -> None:
        self.world = world
        self.id = world.ids.new()
        self.token = secrets.token_urlsafe(48)
        self.kind = kind
        self.member = member
        self.channel = channel
        self.data = data
        self.source = source
        """The message that holds the component, also behind a modal that it opened."""
        self.cause = cause
        """The interaction that the modal answered."""
        self.created = world.clock.now()
        self.expired = False
        self.response_type: Answer | None = None
        self.seconds: float | None = None
        """From the dispatch to the arrival of the first answer."""
        self.message: Message | None = None
        """The message that answers: new, or the component's own if the bot updates that."""
        self.modal: dict[str, Any] | None = None
        self.choices: list[dict[str, Any]] | None = None
        self.followups: list[Message] = []
        self._sent = time.perf_counter()

    def __repr__(self) -> str:
        name = self.data.get("name") or self.data.get("custom_id")
        return f"<{self.kind.name.lower()} {name!r} by {self.member.name}>"

    @property
    def failed(self) -> bool:
        """Whether the member reads "This interaction failed": no answer in time."""
        return self.response_type is None and self._age > ANSWER_SECONDS

    @property
    def _age(self) -> float:
        return self.world.clock.now() - self.created

    async def answered(
        self,
        timeout: float = 10.0,  # noqa: ASYNC109 - the error says what was waited for
    ) -> Invocation:
        """Wait for the first answer and return the interaction.

        Raises:
            TimeoutError: None came in so many real seconds.
        """
        await self.world.changes.until(
            lambda: self.response_type is not None, timeout, f"an answer to {self!r}"
        )
        return self

    def check_answerable(self) -> None:
        """Check that a first answer is still possible.

        Raises:
            ApiError: There was one (40060), or it is too late for one (10062).
        """
        if self.response_type is not None:
            raise ApiError(ALREADY_ACKNOWLEDGED)
        if self._age > ANSWER_SECONDS or self.expired:
            raise ApiError(UNKNOWN_INTERACTION)

    def answer(self, kind: Answer) -> None:
        """Note the first answer."""
        self.response_type = kind
        self.seconds = time.perf_counter() - self._sent

    def check_token(self) -> None:
        """Check that the token can still be used for messages.

        Raises:
            ApiError: Fifteen minutes are over (50027), or there was no first answer (10015).
        """
        if self.expired or self._age > TOKEN_SECONDS:
            raise ApiError(INVALID_WEBHOOK_TOKEN)
        if self.response_type is None:
            raise ApiError(UNKNOWN_WEBHOOK)

    def owners(self) -> dict[str, str]:
        """Return by whose installation the app is here: the guild's, in direct messages 0."""
        return {"0": str(self.channel.guild_id)}

    def metadata(self) -> dict[str, Any]:
        """Return what a message that answers tells of the interaction."""
        metadata: dict[str, Any] = {
            "id": str(self.id),
            "type": int(self.kind),
            "user": self.member.user.payload(),
            "authorizing_integration_owners": self.owners(),
        }
        if self.kind is Kind.COMPONENT and self.source is not None:
            metadata["interacted_message_id"] = str(self.source.id)
        if self.cause is not None:
            metadata["triggering_interaction_metadata"] = self.cause.metadata()
        return metadata

    def payload(self) -> dict[str, Any]:
        """Return the interaction as INTERACTION_CREATE carries it."""
        guild = self.channel.guild
        payload: dict[str, Any] = {
            "id": str(self.id),
            "application_id": str(self.world.bot.id),
            "type": int(self.kind),
            "data": self.data,
            "token": self.token,
            "version": 1,
            "locale": "en-US",
            "entitlements": [],
            "attachment_size_limit": self.channel.file_limit,
            "channel_id": str(self.channel.id),
            "authorizing_integration_owners": self.owners(),
            **(self._direct_part() if guild is None else self._guild_part(guild)),
        }
        if self.source is not None:
            payload["message"] = self.source.payload()
        return payload

    def _guild_part(self, guild: Guild) -> dict[str, Any]:
        channel = self.channel
        assert isinstance(channel, Channel), "only channels are in guilds"
        permissions = str(int(channel.permissions_of(self.member)))
        return {
            "app_permissions": str(int(channel.bot_permissions())),
            "guild_locale": "en-US",
            "guild_id": str(guild.id),
            "guild": guild.partial(),
            "channel": {**channel.payload(), "permissions": permissions},
            "member": {**self.member.payload(), "permissions": permissions},
            "context": 0,
        }

    def _direct_part(self) -> dict[str, Any]:
        return {
            "app_permissions": str(int(APP_PERMISSIONS)),
            "channel": self.channel.payload(),
            "user": self.member.user.payload(),
            "context": 1,
        }


class Interactions:
    """All interactions."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_token: dict[str, Invocation] = {}

    def open(
        self,
        kind: Kind,
        member: Member,
        channel: Place,
        data: dict[str, Any],
        *,
        source: Message | None = None,
        cause: Invocation | None = None,
    ) -> Invocation:
        """Start an interaction and send it to the bot.

        Raises:
            ValueError: The guild has an outage.
        """
        if channel.guild is not None and not channel.guild.available:
            raise ValueError(f"{channel.guild.name} has an outage")
        invocation = Invocation(
            self._world, kind, member, channel, data, source=source, cause=cause
        )
        self._by_token[invocation.token] = invocation
        self._world.gateway.dispatch(
            "INTERACTION_CREATE",
            invocation.payload(),
            guild_id=channel.guild_id,
            needs=Intent.NONE,
        )
        self._world.changes.notify()
        return invocation

    def find(self, token: str) -> Invocation | None:
        """Return the interaction that has this token."""
        return self._by_token.get(token)
