"""Whether the bot is well: a small file that its event loop keeps fresh, and what to make of it."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.clock import Clock

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
OLDEST_MS = 60_000

# Source: sqlite.org, wal.html section "The WAL-reset bug", and release notes of 2026-03-13.
FIRST_SOUND_SQLITE = (3, 51, 3)


class Beat(BaseModel):
    """What the file holds."""

    model_config = ConfigDict(frozen=True, strict=True)

    at: int
    """When the event loop wrote it, in milliseconds since 1970-01-01 UTC."""
    ready: bool
    """Whether the gateway was connected."""
    pid: int


async def keep_beating(
    path: Path,
    *,
    clock: Clock,
    ready: Callable[[], bool],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Write the file every few seconds until cancelled.

    The time is taken on the event loop, so a loop that is blocked lets the file grow old.
    """
    while True:
        beat = Beat(at=clock.now(), ready=ready(), pid=os.getpid())
        try:
            await asyncio.to_thread(_write, path, beat)
        except OSError as error:
            # The file grows old, which is what it is for; jobs go on.
            log.warning("health.not_written", extra={"reason": error.strerror})
        await sleep(BEAT_SECONDS)


def _write(path: Path, beat: Beat) -> None:
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_text(beat.model_dump_json(), encoding="utf-8")
    temporary.replace(path)


def check(path: Path, now: int) -> str | None:
    """Say why the bot is not well, from its file; None when it is.

    Args:
        path: The file that `keep_beating` writes.
        now: Milliseconds since 1970-01-01 UTC.
    """
    try:
        beat = Beat.model_validate_json(path.read_bytes())
    except OSError as error:
        return (
            f"The bot is not running, or its health file {path} cannot be read: {error.strerror}."
        )
    except ValidationError:
        return f"{path} is not a health file."
    # A beat from the future is as strange: the clock was put back and the loop has not seen it.
    if abs(now - beat.at) > OLDEST_MS:
        return f"The event loop gave its last sign of life {(now - beat.at) // 1000} s ago."
    return None if beat.ready else "The bot is not connected to Discord's gateway."


def sqlite_warning(version: tuple[int, int, int]) -> str | None:
    """Warn of a SQLite library whose WAL files can be corrupted; None when it is sound."""
    if version >= FIRST_SOUND_SQLITE:
        return None
    return (
        f"SQLite {'.'.join(map(str, version))} has a fault, mended in 3.51.3, that can corrupt a "
        "database when two connections write or checkpoint it at the same instant; the bot keeps "
        "to one writing connection, so let no other program open its file, and update SQLite "
        "when you can."
    )
