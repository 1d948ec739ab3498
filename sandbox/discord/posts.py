"""Sending, editing and deleting messages: what every route that does so has in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.discord.body import Body
from sandbox.discord.cdn import StoredFile
from sandbox.discord.components import Component, keep, shown
from sandbox.discord.errors import TOO_LARGE, ApiError, refuse_if
from sandbox.discord.mentions import pings
from sandbox.discord.message import Flag, Message
from sandbox.discord.permissions import Permission
from sandbox.discord.rules import check_message
from sandbox.discord.rules.tree import CLASSIC
from sandbox.discord.sessions import Intent
from sandbox.discord.uploads import Upload
from sandbox.discord.users import User

if TYPE_CHECKING:
    from sandbox.discord.interactions import Invocation
    from sandbox.discord.places import Place
    from sandbox.discord.world import World

REPLY = 19
"""The type of a message that replies to another."""


class Posts:
    """Writes messages."""

    def __init__(self, world: World) -> None:
        self._world = world

    @staticmethod
    def payload_of(
        content: str, *, embeds: Sequence[dict[str, Any]], components: Sequence[Component]
    ) -> dict[str, Any]:
        """Return the body of a request that sends this, with the V2 flag if it needs that."""
        v2 = any(component["type"] not in CLASSIC for component in components)
        payload: dict[str, Any] = {"content": content, "embeds": list(embeds)}
        if components:
            payload["components"] = list(components)
        return {**payload, **({"flags": int(Flag.COMPONENTS_V2)} if v2 else {})}

    def create(
        self,
        channel: Place,
        author: User,
        body: Body,
        *,
        kind: int = 0,
        invocation: Invocation | None = None,
        reply_to: Message | None = None,
        webhook_id: int | None = None,
    ) -> Message:
        """Send a message.

        Raises:
            ApiError: It breaks a rule (50035) or a file is too large (40005).
        """
        payload = body.message
        names = [file.filename for file in body.files]
        refuse_if(check_message(payload, files=names, kept=[], editing=False, v2_before=False))
        self._check_sizes(channel, body.files)
        message = Message(
            id=self._world.ids.new(),
            channel=channel,
            author=author,
            created=self._world.clock.now(),
            kind=kind if reply_to is None else REPLY,
            content=payload.get("content") or "",
            flags=Flag(payload.get("flags") or 0),
            embeds=payload.get("embeds") or [],
            files=self._store(channel, body),
            invocation=invocation,
            nonce=payload.get("nonce"),
            reply_to=reply_to,
            webhook_id=webhook_id,
        )
        self._lay_out(message, payload)
        self.publish(message)
        return message

    def placeholder(self, invocation: Invocation, *, kind: int, flags: Flag) -> Message:
        """Show "is thinking" for a deferred answer."""
        message = Message(
            id=self._world.ids.new(),
            channel=invocation.channel,
            author=self._world.bot,
            created=self._world.clock.now(),
            kind=kind,
            flags=flags | Flag.LOADING,
            invocation=invocation,
        )
        self.publish(message)
        return message

    def publish(self, message: Message) -> None:
        """Add a message to its channel and tell those who listen."""
        self._world.messages[message.id] = message
        message.channel.history.append(message)
        self._announce(message, "CREATE")

    def edit(self, message: Message, body: Body) -> None:
        """Edit a message.

        Files: without an `attachments` array all stay; with one, those that it lists. New
        files without an array drop the old ones (discord/discord-api-docs, issue 5170), and
        in a Components V2 message they are refused (issue 7529).

        Raises:
            ApiError: It breaks a rule (50035) or a file is too large (40005).
        """
        payload = body.message
        kept = _kept(message, payload, body.files)
        names = [file.filename for file in body.files]
        kept_names = [file.filename for file in kept]
        refuse_if(
            [
                *check_message(
                    payload, files=names, kept=kept_names, editing=True, v2_before=message.v2
                ),
                *_check_against(message, payload, kept),
            ]
        )
        self._check_sizes(message.channel, body.files)
        for file in message.files:
            if file not in kept:
                self._world.cdn.remove(file)
        message.files = [*kept, *self._store(message.channel, body)]
        if "content" in payload:
            message.content = payload["content"] or ""
        if "embeds" in payload:
            message.embeds = payload["embeds"] or []
        message.flags = _edited_flags(message.flags, payload)
        self._lay_out(message, payload)
        message.edits += 1
        message.edited = self._world.clock.now()
        self._announce(message, "UPDATE")

    def delete(self, message: Message) -> None:
        """Delete a message and its files, and tell those who listen."""
        self.discard(message)
        if not message.ephemeral:
            place = message.channel
            payload = {"id": str(message.id), "channel_id": str(place.id), **place.guild_part}
            self._dispatch("MESSAGE_DELETE", place, payload)

    def discard(self, message: Message) -> None:
        """Let a message vanish with its channel, of which no event tells."""
        message.deleted = True
        for file in message.files:
            self._world.cdn.remove(file)
        self._world.changes.notify()

    def _check_sizes(self, channel: Place, files: list[Upload]) -> None:
        if any(len(file.data) > channel.file_limit for file in files):
            raise ApiError(TOO_LARGE)

    def _store(self, channel: Place, body: Body) -> list[StoredFile]:
        entries = {str(entry.get("id")): entry for entry in body.message.get("attachments") or []}
        stored = []
        for index, file in enumerate(body.files):
            description = entries.get(str(index), {}).get("description")
            upload = Upload(file.filename, file.data, file.content_type, description)
            stored.append(self._world.cdn.add(upload, channel.id))
        return stored

    def _lay_out(self, message: Message, payload: dict[str, Any]) -> None:
        if "components" in payload:
            by_name = {file.filename: file for file in message.files}
            message.kept_components = keep(payload["components"] or [], by_name, self._world.ids)
        texts = [message.content, *message.texts()]
        replied = None if message.reply_to is None else message.reply_to.author.id
        message.pings = pings(texts, payload.get("allowed_mentions"), replied=replied)

    def _announce(self, message: Message, change: str) -> None:
        self._world.changes.notify()
        if not message.ephemeral:
            self._dispatch(f"MESSAGE_{change}", message.channel, message.event())

    def _dispatch(self, event: str, place: Place, payload: dict[str, Any]) -> None:
        if not place.bot_permissions() & Permission.VIEW_CHANNEL:
            return
        needs = Intent.DIRECT_MESSAGES if place.guild is None else Intent.GUILD_MESSAGES
        self._world.gateway.dispatch(event, payload, guild_id=place.guild_id, needs=needs)


def _kept(message: Message, payload: dict[str, Any], new: list[Upload]) -> list[StoredFile]:
    if "attachments" not in payload:
        return [] if new and not message.v2 else message.files
    listed = {str(entry.get("id")) for entry in payload["attachments"] or []}
    return [file for file in message.files if str(file.id) in listed]


def _check_against(message: Message, payload: dict[str, Any], kept: list[StoredFile]) -> list[str]:
    """Find what is wrong with an edit in view of what the message holds."""
    problems = []
    becomes_v2 = not message.v2 and (payload.get("flags") or 0) & Flag.COMPONENTS_V2
    # resources/message, "Edit Message": what V2 cannot hold must be taken out by the same edit.
    if becomes_v2 and message.content and payload.get("content", message.content):
        problems.append("content: must be null where the Components V2 flag is added")
    if becomes_v2 and message.embeds and payload.get("embeds", message.embeds):
        problems.append("embeds: must be empty where the Components V2 flag is added")
    lost = shown(message.kept_components) - {file.id for file in kept}
    if "components" not in payload and lost:
        problems.append("attachments: leaves out a file that a component still shows")
    return problems


def _edited_flags(flags: Flag, payload: dict[str, Any]) -> Flag:
    settable = Flag.SUPPRESS_EMBEDS | Flag.COMPONENTS_V2
    if payload.get("flags") is not None:
        flags = (flags & ~settable) | (Flag(payload["flags"]) & settable)
    return flags & ~Flag.LOADING
