"""The stand-in as a test or the demo holds it."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.discord.app import Application, Recorded
from sandbox.discord.channels import Channel
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
from sandbox.discord.world import World
from sandbox.faults import Faults

T = TypeVar("T")


class DiscordSandbox:
    """Discord on loopback; starts and stops as an asynchronous context manager.

    Args:
        clock: What links, tokens and limits live by.
        port: Where to listen; 0 takes a free port.
    """

    def __init__(self, *, clock: SandboxClock | None = None, port: int = 0) -> None:
        self.clock = clock or SandboxClock()
        self.world = World(self.clock)
        self.url = ""
        """Base of REST (with /api/v10), gateway and CDN; known once it has started."""
        self._application = Application(self.world)
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        application = self._application.build()
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        self._runner = runner
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
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

    def add_guild(self, name: str, *, bot_permissions: int = BOT_DEFAULT) -> Guild:
        """Make a server with the bot in it."""
        guild = Guild(self.world, name, bot_permissions=bot_permissions)
        self.world.guilds[guild.id] = guild
        self._announce(guild)
        return guild

    def delete_message(self, message: Message) -> None:
        """Delete a message, as a moderator does."""
        self.world.posts.delete(message)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel or thread with its messages and, of a channel, its threads."""
        for thread in [item for item in channel.guild.channels if item.parent is channel]:
            self.delete_channel(thread)
        channel.deleted = True
        for message in channel.all_messages:
            self.world.posts.discard(message)
        channel.announce("DELETE")

    def archive(self, thread: Channel) -> None:
        """Archive a thread."""
        thread.archived = True
        thread.announce("UPDATE")

    def remove_bot(self, guild: Guild) -> None:
        """Remove the bot from a server."""
        guild.installed = False
        payload = {"id": str(guild.id)}
        self.gateway.dispatch("GUILD_DELETE", payload, guild_id=guild.id)
        self.world.changes.notify()

    def invite_bot(self, guild: Guild) -> None:
        """Let the bot into a server again."""
        guild.installed = True
        self._announce(guild)

    def set_permissions(
        self, channel: Channel, target: Role | Member, *, allow: int = 0, deny: int = 0
    ) -> None:
        """Allow and deny a role or member something in a channel.

        The bot is `guild.bot_member`, its role `guild.bot_role`, everyone `guild.everyone`.
        """
        channel.overwrite(target, allow=allow, deny=deny)

    def set_role_permissions(self, role: Role, permissions: int) -> None:
        """Replace what a role allows in the whole server."""
        role.permissions = permissions
        role.guild.announce_role(role, "UPDATE")

    def restrict_command(
        self,
        guild: Guild,
        name: str,
        rules: dict[Role | Member | Channel, bool],
        *,
        kind: CommandType = CommandType.CHAT_INPUT,
    ) -> None:
        """Set who may use a command in a server, as in its settings under Integrations."""
        command = self.world.commands.find(guild, kind, name)
        self.world.commands.restrict(guild, command, rules)

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

    def _announce(self, guild: Guild) -> None:
        payload = guild.create_payload()
        self.gateway.dispatch("GUILD_CREATE", payload, guild_id=guild.id)
        self.world.changes.notify()
