"""The commands that an operator gives beside `run`: doctor, calibrate and copy-database."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from bot import calibrate, copying, doctor, wiring
from bot.backends.entry import Entry
from bot.backends.errors import BackendError
from bot.backends.own import OwnBackendsError
from bot.discord_wire import use_discord_at
from bot.doctor import IllError, Verdict
from bot.greeting import GreetingError, greet
from bot.images import Images, Unreadable, sentence_of
from bot.settings import Settings
from storage.database import StorageError

EXIT_WELL, EXIT_ILL = 0, 1


async def examine(settings: Settings) -> int:
    """Print one line for each check; gives the exit status, 1 if something is wrong."""
    use_discord_at(settings.discord_url)
    way_out = wiring.http(settings)
    try:
        registry = wiring.registry(settings, way_out)
    except OwnBackendsError as error:
        print(f"{Verdict.ILL}  BACKENDS_FILE: {error}")
        return EXIT_ILL
    status = EXIT_WELL

    async def greeting() -> str:
        return await _greeted(settings)

    async with aclosing(doctor.examine(settings, way_out, registry, greeting)) as findings:
        async for finding in findings:
            print(finding, flush=True)
            if finding.verdict is Verdict.ILL:
                status = EXIT_ILL
    return status


async def measure(
    settings: Settings, name: str, picture: Path, *, keep: Path | None, agreed: Callable[[], bool]
) -> int:
    """State the price, and with the operator's consent send the calls; gives the exit status.

    Args:
        settings: As they were loaded.
        name: The backend's.
        picture: The picture to send.
        keep: A folder that is there, for the results; None keeps none.
        agreed: Asks the operator.
    """
    try:
        registry = wiring.registry(settings, wiring.http(settings))
    except OwnBackendsError as error:
        return _ill(str(error))
    entries = calibrate.plan(registry, name)
    if not entries:
        fit = {e.name for e in registry.offered if calibrate.plan(registry, e.name)}
        return _ill(f"{name} cannot be calibrated; these can: {', '.join(sorted(fit))}.")
    if not await asyncio.to_thread(picture.is_file):
        return _ill(f"{picture} is no file; name a picture to send.")
    print(f"This costs ${calibrate.cost(entries)} at list price.", flush=True)
    if not agreed():
        return _ill("Nothing was sent.")
    with tempfile.TemporaryDirectory() as folder:
        async with Images() as images:
            bench = calibrate.Bench(registry=registry, images=images, folder=keep or Path(folder))
            return await _measured(bench, entries, picture)


async def copy_database(settings: Settings, source: str, target: str) -> int:
    """Move the community from one database to another; gives the exit status."""
    try:
        async with aclosing(copying.move(settings, source, target)) as lines:
            async for line in lines:
                print(line, flush=True)
    except StorageError as error:
        return _ill(f"Nothing was moved: {error}")
    return EXIT_WELL


async def _measured(bench: calibrate.Bench, entries: list[Entry], picture: Path) -> int:
    try:
        for entry in entries:
            print(f"{entry.name}, {entry.operation}:", flush=True)
            async with aclosing(calibrate.calibrate(bench, entry, picture)) as lines:
                async for line in lines:
                    print(f"  {line}", flush=True)
    except BackendError as error:
        return _ill(
            f"The call came to nothing ({error}); look at the provider's account, then retry."
        )
    except Unreadable as error:
        return _ill(sentence_of(error.code))
    except TimeoutError:
        return _ill("The provider did not finish in time; look at its account, then try again.")
    return EXIT_WELL


async def _greeted(settings: Settings) -> str:
    try:
        return await greet(settings.discord_token.get_secret_value(), proxy=wiring.proxy(settings))
    except GreetingError as error:
        raise IllError(str(error)) from None


def _ill(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return EXIT_ILL
