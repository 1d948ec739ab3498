"""The command that moves a community to another database, as the lines that it prints."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot import settings_checks
from bot.clock import SystemClock
from bot.settings import Settings
from storage.copying import Doing, Place, Step, copy
from storage.database import StorageError
from storage.opening import file_of, folder_of

ROWS_PER_LINE = 100_000
"""Of a long table that is under way."""


async def move(settings: Settings, source: str, target: str) -> AsyncGenerator[str]:
    """Move a community, and tell how it goes on.

    Args:
        settings: Say where pictures lie, and when a process counts as dead.
        source: The address of the database in which it lives.
        target: That of an empty one.

    Raises:
        StorageError: It stays where it is; the text says why, and what to do.
    """
    places = [_place(settings, "FROM", source), _place(settings, "TO", target)]
    lease = settings.lease_seconds * 1000
    told = 0
    async with aclosing(copy(*places, lease=lease, clock=SystemClock().now)) as steps:
        async for step in steps:
            if step.ended or step.done - told >= ROWS_PER_LINE:
                yield _line(step)
                told = step.done
            told = 0 if step.ended else told
    yield (
        f"The community lives in {_plain(target)} now: set DATABASE_URL to that and start the "
        f"bot. No bot starts on {_plain(source)} any more; remove that once you are content."
    )


def _line(step: Step) -> str:
    match step.doing:
        case Doing.COPIED:
            said = "copied" if step.ended else "copied so far"
        case Doing.COMPARED:
            said = "compared, all equal" if step.ended else "compared so far"
        case Doing.RESTORED:
            said = (
                "taken for those of a restored backup, since FROM is one or had been moved "
                "before: nothing is bought for them any more"
            )
    return f"{step.what}: {step.done:,} {said}"


def _place(settings: Settings, name: str, url: str) -> Place:
    try:
        settings_checks.database_url(SecretStr(url))
    except ValueError as error:
        raise StorageError(f"{name} {error}.") from None
    return Place(url=url, spool=_spool(settings, url))


def _spool(settings: Settings, url: str) -> Path:
    # By default it lies beside the database, and there are two.
    return (
        settings.spool_dir if "spool_dir" in settings.model_fields_set else folder_of(url) / "spool"
    )


def _plain(url: str) -> str:
    """An address without its password."""
    file = file_of(url)
    parts = urlsplit(url)
    return str(file) if file is not None else f"{parts.path.lstrip('/')} at {parts.hostname}"
