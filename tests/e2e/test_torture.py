"""Twenty kills of the sweep that `make torture` does a thousand of."""

from __future__ import annotations

from random import Random

import pytest

from sandbox.torture.kills import Kill
from sandbox.torture.record import record
from sandbox.torture.stage import Stage
from sandbox.torture.sweep import Sweep

pytestmark = pytest.mark.long


@pytest.mark.timeout(180)
@pytest.mark.parametrize("webhook", [False, True], ids=["asked", "reporting"])
async def test_ten_kills_at_chosen_instants_break_no_promise(webhook: bool) -> None:
    told: list[str] = []
    sweep = Sweep("tests", told.append, each=(3,))

    async with Stage.open(webhook=webhook) as stage:
        decks = await record(stage, Random("tests"))
        sweep.tally.count_kill(None)
        await sweep.torment(stage, decks, 10)

    assert sweep.tally.violations == [], "\n".join(told)
    assert sweep.tally.kills == 10
    assert sweep.tally.points.keys() <= decks.points
    assert sweep.tally.ended.total() > 0


@pytest.mark.parametrize("text", ["~0.250", "~1.000+0.125", "db some.work 3 after#12"])
def test_a_kill_can_be_said_on_a_command_line(text: str) -> None:
    assert str(Kill.parse(text)) == text
