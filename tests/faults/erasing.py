"""The requests to Discord when a member is erased: their cards are deleted."""

from __future__ import annotations

import asyncio

from bot.privacy.erasing import Erasing, Progress
from tests.faults.discord_wires import MESSAGE
from tests.faults.ends import End
from tests.faults.play import LOOK, Play
from tests.faults.presses import given_up
from tests.faults.wires import Wire

DELETED = End(came="the card is deleted, and counted")


async def _erased(play: Play) -> None:
    """Use /remix, and be erased; wait until that is over."""
    await play.order()
    await play.closed()
    erasing = play.house.bot.services.privacy.erasing
    async with play.moment():
        await erasing.ask(play.member.id)
        await given_up(play)
    play.came = _words(play, await _over(play, erasing))


async def _over(play: Play, erasing: Erasing) -> Progress:
    """Wait until all is done that was asked."""
    while True:
        progress = await erasing.progress(play.member.id)
        if progress is not None and progress.erasure.ended is not None:
            return progress
        # The database tells nobody.
        await asyncio.sleep(LOOK)


def _words(play: Play, progress: Progress) -> str:
    counted = (progress.erasure.deleted, progress.erasure.failed)
    if (counted, progress.left, play.channel.messages) == ((1, 0), 0, []):
        return DELETED.came
    return f"{counted} are counted, {len(play.channel.messages)} left"


ERASED: tuple[Wire, ...] = (
    Wire(
        name="deleting the card of one who is erased",
        to="discord",
        method="DELETE",
        path=MESSAGE,
        scene=_erased,
        # It is deleted again, however often, until Discord says that it is gone.
        end=DELETED,
    ),
)
