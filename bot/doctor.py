"""What an operator asks before and after a start: is everything that the bot needs in order?"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path

from bot.backends.base import ProviderName
from bot.backends.errors import BackendError, Reason
from bot.backends.http import Http
from bot.backends.http_errors import HttpFault
from bot.backends.options import Delivery, OutputType
from bot.backends.registry import Registry
from bot.settings import Settings, unknown
from storage.database import StorageError
from storage.inspection import inspect
from storage.migrate import migrations
from storage.opening import schema_of_server

LARGEST_SKEW = 30.0
"""Seconds by which the clock may be off: signatures of webhooks are refused beyond minutes."""
LEAST_FREE = 500_000_000
KEYS = {
    ProviderName.FAL: "FAL_KEY",
    ProviderName.RUNWARE: "RUNWARE_API_KEY",
    ProviderName.IDEOGRAM: "IDEOGRAM_API_KEY",
}


class Verdict(StrEnum):
    """How a check ended."""

    WELL = "ok"
    RISKY = "risk"
    """It works as it was set, but can lose something."""
    ILL = "FAIL"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of one check, which is one line."""

    verdict: Verdict
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.verdict:4}  {self.name}: {self.text}"


class IllError(Exception):
    """Something is wrong; the text says what to do."""


Check = Callable[[], Awaitable[str]]


async def examine(
    settings: Settings, http: Http, registry: Registry, greet: Check
) -> AsyncGenerator[Finding]:
    """Look at everything that the bot needs, without spending anything.

    Args:
        settings: As they were loaded.
        http: For the clock.
        registry: For the providers that have a key.
        greet: Logs in at Discord; gives what it found, or raises `IllError`.
    """
    yield _settings()
    for risk in risks(settings):
        yield Finding(verdict=Verdict.RISKY, name="settings", text=risk)
    checks: dict[str, Check] = {
        "database": lambda: _database(settings),
        "spool": lambda: _spool(settings.spool_dir, settings.spool_max_mb << 20),
        "disk": lambda: _disk(settings.data_folder),
        "clock": lambda: _clock(http, settings.discord_url),
        "Discord": greet,
    }
    for name, check in checks.items():
        yield await _finding(name, check)
    for provider in ProviderName:
        yield await _provider(registry, provider)


def risks(settings: Settings) -> list[str]:
    """Name the settings under which a result cannot be asked for again after a crash."""
    inline = settings.runware_output_type is not OutputType.URL
    found = {
        "FAL_SYNC_MODE": settings.fal_sync_mode,
        "FAL_KEEP_HISTORY=false": not settings.fal_keep_history,
        "RUNWARE_OUTPUT_TYPE": inline,
        "RUNWARE_DELIVERY=sync": settings.runware_delivery is Delivery.SYNC,
        "RUNWARE_TTL": settings.runware_ttl is not None,
    }
    return [
        f"{name} is set: a result that a crash cuts off may be lost though it was paid for; "
        "leave it out unless you need it."
        for name, isset in found.items()
        if isset
    ]


def _settings() -> Finding:
    strange = unknown()
    if strange:
        return Finding(verdict=Verdict.RISKY, name="settings", text="; ".join(strange) + ".")
    return Finding(verdict=Verdict.WELL, name="settings", text="complete.")


async def _finding(name: str, check: Check) -> Finding:
    try:
        return Finding(verdict=Verdict.WELL, name=name, text=await check())
    except IllError as error:
        text = str(error)
    except OSError as error:
        text = f"it cannot be looked at: {error.strerror}; check the settings that name its place."
    return Finding(verdict=Verdict.ILL, name=name, text=text)


async def _database(settings: Settings) -> str:
    if settings.database_path is None:
        return await _server(settings.database_url.get_secret_value())
    return await _file(settings.database_path)


async def _server(url: str) -> str:
    try:
        version = await schema_of_server(url)
    except StorageError as error:
        raise IllError(str(error)) from None
    newest = migrations()[-1][0]
    if version > newest + 1:
        raise IllError(
            f"PostgreSQL has schema {version}, this version of the bot knows {newest}; "
            "start the version that wrote it, or a later one."
        )
    return f"PostgreSQL answers, schema {version} of {newest}."


async def _file(path: Path) -> str:
    try:
        found = await inspect(path)
    except StorageError as error:
        raise IllError(f"{error} Restore a backup, or name another file in DATABASE_URL.") from None
    if not found.exists:
        _require_writable(_existing(path.parent), "DATABASE_URL")
        return f"{path} will be made at the first start."
    if found.version > found.newest + 1:
        raise IllError(
            f"{path} has schema {found.version}, this version of the bot knows {found.newest}; "
            "start the version that wrote it, or a later one."
        )
    use = "in use by a running bot" if found.in_use else "not in use"
    return f"{path} is whole, schema {found.version} of {found.newest}, {use}."


async def _spool(path: Path, cap: int) -> str:
    here = _existing(path)
    _require_writable(here, "SPOOL_DIR")
    free = shutil.disk_usage(here).free
    if free < LEAST_FREE:
        raise IllError(f"{_mb(free)} MB are free at {here}; make room, or set SPOOL_DIR elsewhere.")
    short = "" if free >= cap else f", less than the {_mb(cap)} MB of SPOOL_MAX_MB"
    return f"{path} can be written; {_mb(free)} MB are free{short}."


async def _disk(folder: Path) -> str:
    free = shutil.disk_usage(_existing(folder)).free
    if free < LEAST_FREE:
        raise IllError(f"{_mb(free)} MB are free beside the database; make room.")
    return f"{_mb(free)} MB are free beside the database."


async def _clock(http: Http, url: str) -> str:
    async with http.session() as session:
        try:
            answer = await session.request("GET", f"{url}/api/v10/gateway", headers={})
            told = parsedate_to_datetime(answer.headers["date"])
        except (HttpFault, KeyError, ValueError):
            raise IllError(
                f"{url} does not tell the time; check the network, PROXY_URL and DISCORD_URL."
            ) from None
    off = abs((datetime.now(UTC) - told).total_seconds())
    if off > LARGEST_SKEW:
        raise IllError(f"it is off by {off:.0f} s; set it by NTP, or links and signatures fail.")
    return f"it agrees with Discord's within {LARGEST_SKEW:.0f} s."


async def _provider(registry: Registry, provider: ProviderName) -> Finding:
    entries = [entry for entry in registry.offered if entry.provider is provider]
    name = provider.value
    if not entries:
        text = f"no key; set {KEYS[provider]} to offer its backends."
        return Finding(verdict=Verdict.WELL, name=name, text=text)

    async def ask() -> str:
        async with registry.open(entries[0].name, entries[0].operation) as backend:
            try:
                await backend.probe()
            except BackendError as error:
                raise IllError(_advice(provider, error)) from None
        return f"key and account are in order; {len({e.name for e in entries})} backends."

    return await _finding(name, ask)


def _advice(provider: ProviderName, error: BackendError) -> str:
    if error.reason is Reason.ACCOUNT:
        return f"{error.detail}; check {KEYS[provider]} and the account's balance."
    base = f"{provider.value.upper()}_URL"
    return f"{error.detail}; check the network and, if it is set, {base}."


def _require_writable(here: Path, setting: str) -> None:
    if not here.is_dir():
        raise IllError(f"{here} is no folder; set {setting} to another place.")
    if not os.access(here, os.W_OK | os.X_OK):
        raise IllError(
            f"{here} cannot be written; give the bot's user the right to, or set {setting}."
        )


def _existing(path: Path) -> Path:
    """Give the nearest folder that is there."""
    here = path.absolute()
    while not here.exists():
        here = here.parent
    return here


def _mb(size: int) -> int:
    return size // 1_000_000
