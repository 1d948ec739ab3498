"""Twenty kills of the sweep that `make torture` does a thousand of, and what it would find."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from random import Random

import pytest
import pytest_asyncio

from sandbox.audit import bills
from sandbox.discord.interactions import ANSWER_SECONDS
from sandbox.torture import presses
from sandbox.torture.checks import evidence
from sandbox.torture.kills import Kill
from sandbox.torture.kinds import KINDS, Kind
from sandbox.torture.load import Load, new_member
from sandbox.torture.record import record, settle
from sandbox.torture.stage import Stage
from sandbox.torture.sweep import Sweep

pytestmark = pytest.mark.long

ONE = [Kind("generate", "fal-v2-turbo")]


@pytest_asyncio.fixture(loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    """One on which a bot is at work, and which nothing has touched."""
    async with Stage.open(webhook=False) as opened:
        await opened.start()
        yield opened


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
    assert sweep.tally.points.total() > 0, "\n".join(told)
    assert sweep.tally.points.keys() <= decks.points
    assert sweep.tally.ended.total() > 0
    assert sweep.tally.met == KINDS


async def test_a_second_work_for_a_job_is_found_though_its_books_have_a_call_for_it(
    stage: Stage,
) -> None:
    await settle(stage, Load(stage, Random("tests"), ONE))
    await stage.kill()
    assert list(bills.paid_once(evidence(stage))) == []
    fal = stage.providers.fal
    order = next(call for call in fal.calls if call.method == "POST")

    async with fal.session.post(
        f"{fal.url}{order.path}", json=order.body, headers={"Authorization": f"Key {fal.key}"}
    ) as answer:
        assert answer.ok
    await stage.until(lambda: len(fal.bill) == 2, "the second work")
    failed_before(stage)

    wrong = list(bills.paid_once(evidence(stage)))
    assert len(wrong) == 1
    assert f"was paid for {fal.bill[1].id}" in wrong[0]


def failed_before(stage: Stage) -> None:
    """Say in the books that a call failed, before the one that was carried out."""
    with closing(sqlite3.connect(stage.books.path)) as books, books:
        books.execute("UPDATE calls SET number = 2")
        books.execute(
            "INSERT INTO calls (job_id, number, backend, key, secret, provider, slots, outcome,"
            " intended, ended) SELECT job_id, 1, backend, 'k', 's', provider, slots, 'failed',"
            " intended, ended FROM calls"
        )


async def test_a_card_is_what_all_see_and_a_job_is_behind(stage: Stage) -> None:
    await settle(stage, Load(stage, Random("tests"), ONE))
    (shot,) = stage.shots
    refused = await new_member(stage).slash(
        stage.channel, "generate", prompt="a harbour", backend="no-such"
    )
    await refused.answered(ANSWER_SECONDS)

    found = evidence(stage)
    assert presses.fault(found, shot, "Re-roll") is None
    for label in ("Re-roll", "Closer 65", "Bolder 35", "Try again", "Edit", "More", "Report"):
        assert "There is no backend of that name" in str(presses.fault(found, refused, label))
    assert presses.fault(found, shot, "Remix this result") is not None


@pytest.mark.parametrize("text", ["~0.250", "~1.000+0.125", "db some.work 3 after#12"])
def test_a_kill_can_be_said_on_a_command_line(text: str) -> None:
    assert str(Kill.parse(text)) == text
