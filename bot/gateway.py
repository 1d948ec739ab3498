"""What Discord's gateway sends may be malformed; the bot outlives it.

discord.py 2.7.1 ends the whole client at an event that lacks a field that it reads, and at a frame
that is no JSON or cannot be decompressed (discord/shard.py `Shard.worker`, read 2026-11).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

import aiohttp

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Parse = Callable[[Any], None]
VITAL = frozenset({"READY", "RESUMED"})
"""Events without which a connection is none: they are asked for again."""


class GarbledError(aiohttp.ClientError):
    """Discord sent what cannot be read. To discord.py it is a lost connection."""


@contextmanager
def readable() -> Generator[None]:
    """Take what discord.py makes of an answer that is none of Discord's for no answer.

    discord.py 2.7.1 takes whatever comes with a status of 2xx for what it asked for. Nothing but
    its own calls belongs inside, or faults of ours would pass for Discord's.

    Raises:
        GarbledError: It could not read the answer; what was asked may have been done.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise GarbledError(f"the answer is none of Discord's ({type(error).__name__})") from error


def reading(ask: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Make one of discord.py's requests `readable`, wherever it is made."""

    @wraps(ask)
    async def asked(*args: P.args, **options: P.kwargs) -> T:
        with readable():
            return await ask(*args, **options)

    return asked


class Socket(Protocol):
    """What is used of discord.py's own."""

    async def close(self, code: int = ...) -> None:
        """Close it; by 4000 the session lives on."""
        ...


Receive = Callable[[Any, Any], Awaitable[None]]


def connecting_anew(receive: Receive, *, passing: tuple[type[Exception], ...]) -> Receive:
    """Make what receives one frame take one that cannot be read for a lost connection.

    Args:
        receive: Takes the socket and the frame.
        passing: What discord.py handles by itself.
    """

    async def received(socket: Socket, frame: object, /) -> None:
        try:
            await receive(socket, frame)
        except passing:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the frame lacks
            # After a frame that was cut, nothing that is compressed with it can be read either.
            log.error("gateway.garbled", extra={"error": type(error).__name__})  # noqa: TRY400 - its text may hold what a member typed
            await socket.close(4000)
            raise GarbledError from None

    return received


def forgiving(parsers: Mapping[str, Parse]) -> dict[str, Parse]:
    """Make each parser of an event pass over one that it cannot read."""
    return {
        name: parse if name in VITAL else _passing_over(name, parse)
        for name, parse in parsers.items()
    }


def _passing_over(name: str, parse: Parse) -> Parse:
    def parsed(data: object) -> None:
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001 - whatever the event lacks
            about = {"gateway_event": name, "error": type(error).__name__}
            log.error("gateway.malformed", extra=about)  # noqa: TRY400 - its text may hold what a member typed

    return parsed
