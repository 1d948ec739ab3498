"""Which backends are offered, and how one is opened for a job."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from bot.backends.base import Backend, Operation, ProviderAccess, ProviderName
from bot.backends.catalogue import CATALOGUE, by_name
from bot.backends.entry import Direction, Entry, MaskColour
from bot.backends.fal import Fal
from bot.backends.http import Http, Session
from bot.backends.ideogram import Ideogram
from bot.backends.options import Delivery, RunwareOptions
from bot.backends.pace import Pace
from bot.backends.runware import Runware

_Make = Callable[[Entry, Session, ProviderAccess, Pace], Backend]
_PROVIDERS: Mapping[ProviderName, _Make] = {
    ProviderName.FAL: Fal,
    ProviderName.RUNWARE: Runware,
    ProviderName.IDEOGRAM: Ideogram,
}


class NotOffered(LookupError):
    """There is no such backend, or no key for its provider."""


class Registry:
    """The backends whose providers the operator has a key for."""

    def __init__(
        self,
        http: Http,
        access: Mapping[ProviderName, ProviderAccess],
        *,
        directions: Mapping[ProviderName, Direction] | None = None,
        mask_colours: Mapping[ProviderName, MaskColour] | None = None,
        catalogue: tuple[Entry, ...] = CATALOGUE,
    ) -> None:
        """Bind the catalogue to what the operator has.

        Args:
            http: Shared by all; its pace is theirs.
            access: Only providers that stand here are offered.
            directions: Of strength, where a provider was found to count the other way than
                it documents.
            mask_colours: Of the part of a mask that changes, likewise.
            catalogue: The backends there are.
        """
        self._http = http
        self._access = access
        turned, inverted = directions or {}, mask_colours or {}
        self._entries = tuple(
            replace(
                entry,
                strength=turned.get(entry.provider, entry.strength),
                mask_colour=inverted.get(entry.provider, entry.mask_colour),
            )
            for entry in catalogue
            if entry.provider in access
        )

    @property
    def offered(self) -> tuple[Entry, ...]:
        """What members can choose, in the order of the catalogue."""
        return self._entries

    def entry(self, name: str, operation: Operation = Operation.REMIX) -> Entry:
        """Give an offered backend.

        Raises:
            NotOffered: There is none of this name for the operation.
        """
        try:
            return by_name(name, operation, self._entries)
        except KeyError:
            raise NotOffered(name) from None

    def longest_submit(self, provider: ProviderName) -> float:
        """Give the seconds after which a submit has ended one way or another."""
        pace = self._http.pace
        match provider:
            case ProviderName.FAL:
                return pace.answer + pace.transfer + pace.submit
            case ProviderName.RUNWARE:
                return pace.synchronous if self._waits(provider) else pace.submit
            case ProviderName.IDEOGRAM:
                return pace.synchronous

    def _waits(self, provider: ProviderName) -> bool:
        """Say whether the operator has a provider answer when the work is done."""
        access = self._access.get(provider)
        options = None if access is None else access.options
        return isinstance(options, RunwareOptions) and options.delivery is Delivery.SYNC

    @asynccontextmanager
    async def open(
        self, name: str, operation: Operation = Operation.REMIX
    ) -> AsyncGenerator[Backend]:
        """Open a backend for one job, with HTTP connections of its own.

        Raises:
            NotOffered: There is none of this name for the operation.
        """
        entry = self.entry(name, operation)
        make = _PROVIDERS[entry.provider]
        async with self._http.session() as session:
            yield make(entry, session, self._access[entry.provider], self._http.pace)

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Open plain HTTP for one job: reading links."""
        return self._http.session()
