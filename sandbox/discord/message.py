"""Messages: what they hold now, as the API sends them and as a test looks at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntFlag
from typing import TYPE_CHECKING, Any

from sandbox.discord.cdn import StoredFile
from sandbox.discord.components import Component, media_of, render, shown, walk
from sandbox.discord.mentions import Pings
from sandbox.discord.rules.tree import SELECTS, ComponentType
from sandbox.discord.users import User

if TYPE_CHECKING:
    from sandbox.discord.interactions import Invocation
    from sandbox.discord.members import Member
    from sandbox.discord.places import Place


class Flag(IntFlag):
    """Message flags."""

    NONE = 0
    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button as a member sees it."""

    id: int
    label: str | None
    custom_id: str | None
    disabled: bool
    style: int
    url: str | None


@dataclass(frozen=True, kw_only=True)
class Select:
    """A select menu as a member sees it."""

    id: int
    kind: ComponentType
    custom_id: str
    placeholder: str | None
    min_values: int
    max_values: int
    disabled: bool
    options: list[dict[str, Any]]


@dataclass(eq=False, kw_only=True)
class Message:
    """One message; always its present state."""

    id: int
    channel: Place
    author: User
    created: float
    """Seconds since the epoch, by the sandbox's clock."""
    kind: int = 0
    content: str = ""
    flags: Flag = Flag.NONE
    embeds: list[dict[str, Any]] = field(default_factory=list)
    kept_components: list[Component] = field(default_factory=list)
    files: list[StoredFile] = field(default_factory=list)
    pings: Pings = field(default_factory=Pings)
    """Whom the last version of it pinged, or would have."""
    invocation: Invocation | None = None
    """The interaction that it answers."""
    webhook_id: int | None = None
    """The webhook that wrote it, if it is one of another service."""
    nonce: str | int | None = None
    reply_to: Message | None = None
    edited: float | None = None
    edits: int = 0
    deleted: bool = False

    @property
    def ephemeral(self) -> bool:
        """Whether only one member sees it."""
        return bool(self.flags & Flag.EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it is still the placeholder of a deferred answer."""
        return bool(self.flags & Flag.LOADING)

    @property
    def v2(self) -> bool:
        """Whether it is made of Components V2."""
        return bool(self.flags & Flag.COMPONENTS_V2)

    @property
    def link(self) -> str:
        """The link to the message, as people share it."""
        where = self.channel.guild_id or "@me"
        return f"https://discord.com/channels/{where}/{self.channel.id}/{self.id}"

    def visible_to(self, member: Member) -> bool:
        """Say whether a member has this message before their eyes."""
        if self.deleted or not member.can_see(self.channel):
            return False
        own = self.invocation is not None and self.invocation.member.id == member.id
        return own or not self.ephemeral

    @property
    def components(self) -> list[Component]:
        """The components as Discord sends them, with fresh links."""
        by_id = {file.id: file for file in self.files}
        return render(self.kept_components, by_id, self.channel.world.cdn)

    @property
    def attachments(self) -> list[dict[str, Any]]:
        """The attachments as Discord sends them: without the files that a component shows.

        Source: discord/discord-api-docs, issue 8277.
        """
        hidden = shown(self.kept_components)
        cdn = self.channel.world.cdn
        return [cdn.attachment(file) for file in self.files if file.id not in hidden]

    def texts(self) -> list[str]:
        """Return the contents of all text displays, in order."""
        return [c["content"] for c in walk(self.kept_components) if c["type"] == ComponentType.TEXT]

    def text(self, component_id: int) -> str | None:
        """Return the content of the text display that has this id."""
        for component in walk(self.kept_components):
            if component["type"] == ComponentType.TEXT and component["id"] == component_id:
                return component["content"]
        return None

    def buttons(self) -> list[Button]:
        """Return all buttons, in order."""
        buttons = [c for c in walk(self.kept_components) if c["type"] == ComponentType.BUTTON]
        return [
            Button(
                id=item["id"],
                label=item.get("label"),
                custom_id=item.get("custom_id"),
                disabled=bool(item.get("disabled")),
                style=item["style"],
                url=item.get("url"),
            )
            for item in buttons
        ]

    def selects(self) -> list[Select]:
        """Return all select menus, in order."""
        return [
            Select(
                id=item["id"],
                kind=ComponentType(item["type"]),
                custom_id=item["custom_id"],
                placeholder=item.get("placeholder"),
                min_values=item["min_values"],
                max_values=item["max_values"],
                disabled=bool(item.get("disabled")),
                options=item.get("options", []),
            )
            for item in self.components_of(SELECTS)
        ]

    def components_of(self, kinds: frozenset[ComponentType]) -> list[Component]:
        """Return the components of some kinds, in order, as Discord sends them."""
        return [component for component in walk(self.components) if component["type"] in kinds]

    def media(self) -> list[tuple[int, str]]:
        """Return what components show: the component's id and a fresh link, in order."""
        return [
            (component["id"], media["url"])
            for component in walk(self.components)
            for media in media_of(component)
        ]

    @property
    def readable(self) -> bool:
        """Whether the bot is shown what it says.

        Without the MESSAGE_CONTENT intent, only where the bot wrote it or is mentioned, and in
        direct messages (events/gateway, "Message Content Intent"). Interactions carry all of it
        in any case: nobody asks there.
        """
        world = self.channel.world
        own = self.author is world.bot or self.channel.guild is None
        return own or world.bot.id in self.pings.users or world.gateway.sees_content

    def payload(self, *, with_content: bool = True) -> dict[str, Any]:
        """Return the message object of the REST API.

        Args:
            with_content: False empties what a bot is not shown where it is not `readable`.
        """
        payload: dict[str, Any] = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "type": self.kind,
            "content": self.content,
            "author": self.author.payload(),
            "attachments": self.attachments,
            "embeds": self._embeds(),
            "mentions": self._mentions(),
            "mention_roles": [str(role) for role in sorted(self.pings.roles)],
            "mention_everyone": self.pings.everyone,
            "pinned": False,
            "tts": False,
            "timestamp": _iso(self.created),
            "edited_timestamp": None if self.edited is None else _iso(self.edited),
            "flags": int(self.flags),
            "components": self.components,
        }
        if not with_content:
            payload.update(content="", attachments=[], embeds=[], components=[])
        return {**payload, **self._origin()}

    def _origin(self) -> dict[str, Any]:
        origin: dict[str, Any] = {}
        if self.webhook_id is not None:
            origin["webhook_id"] = str(self.webhook_id)
        elif self.author.bot:
            origin["application_id"] = str(self.author.id)
        if self.invocation is not None:
            origin["webhook_id"] = str(self.author.id)
            origin["interaction_metadata"] = self.invocation.metadata()
        if self.nonce is not None:
            origin["nonce"] = self.nonce
        if self.reply_to is not None:
            origin["message_reference"] = {
                "type": 0,
                "channel_id": str(self.reply_to.channel.id),
                "message_id": str(self.reply_to.id),
                **self.channel.guild_part,
            }
            origin["referenced_message"] = self._referenced(self.reply_to)
        return origin

    def _referenced(self, message: Message) -> dict[str, Any] | None:
        # One step only: what that message replied to is not told.
        if message.deleted:
            return None
        payload = message.payload(with_content=message.readable)
        payload.pop("referenced_message", None)
        return payload

    def event(self) -> dict[str, Any]:
        """Return the message as the gateway sends it."""
        return {**self.payload(with_content=self.readable), **self.channel.guild_part}

    def _embeds(self) -> list[dict[str, Any]]:
        cdn, files = self.channel.world.cdn, {file.filename: file for file in self.files}
        embeds = []
        for embed in self.embeds:
            filled = {"type": "rich", **embed}
            for key in ("image", "thumbnail"):
                name = (embed.get(key) or {}).get("url", "").removeprefix("attachment://")
                if name in files:
                    url = cdn.url(files[name])
                    filled[key] = {"url": url, "proxy_url": url, **files[name].pixels}
            embeds.append(filled)
        return embeds

    def _mentions(self) -> list[dict[str, Any]]:
        users = self.channel.world.users
        return [users[user].payload() for user in sorted(self.pings.users) if user in users]


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
