"""The messages to the operator, by a webhook of theirs."""

from __future__ import annotations

import asyncio

from tests.faults.ends import End
from tests.faults.kinds import Kind
from tests.faults.play import Play
from tests.faults.wires import Wire

NEVER = End(came="the operator is not told")
ONCE = End(came="the operator is told")
TWICE = End(came="the operator is told twice")
"""A webhook takes no nonce, and whether a message arrived cannot be asked."""


async def _told(play: Play) -> None:
    """Tell the operator something, and wait until that is over."""
    notices, before = play.house.parts.notices, _messages(play)
    others = {*notices._posting}
    async with play.moment():
        await notices.tell(f"{play.word}.{before}", f"{play.word} happened.", mended=True)
        posting = notices._posting - others
    await asyncio.gather(*posting)
    if play.fault is not None and play.row.is_held:
        # What the bot has given up is carried out all the same.
        play.released.set()
        await play.fault.processed.wait()
    play.came = (NEVER, ONCE, TWICE)[_messages(play) - before].came


def _messages(play: Play) -> int:
    return sum(play.word in message for message in play.house.inbox.messages)


OPERATOR: tuple[Wire, ...] = (
    Wire(
        name="a message to the operator",
        to="operator",
        method="POST",
        path="^/api/webhooks/",
        scene=_told,
        end=ONCE,
        ends=dict.fromkeys(
            (
                *(Kind.CUT_AFTER, Kind.CUT_HEAD, Kind.LATE, Kind.SLOW, Kind.DONE_500),
                # It is more than is read of an answer.
                Kind.NOISE,
            ),
            TWICE,
        ),
        # There is nothing in the answer.
        without=frozenset({Kind.CUT_BODY}),
    ),
)
