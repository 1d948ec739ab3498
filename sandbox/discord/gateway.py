"""The gateway: who is connected, and the protocol that they speak.

Source: Discord's documentation, events/gateway and topics/opcodes-and-status-codes, read
2026-11; which of its rules discord.py relies on was seen with discord.py 2.7.1.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from sandbox.discord.compression import encoder
from sandbox.discord.sessions import (
    ALL_INTENTS,
    PRIVILEGED,
    Connection,
    Intent,
    Op,
    Session,
)
from sandbox.discord.starts import Starts

if TYPE_CHECKING:
    from sandbox.discord.world import World

HEARTBEAT_INTERVAL = 41.25
PAYLOAD_LIMIT = 4096
EVENTS_PER_MINUTE = 120
GUILDS_PER_SHARD = 2500


class ProtocolError(Exception):
    """A client broke the protocol; carries the close code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Gateway:
    """All sessions of the bot."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self.privileged: int = 0
        """Privileged intents that the application has; none, as for a bot not reviewed."""
        self.heartbeat_interval = HEARTBEAT_INTERVAL
        self.shards = 1
        """What GET /gateway/bot recommends."""
        self.starts = Starts()
        self.resumes = 0

    @property
    def live(self) -> list[Session]:
        """The sessions whose socket is open."""
        return [session for session in self._sessions.values() if session.connection]

    @property
    def identifies(self) -> int:
        """How many sessions were begun."""
        return self.starts.admitted

    @property
    def ready(self) -> bool:
        """Whether every shard is connected and was sent its guilds."""
        shards = {session.shard for session in self.live if session.guilds_sent}
        return bool(shards) and len(shards) == max(s.shard_count for s in self.live)

    @property
    def sees_content(self) -> bool:
        """Whether the application has the MESSAGE_CONTENT intent."""
        return bool(self.privileged & Intent.MESSAGE_CONTENT)

    def dispatch(self, event: str, data: Any, *, guild_id: int, needs: int = Intent.GUILDS) -> None:
        """Send an event about a guild to the shard that has it and asked for such events.

        Args:
            event: Its name.
            data: What it carries.
            guild_id: The guild; 0 for what is in none. Of one that the bot is not in, or that
                has an outage, it is told nothing.
            needs: The intents without which it is not sent.
        """
        guild = self._world.guilds.get(guild_id)
        if guild is not None and not (guild.installed and guild.available):
            return
        for session in self._sessions.values():
            if session.owns(guild_id) and (session.intents & needs) == needs:
                session.dispatch(event, data)

    def drop(self, *, resumable: bool) -> None:
        """Close all sockets, with or without the sessions behind them."""
        if not resumable:
            self._forget()
        self._close_all(4000)

    def invalidate(self, *, resumable: bool) -> None:
        """Tell all sessions that they are invalid (op 9)."""
        connections = [session.connection for session in self.live]
        if not resumable:
            self._forget()
        for connection in connections:
            if connection is not None:
                connection.send(Op.INVALID_SESSION, resumable)

    def request_reconnect(self) -> None:
        """Ask all sessions to reconnect and resume (op 7)."""
        for session in self.live:
            if session.connection is not None:
                session.connection.send(Op.RECONNECT, None)

    def shut_down(self) -> None:
        """Close everything, as the server stops."""
        self._forget()
        self._close_all(1001)

    def _forget(self) -> None:
        for session in self._sessions.values():
            session.connection = None
        self._sessions.clear()
        self._world.changes.notify()

    def _close_all(self, code: int) -> None:
        for connection in self._connections:
            connection.close(code)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Speak the protocol with one client until its socket closes."""
        socket = web.WebSocketResponse(timeout=1.0, max_msg_size=0)
        await socket.prepare(request)
        try:
            connection = Connection(socket, encoder(request.query.get("compress")))
        except ValueError:
            await socket.close(code=4012)
            return socket
        pump = asyncio.create_task(connection.pump())
        self._connections.add(connection)
        goodbye = None
        try:
            goodbye = await self._converse(socket, connection)
        finally:
            self._connections.discard(connection)
            self._disconnected(connection, goodbye)
            if not connection.closing:
                pump.cancel()
            await asyncio.wait([pump])
        return socket

    async def _converse(self, socket: web.WebSocketResponse, connection: Connection) -> int | None:
        """Listen until the socket is closed; return the client's close code, if it sent one."""
        connection.send(Op.HELLO, {"heartbeat_interval": int(self.heartbeat_interval * 1000)})
        client = _Client(self, connection)
        while True:
            try:
                async with asyncio.timeout(self.heartbeat_interval * 2):
                    message = await socket.receive()
            except TimeoutError:
                connection.close(4009)
                return None
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return message.data if message.type is WSMsgType.CLOSE else None
            try:
                client.receive(message.data)
            except ProtocolError as error:
                connection.close(error.code)

    def _disconnected(self, connection: Connection, goodbye: int | None) -> None:
        for session in list(self._sessions.values()):
            if session.connection is connection:
                session.connection = None
                # A client that says goodbye ends its session; any other close can be resumed.
                if goodbye in (1000, 1001):
                    del self._sessions[session.id]
        self._world.changes.notify()

    def identify(self, connection: Connection, data: dict[str, Any]) -> Session | None:
        """Start a session; None where there is none: op 9 if it is too early, else all is closed.

        Raises:
            ProtocolError: Token, shard or intents are not acceptable.
        """
        shard, count = data.get("shard") or (0, 1)
        intents = data.get("intents")
        if data.get("token") != self._world.token:
            raise ProtocolError(4004)
        if not self.starts.remaining:
            self._world.reset_token()
            self._forget()
            self._close_all(4004)
            return None
        if not 0 <= shard < count:
            raise ProtocolError(4010)
        if len(self._world.installed) > GUILDS_PER_SHARD * count:
            raise ProtocolError(4011)
        if not isinstance(intents, int) or intents & ~ALL_INTENTS:
            raise ProtocolError(4013)
        if intents & PRIVILEGED & ~self.privileged:
            raise ProtocolError(4014)
        if not self.starts.admit(shard):
            connection.send(Op.INVALID_SESSION, False)
            return None
        self._drop_dead(shard)
        session = Session(shard=shard, shard_count=count, intents=intents, connection=connection)
        self._sessions[session.id] = session
        self._greet(session)
        return session

    def _drop_dead(self, shard: int) -> None:
        # Else an older session of a bot that was killed would collect events for ever.
        for session in list(self._sessions.values()):
            if session.shard == shard and session.connection is None:
                del self._sessions[session.id]

    def _greet(self, session: Session) -> None:
        world = self._world
        guilds = [guild for guild in world.installed if session.owns(guild.id)]
        ready = {
            "v": 10,
            "user": world.bot.private_payload(),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": f"{world.gateway_url}/resume/",
            "session_type": "normal",
            "shard": [session.shard, session.shard_count],
            "application": {"id": str(world.bot.id), "flags": 0},
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "geo_ordered_rtc_regions": [],
            "_trace": [],
        }
        session.dispatch("READY", ready)
        for guild in guilds if session.intents & Intent.GUILDS else []:
            if guild.available:
                session.dispatch("GUILD_CREATE", guild.create_payload(joining=False))
        session.guilds_sent = True
        world.changes.notify()

    def resume(self, connection: Connection, data: dict[str, Any]) -> Session | None:
        """Go on with a session; None, and op 9, where it cannot be resumed.

        Raises:
            ProtocolError: The token is wrong.
        """
        if data.get("token") != self._world.token:
            raise ProtocolError(4004)
        session = self._sessions.get(str(data.get("session_id")))
        if session is not None:
            session.connection = connection
            if session.replay(int(data.get("seq") or 0)):
                self.resumes += 1
                session.dispatch("RESUMED", {"_trace": []})
                self._world.changes.notify()
                return session
            del self._sessions[session.id]
        connection.send(Op.INVALID_SESSION, False)
        return None


class _Client:
    """What one socket has said so far."""

    def __init__(self, gateway: Gateway, connection: Connection) -> None:
        self._gateway = gateway
        self._connection = connection
        self._session: Session | None = None
        self._times: deque[float] = deque(maxlen=EVENTS_PER_MINUTE)

    def receive(self, text: str | bytes) -> None:
        """Act on one frame.

        Raises:
            ProtocolError: It breaks the protocol.
        """
        self._check_rate()
        if len(text) > PAYLOAD_LIMIT:
            raise ProtocolError(4002)
        try:
            frame = json.loads(text)
            op, data = Op(frame["op"]), frame.get("d")
        except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ProtocolError(4002) from error
        except ValueError as error:
            raise ProtocolError(4001) from error
        self._act(op, data)

    def _check_rate(self) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._times) == EVENTS_PER_MINUTE and now - self._times[0] < 60:
            raise ProtocolError(4008)
        self._times.append(now)

    def _act(self, op: Op, data: Any) -> None:
        if op is Op.HEARTBEAT:
            self._connection.send(Op.HEARTBEAT_ACK, None)
        elif op in (Op.IDENTIFY, Op.RESUME):
            if self._session is not None:
                raise ProtocolError(4005)
            start = self._gateway.identify if op is Op.IDENTIFY else self._gateway.resume
            self._session = start(self._connection, data)
        elif self._session is None:
            raise ProtocolError(4003)
        elif op not in (Op.PRESENCE, Op.VOICE_STATE, Op.REQUEST_MEMBERS):
            raise ProtocolError(4001)
