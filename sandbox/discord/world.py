"""The state that all parts of the stand-in share."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from sandbox.clock import SandboxClock
from sandbox.discord.cdn import Cdn
from sandbox.discord.changes import Changes
from sandbox.discord.commands import Commands
from sandbox.discord.direct import DirectChannel
from sandbox.discord.gateway import Gateway
from sandbox.discord.interactions import Interactions
from sandbox.discord.media import MediaProxy
from sandbox.discord.posts import Posts
from sandbox.discord.snowflakes import Snowflakes
from sandbox.discord.users import User

if TYPE_CHECKING:
    from sandbox.discord.guilds import Guild
    from sandbox.discord.message import Message
    from sandbox.discord.places import Place


class World:
    """Everything that exists, and the services that act on it."""

    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self.ids = Snowflakes()
        self.changes = Changes()
        self.cdn = Cdn(clock, self.ids)
        self.media = MediaProxy(self.cdn)
        self.bot = User(id=self.ids.new(), name="RemixBot", bot=True)
        self.token = _bot_token(self.bot)
        self.gateway_url = ""
        """Where the websocket is; known once the server listens."""
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Place] = {}
        """By id: channels, threads and direct conversations; deleted ones too."""
        self.messages: dict[int, Message] = {}
        """By id, deleted ones too."""
        self.gateway = Gateway(self)
        self.commands = Commands(self)
        self.interactions = Interactions(self)
        self.posts = Posts(self)

    def reset_token(self) -> None:
        """Let the bot's token be of no use any more; another one is in its place."""
        self.token = _bot_token(self.bot)

    @property
    def installed(self) -> list[Guild]:
        """The guilds that the bot is in."""
        return [guild for guild in self.guilds.values() if guild.installed]

    def new_user(self, name: str, *, age_seconds: float = 0.0, bot: bool = False) -> User:
        """Make an account.

        Args:
            name: What it is called.
            age_seconds: How long ago it was made: the id says so to bots.
            bot: Whether it is one of another application.
        """
        identifier = self.ids.backdated(age_seconds) if age_seconds else self.ids.new()
        user = User(id=identifier, name=name, bot=bot)
        self.users[user.id] = user
        return user

    def direct_channel(self, user: User) -> DirectChannel:
        """Return the bot's conversation with a user; opened, if there was none."""
        if user.direct is None:
            user.direct = DirectChannel(self, user)
            self.channels[user.direct.id] = user.direct
        return user.direct


def _bot_token(bot: User) -> str:
    # Shaped like a real one, so that whoever checks or redacts tokens finds it one: the id in
    # base64, a time, a secret.
    head = base64.b64encode(str(bot.id).encode()).decode().rstrip("=")
    return f"{head}.{secrets.token_urlsafe(4)[:6]}.{secrets.token_urlsafe(32)[:38]}"
