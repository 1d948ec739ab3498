"""What Discord is asked after a restore: whether a card shows what was forgotten."""

from __future__ import annotations

from dataclasses import replace

from bot.jobs.presenter import Delivery, Showing
from bot.jobs.record import Failure, Job, read
from storage.states import JobState
from tests.e2e.cards import AFTER, pictures
from tests.faults.discord_wires import MESSAGE
from tests.faults.ends import End
from tests.faults.kinds import GARBAGE, HELD, Kind
from tests.faults.play import Play
from tests.faults.wires import Wire

LEFT = End(came="the pictures are left, and the job is shown")
LATER = End(came="the pictures are left, and it is looked again later")


async def _looked(play: Play) -> None:
    """Tell a failure on a card that shows pictures, as after a restore."""
    if play.kept is None:
        await play.order()
        play.kept = _forgotten(await play.closed())
    showing = Showing(
        job=play.kept,
        files={},
        parts={},
        record_part=_nothing,
        again=False,
        of_the_past=True,
    )
    async with play.moment():
        delivery = await play.house.bot.presenter.show(showing)
    (card,) = play.channel.messages
    found = {Delivery.SHOWN: LEFT.came, Delivery.LATER: LATER.came}
    play.came = found[delivery] if pictures(card, AFTER) else "the pictures are gone"


def _forgotten(job: Job) -> Job:
    """A job that succeeded, as a database has it that was put back."""
    return read(replace(job.row, state=JobState.FAILED, reason=Failure.RESTORED, results=None))


async def _nothing(_part: int, _message_id: int) -> None:
    pass


RESTORED: tuple[Wire, ...] = (
    Wire(
        name="whether a card shows pictures",
        to="discord",
        method="GET",
        path=MESSAGE,
        scene=_looked,
        end=LEFT,
        ends=dict.fromkeys(
            # The others are asked again within one attempt.
            (Kind.REFUSED, Kind.CUT_BODY, *HELD, Kind.BANNED, Kind.S503, *GARBAGE),
            LATER,
        ),
    ),
)
