"""Running the bot: everything is opened here, and closed in order."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import AsyncExitStack

from bot import health, wiring
from bot.client import RemixBot, cdn_hosts, use_discord_at
from bot.clock import SystemClock
from bot.images import Images
from bot.jobs.context import Context, Tempo
from bot.jobs.engine import Jobs, new_process_id
from bot.jobs.presenter import Presenter
from bot.settings import Settings
from storage.database import Database
from storage.spool import Spool
from storage.sqlite import SqliteDatabase

log = logging.getLogger("bot")


async def serve(settings: Settings) -> None:
    """Run the bot until it is told to stop."""
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
    registry = wiring.registry(settings, wiring.http(settings))
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
                limits=wiring.limits(settings),
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
        proxy=wiring.proxy(settings),
    )
