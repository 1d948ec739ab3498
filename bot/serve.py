"""Running the bot: everything is opened here, and closed in order."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bot import health, wiring
from bot.backends.http import Http
from bot.backends.registry import Registry
from bot.card_reports import CardReports
from bot.circuit import Circuit
from bot.client import RemixBot, cdn_hosts, use_discord_at
from bot.clock import SystemClock
from bot.consent import Consents
from bot.departures import Departures
from bot.hooks.readers import readers
from bot.hooks.server import HookServer
from bot.images import Images
from bot.jobs.context import Context, Tempo
from bot.jobs.engine import Jobs, new_process_id
from bot.jobs.presenter import Presenter
from bot.moderation import Moderation
from bot.notices import Notices
from bot.people import People
from bot.privacy import Privacy
from bot.prompts import Prompts
from bot.services import Services
from bot.settings import Settings
from bot.spending.draw import Charts
from storage.database import Database
from storage.spool import Spool
from storage.sqlite import SqliteDatabase

log = logging.getLogger("bot")

CLOCK = SystemClock()


async def serve(settings: Settings) -> None:
    """Run the bot until it is told to stop.

    Raises:
        storage.database.StorageError: The database cannot be opened.
        bot.backends.own.OwnBackendsError: The file of own backends is wrong.
        bot.hooks.server.ListenError: The server for reports cannot listen.
    """
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    use_discord_at(settings.discord_url)
    async with AsyncExitStack() as stack:
        parts = await _open(settings, stack)
        bot = await stack.enter_async_context(_bot(settings, parts))
        if settings.public_url is not None:
            hooks = _hooks(settings, parts, bot)
            await hooks.start()
            stack.push_async_callback(hooks.stop)
        beating = asyncio.create_task(
            health.keep_beating(settings.health_file, clock=bot.clock, ready=lambda: bot.connected)
        )
        stack.callback(beating.cancel)
        await _until_stopped(bot, settings.discord_token.get_secret_value(), stop)


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """What is opened for the bot, and outlives it."""

    database: Database
    images: Images
    http: Http
    registry: Registry
    notices: Notices
    circuit: Circuit
    services: Services


async def _open(settings: Settings, stack: AsyncExitStack) -> _Parts:
    way_out = wiring.http(settings)
    registry = wiring.registry(settings, way_out)
    database = await SqliteDatabase.open(settings.database_path)
    stack.push_async_callback(database.close)
    images = await stack.enter_async_context(Images())
    await images.warm()
    link = settings.operator_webhook_url
    notices = Notices(
        database=database,
        http=way_out,
        clock=CLOCK,
        webhook=link.get_secret_value() if link else None,
    )
    stack.push_async_callback(notices.close)
    circuit = Circuit(database=database, registry=registry, clock=CLOCK, notices=notices)
    await circuit.start()
    stack.push_async_callback(circuit.stop)
    people = await People.open(database)
    services = Services(
        people=people,
        prompts=Prompts(database=database, clock=CLOCK),
        moderation=Moderation(database=database, clock=CLOCK, people=people),
        consents=Consents(database=database, clock=CLOCK, people=people),
        card_reports=CardReports(database=database, clock=CLOCK),
        charts=Charts(),
        departures=Departures(database=database, clock=CLOCK, keep_days=settings.server_keep_days),
        privacy=Privacy(
            database=database,
            clock=CLOCK,
            people=people,
            keep_days=settings.prompt_keep_days,
            link=settings.privacy_url,
        ),
    )
    return _Parts(
        database=database,
        images=images,
        http=way_out,
        registry=registry,
        notices=notices,
        circuit=circuit,
        services=services,
    )


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


def _bot(settings: Settings, parts: _Parts) -> RemixBot:
    spool = Spool(settings.spool_dir, cap=settings.spool_max_mb << 20)

    def make_jobs(presenter: Presenter) -> Jobs:
        return Jobs(
            Context(
                process_id=new_process_id(),
                database=parts.database,
                spool=spool,
                images=parts.images,
                registry=parts.registry,
                presenter=presenter,
                clock=CLOCK,
                limits=wiring.limits(settings),
                people=parts.services.people,
                discord_hosts=cdn_hosts(settings.discord_url),
                tempo=Tempo(heartbeat=settings.heartbeat_seconds, lease=settings.lease_seconds),
                places=wiring.places(settings),
                fallback=settings.fallback,
                public_url=settings.public_url,
                circuit=parts.circuit,
                notices=parts.notices,
            )
        )

    return RemixBot(
        database=parts.database,
        registry=parts.registry,
        clock=CLOCK,
        confirm_above=settings.confirm_above,
        make_jobs=make_jobs,
        services=parts.services,
        is_open=parts.circuit.is_open,
        proxy=wiring.proxy(settings),
    )


def _hooks(settings: Settings, parts: _Parts, bot: RemixBot) -> HookServer:
    return HookServer(
        database=parts.database,
        clock=CLOCK,
        readers=readers(
            wiring.access(settings), http=parts.http, clock=CLOCK, fal_user=settings.fal_user_id
        ),
        wake=bot.hear,
        host=settings.hooks_host,
        port=settings.hooks_port,
    )
