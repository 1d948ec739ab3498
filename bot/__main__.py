"""The composition root and the command line: everything is opened here, and closed in order."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack

from bot import health, logs
from bot.backends.base import ProviderAccess, ProviderName
from bot.backends.http import Http
from bot.backends.registry import Registry
from bot.client import REFUSALS, UNREACHABLE, RemixBot, cdn_hosts, use_discord_at
from bot.clock import SystemClock
from bot.images import Images
from bot.jobs.context import Context, Tempo
from bot.jobs.engine import Jobs, new_process_id
from bot.jobs.presenter import Presenter
from bot.quotas import Limits, micros
from bot.settings import Settings, SettingsError, load, unknown
from storage.database import Database, StorageError
from storage.spool import Spool
from storage.sqlite import VERSION, SqliteDatabase

log = logging.getLogger("bot")

EXIT_FAILED, EXIT_SETTINGS = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="remix-bot", description="A Discord bot for remixes.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run the bot")
    commands.add_parser("health", help="say whether the running bot is well")
    command = parser.parse_args(arguments).command
    try:
        settings = load()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return EXIT_SETTINGS
    return _health(settings) if command == "health" else _run(settings)


def _health(settings: Settings) -> int:
    ill = health.check(settings.health_file, SystemClock().now())
    print(ill or "well")
    return EXIT_FAILED if ill else 0


def _run(settings: Settings) -> int:
    logs.setup(level=settings.log_level, form=settings.log_format, secrets=settings.secrets)
    for sentence in (*unknown(), health.sqlite_warning(VERSION)):
        if sentence:
            log.warning(sentence)
    try:
        asyncio.run(_serve(settings))
    except (StorageError, *REFUSALS) as error:
        log.critical("The bot cannot start: %s", error)
        return EXIT_FAILED
    except UNREACHABLE as error:
        log.critical(
            "Discord cannot be reached at %s (%s); check the network, PROXY_URL and DISCORD_URL.",
            settings.discord_url,
            type(error).__name__,
        )
        return EXIT_FAILED
    return 0


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with AsyncExitStack() as stack:
        database = await SqliteDatabase.open(settings.database_path)
        stack.push_async_callback(database.close)
        images = await stack.enter_async_context(Images())
        await images.warm()
        bot = await stack.enter_async_context(_bot(settings, database, images))
        beating = asyncio.create_task(
            health.keep_beating(settings.health_file, clock=bot.clock, ready=lambda: bot.connected)
        )
        stack.callback(beating.cancel)
        await _until_stopped(bot, settings.discord_token.get_secret_value(), stop)


async def _until_stopped(bot: RemixBot, token: str, stop: asyncio.Event) -> None:
    """Run the bot until it ends or is told to stop; its work is brought to a safe place."""
    running = asyncio.create_task(bot.start(token))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        log.info("bot.stopping")
        # Discord stays connected meanwhile, so that members are told instead of ignored.
        await bot.stop_jobs()
    finally:
        stopping.cancel()
        await bot.close()
    if not running.done():
        running.cancel()
        await asyncio.wait({running})
    elif (error := running.exception()) is not None:
        raise error


def _bot(settings: Settings, database: Database, images: Images) -> RemixBot:
    use_discord_at(settings.discord_url)
    clock = SystemClock()
    proxy = settings.proxy_url.get_secret_value() if settings.proxy_url else None
    http = Http(trusted=_trusted(settings), proxy=proxy)
    registry = Registry(http, _access(settings))
    spool = Spool(settings.spool_dir, cap=settings.spool_max_mb << 20)

    def make_jobs(presenter: Presenter) -> Jobs:
        return Jobs(
            Context(
                process_id=new_process_id(),
                database=database,
                spool=spool,
                images=images,
                registry=registry,
                presenter=presenter,
                clock=clock,
                limits=_limits(settings),
                discord_hosts=cdn_hosts(settings.discord_url),
                tempo=Tempo(heartbeat=settings.heartbeat_seconds, lease=settings.lease_seconds),
            )
        )

    return RemixBot(
        database=database,
        registry=registry,
        clock=clock,
        confirm_above=settings.confirm_above,
        make_jobs=make_jobs,
        proxy=proxy,
    )


def _trusted(settings: Settings) -> list[str]:
    """The configured addresses: these alone may be private."""
    given = (settings.fal_url, settings.runware_url, settings.ideogram_url)
    return [settings.discord_url, *(url for url in given if url is not None)]


def _access(settings: Settings) -> dict[ProviderName, ProviderAccess]:
    given = {
        ProviderName.FAL: (settings.fal_key, settings.fal_url),
        ProviderName.RUNWARE: (settings.runware_api_key, settings.runware_url),
        ProviderName.IDEOGRAM: (settings.ideogram_api_key, settings.ideogram_url),
    }
    return {
        name: ProviderAccess(key=key.get_secret_value(), url=url)
        for name, (key, url) in given.items()
        if key is not None
    }


def _limits(settings: Settings) -> Limits:
    spend = settings.daily_spend_usd
    return Limits(
        daily_credits=settings.default_daily_credits,
        server_monthly_credits=settings.server_monthly_credits,
        daily_spend_micros=None if spend is None else micros(spend),
        allowed_servers=settings.allowed_servers,
    )


if __name__ == "__main__":
    sys.exit(main())
