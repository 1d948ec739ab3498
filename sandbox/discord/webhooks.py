"""Webhooks of other services: messages whose author is no account.

Source: Discord's documentation, resources/webhook and resources/message, read 2026-11: the
author of such a message is the webhook, with its id and name, and `webhook_id` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.discord.body import Body
from sandbox.discord.uploads import Upload
from sandbox.discord.users import User

if TYPE_CHECKING:
    from sandbox.discord.channels import Channel
    from sandbox.discord.message import Message


class Webhook:
    """A webhook of one channel."""

    def __init__(self, channel: Channel, name: str) -> None:
        self.channel = channel
        self.user = User(id=channel.world.ids.new(), name=name, bot=True)
        """The author of its messages; nobody else knows it as a user."""

    def post(
        self,
        content: str = "",
        *,
        files: Sequence[Upload] = (),
        embeds: Sequence[dict[str, Any]] = (),
        components: Sequence[dict[str, Any]] = (),
    ) -> Message:
        """Send a message, which may have everything that a bot's may have.

        Args:
            content: Its text.
            files: Its attachments.
            embeds: As they are sent; with `world.media.embed_image`, as Discord fills them in.
            components: As they are sent, for example of Components V2.

        Raises:
            ApiError: It breaks a rule of Discord.
        """
        posts = self.channel.world.posts
        body = Body(
            payload=posts.payload_of(content, embeds=embeds, components=components),
            files=list(files),
        )
        self.channel.reopen()
        return posts.create(self.channel, self.user, body, webhook_id=self.user.id)
