"""Members whom a test or the demo plays: each does what a person can do in Discord's client.

What the client would not allow is a ValueError here: an unknown option, a button that is not
there, a message that the member does not see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from sandbox.discord.body import Body
from sandbox.discord.channels import WITHOUT_MESSAGES, Channel
from sandbox.discord.commands import CommandType
from sandbox.discord.components import Component
from sandbox.discord.interactions import ANSWER_SECONDS, Invocation, Kind
from sandbox.discord.members import Member
from sandbox.discord.mentions import Pings, pings
from sandbox.discord.message import Button, Message
from sandbox.discord.modals import submitted
from sandbox.discord.options import fill_in
from sandbox.discord.permissions import Permission
from sandbox.discord.places import Place
from sandbox.discord.posts import REPLY
from sandbox.discord.resolved import Resolved
from sandbox.discord.rules.tree import SELECTS, ComponentType
from sandbox.discord.selects import chosen
from sandbox.discord.threads import enter
from sandbox.discord.uploads import Upload


class Actor(Member):
    """A person in a guild."""

    async def slash(self, channel: Channel, name: str, /, **options: Any) -> Invocation:
        """Use a slash command.

        Args:
            channel: Where.
            name: The command, with group and subcommand after spaces: "quota set".
            options: By name: text, number, truth, `Upload`, member, role or channel.

        Raises:
            ValueError: The client would not let this be sent.
        """
        data = self._command_data(channel, name, options)
        enter(channel, self)
        return self.world.interactions.open(Kind.COMMAND, self, channel, data)

    async def autocomplete(
        self, channel: Channel, name: str, /, *, focused: str, value: Any = "", **others: Any
    ) -> list[dict[str, Any]]:
        """Type into an option and return the choices that the bot offers.

        Args:
            channel: Where.
            name: The command, as in `slash`.
            focused: The option that is typed into.
            value: What stands in it so far.
            others: Options already filled in.

        Raises:
            ValueError: The client would not ask.
            TimeoutError: No answer within three seconds; the client shows none then.
        """
        options = {**others, focused: value}
        data = self._command_data(channel, name, options, focused=focused)
        shot = self.world.interactions.open(Kind.AUTOCOMPLETE, self, channel, data)
        await shot.answered(ANSWER_SECONDS)
        return shot.choices or []

    async def menu(self, channel: Channel, name: str, target: Message | Member, /) -> Invocation:
        """Use a context menu command on a message or a member.

        Raises:
            ValueError: The client would not offer it.
        """
        resolved = Resolved(channel, self)
        if isinstance(target, Message):
            self._check_visible(target)
            kind = CommandType.MESSAGE
            part = {"resolved": {"messages": {str(target.id): target.payload()}}}
        else:
            kind = CommandType.USER
            resolved.add(target)
            part = resolved.part()
        command = self.world.commands.find(self.guild, kind, name)
        self.world.commands.check_offered(command, self, channel)
        enter(channel, self)
        data = {**_identity(command), "target_id": str(target.id), **part}
        return self.world.interactions.open(Kind.COMMAND, self, channel, data)

    async def click(self, message: Message, what: str) -> Invocation:
        """Press a button, named by its label or its custom_id.

        Raises:
            ValueError: There is no such button, or it cannot be pressed.
        """
        self._check_visible(message)
        found = [b for b in message.buttons() if what in (b.label, b.custom_id)]
        if len(found) != 1:
            labels = [button.label or button.custom_id for button in message.buttons()]
            raise ValueError(f"{len(found)} buttons {what!r}; there are {labels}")
        button = found[0]
        if button.disabled or button.custom_id is None:
            raise ValueError(f"the button {what!r} cannot be pressed")
        return self._use(message, _button_data(button), {})

    async def choose(self, message: Message, custom_id: str, values: Sequence[Any]) -> Invocation:
        """Choose in a select: values of its options, or members, roles, channels.

        Raises:
            ValueError: There is no such select, or it does not take these values.
        """
        self._check_visible(message)
        found = [s for s in message.components_of(SELECTS) if s["custom_id"] == custom_id]
        if not found or found[0].get("disabled"):
            raise ValueError(f"there is no select {custom_id!r} that can be used")
        select = found[0]
        resolved = Resolved(message.channel, self)
        data = {
            "custom_id": custom_id,
            "component_type": select["type"],
            "id": select["id"],
            "values": chosen(select, list(values), resolved, in_modal=False),
        }
        return self._use(message, data, resolved.part())

    async def submit(self, shot: Invocation, values: Mapping[str, Any]) -> Invocation:
        """Send a modal that the bot opened.

        Args:
            shot: The interaction that was answered with the modal.
            values: By custom_id: text, the value or values chosen, `Upload`s. What is not
                named keeps what it was prefilled with.

        Raises:
            ValueError: There is no modal, it is another member's, or a value is not acceptable.
        """
        if shot.modal is None or shot.member.user is not self.user:
            raise ValueError(f"{self.name} has no modal open from {shot!r}")
        resolved = Resolved(shot.channel, self)
        data = {
            "custom_id": shot.modal["custom_id"],
            "components": submitted(shot.modal, values, resolved),
            **resolved.part(),
        }
        return self.world.interactions.open(
            Kind.MODAL, self, shot.channel, data, source=shot.source, cause=shot
        )

    async def post(
        self,
        channel: Channel,
        content: str = "",
        *,
        files: Sequence[Upload] = (),
        embeds: Sequence[dict[str, Any]] = (),
        components: Sequence[Component] = (),
        reply_to: Message | None = None,
    ) -> Message:
        """Write a message, as people do, or as another bot does.

        Args:
            channel: Where.
            content: Its text.
            files: Its attachments.
            embeds: What Discord made of its links; `world.media.embed_image` makes pictures.
            components: Of another bot's message, as they are sent.
            reply_to: The message that it replies to, whose author it pings.

        Raises:
            ValueError: The member may not write there, or is no bot and sends components.
            ApiError: A bot's message breaks a rule of Discord.
        """
        if channel.kind in WITHOUT_MESSAGES:
            raise ValueError(f"nothing can be written in #{channel.name} itself")
        if not channel.permissions_of(self) & channel.posting:
            raise ValueError(f"{self.name} may not write in #{channel.name}")
        if components and not self.user.bot:
            raise ValueError(f"{self.name} is no bot, and only those send components")
        enter(channel, self)
        if components:
            posts = self.world.posts
            payload = posts.payload_of(content, embeds=embeds, components=components)
            body = Body(payload=payload, files=list(files))
            return posts.create(channel, self.user, body, reply_to=reply_to)
        return self.say(channel, content, files=files, embeds=embeds, reply_to=reply_to)

    def say(
        self,
        place: Place,
        content: str,
        *,
        files: Sequence[Upload] = (),
        embeds: Sequence[dict[str, Any]] = (),
        reply_to: Message | None = None,
        identifier: int | None = None,
    ) -> Message:
        """Write a message without a look at what is allowed; also in a direct conversation.

        Args:
            place: Where.
            content: Its text.
            files: Its attachments.
            embeds: What Discord made of its links.
            reply_to: The message that it replies to, whose author it pings.
            identifier: The message's id; a new one, if none is given.
        """
        message = Message(
            id=identifier or self.world.ids.new(),
            channel=place,
            author=self.user,
            created=self.world.clock.now(),
            kind=0 if reply_to is None else REPLY,
            content=content,
            embeds=list(embeds),
            files=[self.world.cdn.add(file, place.id) for file in files],
            pings=self._pings(place, content, reply_to),
            reply_to=reply_to,
        )
        self.world.posts.publish(message)
        return message

    def _pings(self, place: Place, content: str, reply_to: Message | None) -> Pings:
        found = pings([content], None, replied=reply_to.author.id if reply_to else None)
        have = place.permissions_of(self) if isinstance(place, Channel) else 0
        everyone = found.everyone and bool(have & Permission.MENTION_EVERYONE)
        return Pings(found.users, found.roles, everyone)

    async def fetch(self, url: str) -> bytes:
        """Open a link of the CDN.

        Raises:
            aiohttp.ClientResponseError: It is wrong or has expired (404).
        """
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            response.raise_for_status()
            return await response.read()

    def _command_data(
        self, channel: Channel, name: str, options: dict[str, Any], focused: str | None = None
    ) -> dict[str, Any]:
        first, *words = name.split()
        command = self.world.commands.find(self.guild, CommandType.CHAT_INPUT, first)
        self.world.commands.check_offered(command, self, channel)
        resolved = Resolved(channel, self)
        filled = fill_in(command, words, options, resolved, focused=focused)
        return {**_identity(command), "options": filled, **resolved.part()}

    def _use(self, message: Message, data: Component, resolved: dict[str, Any]) -> Invocation:
        if isinstance(message.channel, Channel):
            enter(message.channel, self)
        return self.world.interactions.open(
            Kind.COMPONENT, self, message.channel, {**data, **resolved}, source=message
        )

    def _check_visible(self, message: Message) -> None:
        if not message.visible_to(self):
            raise ValueError(f"{self.name} does not see message {message.id}")


def _identity(command: dict[str, Any]) -> dict[str, Any]:
    guild = {"guild_id": command["guild_id"]} if "guild_id" in command else {}
    return {"id": command["id"], "name": command["name"], "type": command["type"], **guild}


def _button_data(button: Button) -> Component:
    return {
        "custom_id": button.custom_id,
        "component_type": int(ComponentType.BUTTON),
        "id": button.id,
    }
