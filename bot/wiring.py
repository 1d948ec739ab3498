"""From settings to the parts that several commands need."""

from __future__ import annotations

from bot.backends import own
from bot.backends.base import ProviderAccess, ProviderName
from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Direction, MaskColour
from bot.backends.http import Http
from bot.backends.options import FalOptions, RunwareOptions
from bot.backends.registry import Registry
from bot.jobs.places import Counted, Places
from bot.quotas import Limits, micros
from bot.settings import Settings
from storage import failpoints


def proxy(settings: Settings) -> str | None:
    """The proxy for everything that is sent."""
    return settings.proxy_url.get_secret_value() if settings.proxy_url else None


def http(settings: Settings) -> Http:
    """The way out."""
    reach = failpoints.reach if failpoints.armed() else None
    return Http(trusted=_trusted(settings), proxy=proxy(settings), reach=reach)


def registry(settings: Settings, way_out: Http) -> Registry:
    """The backends that are offered, as the operator set them.

    Raises:
        bot.backends.own.OwnBackendsError: The file of own backends is wrong.
    """
    catalogue = CATALOGUE
    if settings.backends_file is not None:
        catalogue = own.read(settings.backends_file, catalogue)
    return Registry(
        way_out,
        access(settings),
        directions=_directions(settings),
        mask_colours=_mask_colours(settings),
        catalogue=catalogue,
    )


def limits(settings: Settings) -> Limits:
    """What bounds spending."""
    spend = settings.daily_spend_usd
    return Limits(
        default_credits=settings.default_daily_credits,
        server_monthly_credits=settings.server_monthly_credits,
        daily_spend_micros=None if spend is None else micros(spend),
        allowed_servers=settings.allowed_servers,
        flagged_refunds=settings.flagged_refunds_per_day,
    )


def places(settings: Settings) -> dict[ProviderName, Places | None]:
    """How much may be in the making at once at each provider."""
    runware = settings.runware_concurrency
    return {
        ProviderName.FAL: Places(limit=settings.fal_concurrency, counted=Counted.CALLS),
        ProviderName.RUNWARE: Places(limit=runware, counted=Counted.CALLS) if runware else None,
        ProviderName.IDEOGRAM: Places(limit=settings.ideogram_in_flight, counted=Counted.PICTURES),
    }


def _trusted(settings: Settings) -> list[str]:
    """The configured addresses: these alone may be private."""
    given = (settings.fal_url, settings.runware_url, settings.ideogram_url)
    return [settings.discord_url, *(url for url in given if url is not None)]


def access(settings: Settings) -> dict[ProviderName, ProviderAccess]:
    """The providers that there is a key for."""
    given = {
        ProviderName.FAL: (settings.fal_key, settings.fal_url, _fal(settings)),
        ProviderName.RUNWARE: (settings.runware_api_key, settings.runware_url, _runware(settings)),
        ProviderName.IDEOGRAM: (settings.ideogram_api_key, settings.ideogram_url, None),
    }
    return {
        name: ProviderAccess(key=key.get_secret_value(), url=url, options=options)
        for name, (key, url, options) in given.items()
        if key is not None
    }


def _fal(settings: Settings) -> FalOptions:
    return FalOptions(inline=settings.fal_sync_mode, keep_history=settings.fal_keep_history)


def _runware(settings: Settings) -> RunwareOptions:
    upload, webhook = settings.runware_upload_endpoint, settings.runware_webhook_url
    return RunwareOptions(
        delivery=settings.runware_delivery,
        output_type=settings.runware_output_type,
        upload_endpoint=upload.get_secret_value() if upload else None,
        ttl=settings.runware_ttl,
        webhook_url=webhook.get_secret_value() if webhook else None,
        include_cost=settings.runware_include_cost,
        check_content=settings.runware_check_content,
    )


def _directions(settings: Settings) -> dict[ProviderName, Direction]:
    given = {
        ProviderName.FAL: settings.fal_strength,
        ProviderName.RUNWARE: settings.runware_strength,
        ProviderName.IDEOGRAM: settings.ideogram_strength,
    }
    return {name: direction for name, direction in given.items() if direction is not None}


def _mask_colours(settings: Settings) -> dict[ProviderName, MaskColour]:
    return {ProviderName.FAL: settings.fal_mask} if settings.fal_mask else {}
