"""Providers that refuse the operator's account leave the offer until a probe finds them well.

What is known of a provider is one fact in the database, so that all processes agree and a
restart keeps it. A change is written only over what was read, so one of several processes
probes at a time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.backends.base import ProviderName
from bot.backends.errors import BackendError
from bot.backends.registry import Registry
from bot.clock import Clock
from bot.notices import Notices
from storage import facts
from storage.database import Database, StorageError, Transaction

log = logging.getLogger(__name__)

TITLES: Mapping[ProviderName, str] = {
    ProviderName.FAL: "fal",
    ProviderName.RUNWARE: "Runware",
    ProviderName.IDEOGRAM: "Ideogram",
}


@dataclass(frozen=True, kw_only=True)
class CircuitTempo:
    """How often is looked and asked; seconds."""

    look: float = 5
    """Between two looks at what other processes found."""
    first: float = 30
    """Until the first probe; each gap is twice the one before."""
    most: float = 900

    def after(self, gap: float | None) -> float:
        """Give the gap that follows `gap`."""
        return self.first if gap is None else min(self.most, gap * 2)


class State(BaseModel):
    """What is known of a provider that was out of order at least once."""

    model_config = ConfigDict(frozen=True, strict=True)

    is_open: bool
    """Whether it is out of the offer."""
    cause: str
    gap: float
    """Seconds, of the last probe."""
    due: int
    """When it is probed next, and when closed, when it is trusted again: a provider that
    refuses the account once more before has its gaps go on growing. Milliseconds."""


class Circuit:
    """Which providers are out of the offer."""

    def __init__(
        self,
        *,
        database: Database,
        registry: Registry,
        clock: Clock,
        notices: Notices,
        tempo: CircuitTempo | None = None,
    ) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock
        self._notices = notices
        self._tempo = tempo or CircuitTempo()
        self._open: frozenset[ProviderName] = frozenset()
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read what was found before, and begin to probe."""
        await self._read()
        self._loop = asyncio.create_task(self._keep_looking(), name="circuit")

    async def stop(self) -> None:
        """Stop probing; what was found stays."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.wait({self._loop})
            self._loop = None

    def is_open(self, provider: ProviderName) -> bool:
        """Say whether a provider is out of the offer."""
        return provider in self._open

    async def trip(self, provider: ProviderName, cause: str, detail: str) -> None:
        """Take a provider out of the offer, and tell the operator; never raises.

        Args:
            provider: Which refused the operator's account.
            cause: A short name, such as "account"; see `Notices.tell`.
            detail: What it said: no prompt, no key, no signed link.
        """
        self._open |= {provider}
        extra = {"provider": provider.value, "cause": cause, "detail": detail}
        log.warning("circuit.tripped", extra=extra)
        try:
            await self._write_open(provider, cause)
        except StorageError:
            log.exception("circuit.not_kept", extra=extra)
        title = TITLES[provider]
        await self._notices.tell(
            f"{provider}.{cause}",
            f"{title} refuses the bot's account ({detail}). Its backends are not offered until "
            f"it accepts the account again: check the key and the balance at {title}.",
        )

    async def _write_open(self, provider: ProviderName, cause: str) -> None:
        text, state = await self._state(provider)
        if state is not None and state.is_open:
            return
        now = self._clock.now()
        again = state is not None and now < state.due
        gap = self._tempo.after(state.gap if state is not None and again else None)
        opened = State(is_open=True, cause=cause, gap=gap, due=now + int(gap * 1000))
        # Where another process was first, it wrote the same.
        await self._swap(provider, text, opened)

    async def look(self) -> None:
        """Learn what other processes found, and probe what is due."""
        await self._read()
        for provider in self._open:
            await self._look_at(provider)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._tempo.look)
            try:
                await self.look()
            except Exception:
                log.exception("circuit.fault")

    async def _read(self) -> None:
        """Learn what all processes know."""
        found: set[ProviderName] = set()
        for provider in {entry.provider for entry in self._registry.offered}:
            _, state = await self._state(provider)
            if state is not None and state.is_open:
                found.add(provider)
        self._open = frozenset(found)

    async def _look_at(self, provider: ProviderName) -> None:
        """Probe a provider if that is due, and no other process does."""
        text, state = await self._state(provider)
        now = self._clock.now()
        if state is None or not state.is_open:
            return
        # What is due later than a gap from now was written by a clock that went back since.
        if now < state.due <= now + int(state.gap * 1000):
            return
        gap = self._tempo.after(state.gap)
        claim = state.model_copy(update={"gap": gap, "due": now + int(gap * 1000)})
        if not await self._swap(provider, text, claim):
            return
        if await self._is_well(provider):
            await self._close(provider, claim)

    async def _is_well(self, provider: ProviderName) -> bool:
        entry = next(e for e in self._registry.offered if e.provider is provider)
        try:
            async with self._registry.open(entry.name, entry.operation) as backend:
                await backend.probe()
        except BackendError as error:
            log.info("circuit.probed", extra={"provider": provider.value, "detail": error.detail})
            return False
        return True

    async def _close(self, provider: ProviderName, claim: State) -> None:
        until = self._clock.now() + int(self._tempo.most * 1000)
        closed = claim.model_copy(update={"is_open": False, "due": until})
        if not await self._swap(provider, claim.model_dump_json(), closed):
            return
        self._open -= {provider}
        log.info("circuit.closed", extra={"provider": provider.value})
        await self._notices.tell(
            f"{provider}.recovered",
            f"{TITLES[provider]} accepts the bot's account again, and its backends are offered. "
            "There is nothing more to do.",
            mended=True,
        )

    async def _state(self, provider: ProviderName) -> tuple[str | None, State | None]:
        text = await facts.get(self._database, f"circuit:{provider}")
        try:
            return text, None if text is None else State.model_validate_json(text)
        except ValidationError:
            return text, None  # From another version of the bot: begin anew.

    async def _swap(self, provider: ProviderName, before: str | None, after: State) -> bool:
        async def work(tx: Transaction) -> bool:
            return await facts.swap(tx, f"circuit:{provider}", before, after.model_dump_json())

        return await self._database.transaction(work)
