"""The stand-in as a test or the demo holds it."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.discord.app import Application, Recorded
from sandbox.discord.channels import Channel
from sandbox.discord.command_permissions import Rules
from sandbox.discord.commands import CommandType
from sandbox.discord.gateway import Gateway
from sandbox.discord.guilds import Guild
from sandbox.discord.interactions import Invocation
from sandbox.discord.members import Member
from sandbox.discord.message import Message
from sandbox.discord.permissions import BOT_DEFAULT
from sandbox.discord.ratelimits import RateLimits
from sandbox.discord.roles import Role
from sandbox.discord.users import User
from sandbox.discord.visibility import telling_what_changes
from sandbox.discord.world import World
from sandbox.faults import Faults
from sandbox.site import Site

T = TypeVar("T")


class DiscordSandbox:
    """Discord on loopback; starts and stops as an asynchronous context manager.

    Args:
        clock: What links, tokens and limits live by.
        port: Where to listen; 0 takes a free port.
        checks: Whether requests are compared with Discord's OpenAPI, where that is at hand; it
            takes more time than all else, which a benchmark would measure.
    """

    def __init__(
        self, *, clock: SandboxClock | None = None, port: int = 0, checks: bool = True
    ) -> None:
        self.clock = clock or SandboxClock()
        self.world = World(self.clock)
        self.url = ""
        """Base of REST (with /api/v10), gateway and CDN; known once it has started."""
        self._application = Application(self.world, checks=checks)
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        application = self._application.build()
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        self._runner = runner
        await runner.setup()
        await Site(runner, "127.0.0.1", self._port).start()
        host, port = runner.addresses[0][:2]
        self.url = self.world.cdn.base = f"http://{host}:{port}"
        self.world.gateway_url = f"ws://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.world.gateway.shut_down()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def token(self) -> str:
        """The bot token that is accepted."""
        return self.world.token

    @property
    def bot(self) -> User:
        """The bot's account; its id is the application's too."""
        return self.world.bot

    @property
    def gateway(self) -> Gateway:
        """The gateway: sessions, recommended shards, heartbeat interval, privileged intents."""
        return self.world.gateway

    @property
    def faults(self) -> Faults:
        """Faults to inject into REST, CDN and the gateway's handshake."""
        return self._application.faults

    @property
    def limits(self) -> RateLimits:
        """Rate limits, to be changed or exhausted."""
        return self._application.limits

    @property
    def requests(self) -> list[Recorded]:
        """All HTTP requests, in the order in which they were answered."""
        return self._application.requests

    @property
    def violations(self) -> list[str]:
        """What was accepted though Discord's OpenAPI forbids it, and wrong answers of ours."""
        return self._application.violations

    async def until(
        self,
        predicate: Callable[[], T],
        timeout: float = 10.0,  # noqa: ASYNC109 - the error says what was waited for
        what: str = "a change",
    ) -> T:
        """Wait until a predicate gives something true; asked again at each change.

        Raises:
            TimeoutError: It did not within so many real seconds.
        """
        return await self.world.changes.until(predicate, timeout, what)

    async def ready(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - see `until`
        """Wait until every shard is connected and has its guilds, and commands are there."""
        commands = self.world.commands
        await self.until(
            lambda: self.gateway.ready and commands.overwrites > 0, timeout, "a bot that is ready"
        )

    async def offline(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - see `until`
        """Wait until no bot is connected: between the end of one and the start of the next."""
        await self.until(lambda: not self.gateway.live, timeout, "the bot to disconnect")

    def add_guild(
        self,
        name: str,
        *,
        bot_permissions: int = BOT_DEFAULT,
        owner: User | None = None,
        installed: bool = True,
    ) -> Guild:
        """Make a server.

        Args:
            name: Its name.
            bot_permissions: What the bot's own role allows it.
            owner: Whose it is; a new user's, if nobody is named.
            installed: False leaves the bot out, until `invite_bot`. A bot that runs is told
                of a server that it is in as of one that it joins.
        """
        guild = Guild(
            self.world, name, bot_permissions=bot_permissions, owner=owner, installed=installed
        )
        self.world.guilds[guild.id] = guild
        self._announce(guild, joining=True)
        return guild

    def delete_message(self, message: Message) -> None:
        """Delete a message, as a moderator does."""
        self.world.posts.delete(message)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel or thread with its messages and, of a channel, its threads.

        The channels of a category stay, without one (resources/channel, "Delete/Close Channel").
        """
        for child in channel.children:
            if child.parent is channel:
                self.delete_channel(child)
            else:
                child.category = None
                child.announce("UPDATE")
        channel.announce("DELETE")
        channel.deleted = True
        for message in channel.all_messages:
            self.world.posts.discard(message)
        self.world.changes.notify()

    def archive(self, thread: Channel) -> None:
        """Archive a thread, as its starter or time does it: "Close Post" for a post."""
        thread.set_state(archived=True)

    def unarchive(self, thread: Channel) -> None:
        """Take a thread out of the archive, as a moderator does where it is locked."""
        thread.set_state(archived=False)

    def lock(self, thread: Channel) -> None:
        """Lock a thread, which neither archives nor reopens it: see `threads`."""
        thread.set_state(locked=True)

    def unlock(self, thread: Channel) -> None:
        """Unlock a thread."""
        thread.set_state(locked=False)

    def remove_bot(self, guild: Guild) -> None:
        """Remove the bot from a server, and with it who may use its commands there."""
        payload = {"id": str(guild.id)}
        self.gateway.dispatch("GUILD_DELETE", payload, guild_id=guild.id)
        guild.installed = False
        self.world.commands.permissions.forget(guild)
        self.world.changes.notify()

    def invite_bot(self, guild: Guild) -> None:
        """Let the bot into a server, for the first time or again, whether it runs or not."""
        guild.installed = True
        guild.bot_joined()
        self._announce(guild, joining=True)

    def outage(self, guild: Guild) -> None:
        """Make a server unavailable, which is no removal of the bot (GUILD_DELETE says so).

        The gateway tells nothing of it and members can do nothing there until `recover`;
        REST goes on, since what it does then is not documented.
        """
        payload = {"id": str(guild.id), "unavailable": True}
        self.gateway.dispatch("GUILD_DELETE", payload, guild_id=guild.id)
        guild.available = False
        self.world.changes.notify()

    def recover(self, guild: Guild) -> None:
        """End the outage of a server."""
        guild.available = True
        self._announce(guild, joining=False)

    def set_permissions(
        self, channel: Channel, target: Role | Member, *, allow: int = 0, deny: int = 0
    ) -> None:
        """Allow and deny a role or member something in a channel.

        The bot is `guild.bot_member`, its role `guild.bot_role`, everyone `guild.everyone`.
        """
        channel.overwrite(target, allow=allow, deny=deny)

    def set_role_permissions(self, role: Role, permissions: int) -> None:
        """Replace what a role allows in the whole server."""
        with telling_what_changes(role.guild):
            role.permissions = permissions
            role.guild.announce_role(role, "UPDATE")

    def restrict_command(
        self,
        guild: Guild,
        name: str,
        rules: Rules,
        *,
        kind: CommandType = CommandType.CHAT_INPUT,
        all_channels: bool | None = None,
    ) -> None:
        """Set who may use a command in a server, as in its settings under Integrations.

        Args:
            guild: The server.
            name: The command.
            rules: Roles (`guild.everyone` too), members and channels; replaces what was set.
            kind: The command's type.
            all_channels: The entry for all channels of which nothing else is said.
        """
        command = self.world.commands.find(guild, kind, name)
        permissions = self.world.commands.permissions
        permissions.set(guild, command["id"], rules, channels=all_channels)

    def clear_command(
        self, guild: Guild, name: str, *, kind: CommandType = CommandType.CHAT_INPUT
    ) -> None:
        """Sync a command with the app again: drop what `restrict_command` has set."""
        self.restrict_command(guild, name, {}, kind=kind)

    def restrict_app(self, guild: Guild, rules: Rules, *, all_channels: bool | None = None) -> None:
        """Set who may use the app in a server: what holds where a command says nothing else.

        Args:
            guild: The server.
            rules: As in `restrict_command`; none drop what was set.
            all_channels: As in `restrict_command`.
        """
        application = str(self.world.bot.id)
        permissions = self.world.commands.permissions
        permissions.set(guild, application, rules, channels=all_channels)

    def drop_gateway(self, *, resumable: bool = True) -> None:
        """Close the bot's websockets, with or without the sessions behind them."""
        self.gateway.drop(resumable=resumable)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell the bot that its sessions are invalid (op 9)."""
        self.gateway.invalidate(resumable=resumable)

    def request_reconnect(self) -> None:
        """Ask the bot to reconnect and resume (op 7)."""
        self.gateway.request_reconnect()

    def expire_token(self, shot: Invocation) -> None:
        """Let an interaction's token die now."""
        shot.expired = True

    def _announce(self, guild: Guild, *, joining: bool) -> None:
        payload = guild.create_payload(joining=joining)
        self.gateway.dispatch("GUILD_CREATE", payload, guild_id=guild.id)
        self.world.changes.notify()
