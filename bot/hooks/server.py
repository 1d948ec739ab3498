"""The server: it finds the call by its secret, has the report read, stores the hint, wakes the job.

An answer of 2xx tells the provider that it need not report this again, so it goes out only
when the hint is stored, or nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping

from aiohttp import web

from bot.backends.base import ProviderName
from bot.clock import Clock
from bot.hooks.reports import Reader, RefusedError, UndecidedError
from storage import calls, failpoints
from storage.database import Database, StorageError, Transaction

log = logging.getLogger(__name__)

BODY_BYTES = 1_000_000
BODY_SECONDS = 10.0
_SECRET = re.compile(r"[0-9a-f]{32}")


class ListenError(Exception):
    """The server cannot listen where it should; its text tells the operator what to do."""


class HookServer:
    """Takes reports at `/hooks/{provider}/{secret}`, and nothing else."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        readers: Mapping[ProviderName, Reader],
        wake: Callable[[str], None],
        host: str,
        port: int,
    ) -> None:
        """Bind it to what it needs; it listens from `start` on.

        Args:
            database: Where calls are looked up and hints are stored.
            clock: The time.
            readers: The providers that may report.
            wake: Told the id of a job when a hint to one of its calls is stored.
            host: The address to listen on.
            port: The port; 0 takes a free one.
        """
        self._database = database
        self._clock = clock
        self._readers = {provider.value: reader for provider, reader in readers.items()}
        self._wake = wake
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            ListenError: The address is not of this machine, or the port is taken.
        """
        app = web.Application(client_max_size=BODY_BYTES)
        app.router.add_post("/hooks/{provider}/{secret}", self._take)
        # aiohttp would log as an error, with its bytes, whatever a stranger sends.
        silent = logging.getLogger(f"{__name__}.wire")
        silent.setLevel(logging.CRITICAL + 1)
        runner = web.AppRunner(app, access_log=None, logger=silent, shutdown_timeout=BODY_SECONDS)
        await runner.setup()
        site = web.TCPSite(runner, self._host, self._port)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise ListenError(
                f"Nothing can listen on {self._host} port {self._port}: {error.strerror}. "
                "Set HOOKS_HOST and HOOKS_PORT to a free place."
            ) from None
        self._runner, self._port = runner, site.port
        log.info("hooks.listening", extra={"host": self._host, "port": self._port})

    async def stop(self) -> None:
        """Listen no more; reports under way are answered first."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _take(self, request: web.Request) -> web.Response:
        try:
            return web.Response(status=await self._heed(request))
        except web.HTTPException:
            raise  # The body is too large.
        except Exception:
            log.exception("hooks.fault")
            return web.Response(status=500)

    async def _heed(self, request: web.Request) -> int:
        """Store what a report tells; gives the status of the answer."""
        provider, secret = request.match_info["provider"], request.match_info["secret"]
        failpoints.reach("hook taken")
        reader = self._readers.get(provider)
        try:
            if reader is None or not await self._is_ours(provider, secret):
                return 404
            request_id = await reader(request.headers, await _body(request))
            await self._store(provider, secret, request_id)
            failpoints.reach("hook stored")
        except RefusedError as error:
            log.warning("hooks.refused", extra={"provider": provider, "reason": str(error)})
            return 403
        except TimeoutError:
            return 408
        except (UndecidedError, StorageError) as error:
            log.warning("hooks.undecided", extra={"provider": provider, "reason": str(error)})
            return 503
        return 200

    async def _is_ours(self, provider: str, secret: str) -> bool:
        # Its form first, so that garbage does not reach the database.
        return _SECRET.fullmatch(secret) is not None and await calls.has_secret(
            self._database, secret, provider
        )

    async def _store(self, provider: str, secret: str, request_id: str) -> None:
        now = self._clock.now()

        async def work(tx: Transaction) -> str | None:
            return await calls.note_hint(tx, secret, provider, request_id, now=now)

        job_id = await self._database.transaction(work)
        if job_id is not None:
            log.info("hooks.heard", extra={"provider": provider, "job": job_id})
            self._wake(job_id)


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except (web.RequestPayloadError, ConnectionError):
        raise RefusedError("its body cannot be read") from None
