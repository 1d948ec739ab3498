"""Downloading what Discord shows, by links that may have expired."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from urllib.parse import urlsplit

from bot.backends.http import Session
from bot.backends.http_errors import Broken, Dead, Forbidden
from bot.jobs.context import Context
from bot.jobs.record import SourceRef

log = logging.getLogger(__name__)

MAX_BYTES = 25_000_000
DEADLINE = 30.0
"""Seconds for one reading."""
ATTEMPTS = 3


class GoneError(Exception):
    """The picture is not there any more, or its link leads elsewhere than to Discord."""


async def download(context: Context, session: Session, ref: SourceRef, to: Path) -> None:
    """Read a picture into a file, by a fresh link where the one that is known is dead.

    Raises:
        GoneError: It cannot be had.
        bot.backends.http_errors.TooLarge: It has more than `MAX_BYTES`.
    """
    # A link that was dropped, as it was too old, may be had anew from a card.
    url = ref.url or await context.presenter.fresh_link(ref) or ""
    for attempt in range(ATTEMPTS):
        try:
            if urlsplit(url).netloc not in context.discord_hosts:
                raise GoneError("the link leads elsewhere")
            await session.download(url, to, limit=MAX_BYTES, deadline=DEADLINE)
        except Forbidden as error:
            raise GoneError(str(error)) from error
        except (Dead, Broken) as error:
            log.info("job.source_retry", extra={"error": str(error)})
            # The link may have expired while the job waited, or before a restart.
            url = await context.presenter.fresh_link(ref) or url
            if attempt + 1 < ATTEMPTS:
                await asyncio.sleep(context.tempo.gap(attempt))
        else:
            return
    raise GoneError(f"not read in {ATTEMPTS} attempts")
