"""Gateway sessions: what a bot was sent and can have replayed, and the socket it is sent over."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

from aiohttp import web

from sandbox.discord.compression import Encoder

REPLAY_LIMIT = 1000


class Op(IntEnum):
    """Gateway opcodes."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Intent(IntFlag):
    """The intents that decide what is sent here."""

    NONE = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT
ALL_INTENTS = (1 << 26) - 1


class Connection:
    """One websocket: frames go out in order, through its own compression."""

    def __init__(self, socket: web.WebSocketResponse, encoder: Encoder) -> None:
        self._socket = socket
        self._encoder = encoder
        self._outbox: asyncio.Queue[str | int] = asyncio.Queue()
        self.closing = False
        """Whether the server is the one that closes."""

    def send(self, op: Op, data: Any, *, seq: int | None = None, event: str | None = None) -> None:
        """Queue a frame."""
        frame = {"op": int(op), "d": data, "s": seq, "t": event}
        self._outbox.put_nowait(json.dumps(frame, separators=(",", ":")))

    def close(self, code: int) -> None:
        """Close the socket after what is queued."""
        self.closing = True
        self._outbox.put_nowait(code)

    async def pump(self) -> None:
        """Send what is queued, until the socket is closed."""
        while not self._socket.closed:
            item = await self._outbox.get()
            if isinstance(item, int):
                await self._socket.close(code=item)
                return
            frame = self._encoder.encode(item)
            try:
                if isinstance(frame, str):
                    await self._socket.send_str(frame)
                else:
                    await self._socket.send_bytes(frame)
            except ConnectionError:
                return


@dataclass(eq=False, kw_only=True)
class Session:
    """What lasts from an IDENTIFY until it can no longer be resumed."""

    shard: int
    shard_count: int
    intents: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    seq: int = 0
    connection: Connection | None = None
    guilds_sent: bool = False
    log: deque[tuple[int, str, Any]] = field(default_factory=lambda: deque(maxlen=REPLAY_LIMIT))

    def owns(self, guild_id: int) -> bool:
        """Say whether this session's shard is the one of a guild."""
        return (guild_id >> 22) % self.shard_count == self.shard

    def dispatch(self, event: str, data: Any) -> None:
        """Send an event, or keep it for the replay while the socket is gone."""
        self.seq += 1
        self.log.append((self.seq, event, data))
        if self.connection is not None:
            self.connection.send(Op.DISPATCH, data, seq=self.seq, event=event)

    def replay(self, since: int) -> bool:
        """Send again what came after a sequence number.

        Returns:
            False where that is no longer, or not yet, possible.
        """
        oldest = self.log[0][0] if self.log else self.seq + 1
        if since > self.seq or since < oldest - 1 or self.connection is None:
            return False
        for seq, event, data in self.log:
            if seq > since:
                self.connection.send(Op.DISPATCH, data, seq=seq, event=event)
        return True
