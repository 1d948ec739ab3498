"""Running the bot: everything is opened here, and closed in order."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from bot import health, wiring
from bot.backends.http import Http
from bot.backends.registry import Registry
from bot.card_reports import CardReports
from bot.circuit import Circuit
from bot.client import RemixBot, Way
from bot.clock import SystemClock
from bot.consent import Consents
from bot.departures import Departures
from bot.discord_wire import cdn_hosts, use_discord_at
from bot.hooks.readers import readers
from bot.hooks.server import HookServer
from bot.identify import Turns
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
from bot.shards import Shards, ShardsError
from bot.spending.draw import Charts
from storage import moves, processes
from storage.database import BrokenError, Database, Transaction
from storage.guard import GuardedDatabase
from storage.inspection import require_sound
from storage.opening import open_database, open_lineage, open_spool

log = logging.getLogger("bot")

CLOCK = SystemClock()
STOP_SECONDS = 150.0
"""Of a stop because the database broke: nobody else would end one that cannot store a ticket."""
SEARCHES = (10_000, 20, 20)
"""See `gc.set_threshold`; Python's own are 700, 10 and 10."""
ALONE = (
    "a SQLite file serves one process, which must have all shards; several processes need "
    "PostgreSQL: set DATABASE_URL to a postgresql:// address, or leave --shard-ids out."
)


class StoppedError(Exception):
    """The bot had to stop; its text tells the operator why, and what to do."""


async def serve(settings: Settings, shards: Shards | None = None) -> None:
    """Run the bot until it is told to stop.

    Args:
        settings: As they were loaded.
        shards: Those of this process; None: all, as many as Discord advises.

    Raises:
        storage.database.StorageError: The database cannot be opened.
        bot.backends.own.OwnBackendsError: The file of own backends is wrong.
        bot.hooks.server.ListenError: The server for reports cannot listen.
        bot.shards.ShardsError: The database serves one process, and it is not to have all shards.
        StoppedError: The database could not be trusted any more.
    """
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    use_discord_at(settings.discord_url)
    async with AsyncExitStack() as stack:
        parts = await _open(settings, stack)
        if parts.database.exclusive and shards is not None and not shards.all:
            raise ShardsError(ALONE)
        bot = await stack.enter_async_context(_bot(settings, parts, shards))
        if settings.public_url is not None:
            hooks = _hooks(settings, parts, bot)
            await hooks.start()
            stack.push_async_callback(hooks.stop)
        beating = asyncio.create_task(
            health.keep_beating(settings.health_file, clock=bot.clock, ready=lambda: bot.connected)
        )
        stack.callback(beating.cancel)
        token = settings.discord_token.get_secret_value()
        # What was loaded stays. To search all of it for what is dead takes a tenth of a second,
        # in which nobody is answered. The rest is searched seldom: a crowd's orders all live.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*SEARCHES)
        await _until_stopped(bot, token, stop, parts.database)


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """What is opened for the bot, and outlives it."""

    database: GuardedDatabase
    images: Images
    http: Http
    registry: Registry
    notices: Notices
    circuit: Circuit
    services: Services


async def _open(settings: Settings, stack: AsyncExitStack) -> _Parts:
    way_out = wiring.http(settings)
    registry = wiring.registry(settings, way_out)
    database = await GuardedDatabase.open(partial(_open_database, settings))
    stack.push_async_callback(database.close)
    await database.transaction(_try_to_write)
    await moves.require_home(database, now=CLOCK.now())
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


async def _try_to_write(tx: Transaction) -> None:
    """Change nothing, and fail where nothing can be written."""
    await processes.forget(tx, "")


async def _open_database(settings: Settings) -> Database:
    if settings.database_path is not None:
        await require_sound(settings.database_path)
    return await open_database(settings.database_url.get_secret_value())


async def _until_stopped(
    bot: RemixBot, token: str, stop: asyncio.Event, database: GuardedDatabase
) -> None:
    """Run the bot until it ends or is told to stop; its work is brought to a safe place.

    Raises:
        StoppedError: The database could not be trusted any more.
    """
    running = asyncio.create_task(bot.start(token))
    stopping = asyncio.create_task(stop.wait())
    breaking = asyncio.create_task(database.broken())
    try:
        await asyncio.wait({running, stopping, breaking}, return_when=asyncio.FIRST_COMPLETED)
        log.info("bot.stopping")
        if not bot.is_set_up:
            # What is still being set up would begin to work after all was stopped.
            await _cancel(running)
        # Discord stays connected meanwhile, so that members are told instead of ignored.
        await _stop_jobs(bot.stop_jobs, breaking)
    finally:
        stopping.cancel()
        breaking.cancel()
        await bot.close()
    ended_by_itself = running.done() and not running.cancelled()
    await _cancel(running)
    if breaking.done() and not breaking.cancelled():
        raise StoppedError(str(breaking.result()))
    if ended_by_itself and (error := running.exception()) is not None:
        raise error


async def _stop_jobs(
    stop: Callable[[], Coroutine[object, object, None]], breaking: asyncio.Task[BrokenError]
) -> None:
    """Bring all work to a safe place; once the database is broken, for some time only."""
    stopping = asyncio.create_task(stop())
    await asyncio.wait({stopping, breaking}, return_when=asyncio.FIRST_COMPLETED)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await stopping
    except TimeoutError:
        log.error("bot.stopped_early")  # noqa: TRY400 - what was not stored was said before


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _bot(settings: Settings, parts: _Parts, shards: Shards | None) -> RemixBot:
    cap = settings.spool_max_mb << 20
    spool = open_spool(settings.spool_dir, parts.database, cap=cap)

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
                lineage=open_lineage(settings.database_url.get_secret_value()),
            )
        )

    return RemixBot(
        database=parts.database,
        registry=parts.registry,
        clock=CLOCK,
        confirm_above=settings.confirm_above,
        make_jobs=make_jobs,
        services=parts.services,
        way=Way(
            turns=Turns(database=parts.database, clock=CLOCK, gap=settings.identify_seconds),
            shards=shards,
            proxy=wiring.proxy(settings),
        ),
        is_open=parts.circuit.is_open,
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
