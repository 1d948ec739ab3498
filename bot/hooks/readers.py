"""Who may report here: the providers that can, and that the operator has a key for."""

from __future__ import annotations

from collections.abc import Mapping

from bot.backends.base import ProviderAccess, ProviderName
from bot.backends.http import Http
from bot.clock import Clock
from bot.hooks import runware
from bot.hooks.fal import FalReports
from bot.hooks.keys import KeySet, keys_url
from bot.hooks.reports import Reader


def readers(
    access: Mapping[ProviderName, ProviderAccess],
    *,
    http: Http,
    clock: Clock,
    fal_user: str | None,
) -> Mapping[ProviderName, Reader]:
    """Give the reader of each provider's reports.

    Args:
        access: The providers that the operator has a key for.
        http: For fal's public keys.
        clock: The time.
        fal_user: The operator's user id at fal; None: not compared.
    """
    found: dict[ProviderName, Reader] = {}
    if (fal := access.get(ProviderName.FAL)) is not None:
        keys = KeySet(http=http, url=keys_url(fal), clock=clock)
        found[ProviderName.FAL] = FalReports(keys, clock, user=fal_user).read
    if ProviderName.RUNWARE in access:
        found[ProviderName.RUNWARE] = runware.read
    return found
