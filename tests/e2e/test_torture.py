"""Twenty kills of the sweep that `make torture` does a thousand of, and what it would find."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from random import Random

import pytest
import pytest_asyncio

from sandbox.audit import bills
from sandbox.audit.endings import Ending, ending
from sandbox.discord.interactions import ANSWER_SECONDS
from sandbox.providers.bill import Outcome
from sandbox.providers.fal.errors import failure
from sandbox.torture import late, presses
from sandbox.torture.checks import check, evidence
from sandbox.torture.kills import Kill
from sandbox.torture.kinds import KINDS, Kind
from sandbox.torture.load import Load, new_member, options
from sandbox.torture.record import record, settle
from sandbox.torture.stage import Stage
from sandbox.torture.sweep import Sweep
from sandbox.torture.tally import Plan

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
    assert bool(sweep.tally.ended[Ending.GIFT]) == webhook


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


async def test_a_paid_result_that_a_job_failed_to_read_is_lost(stage: Stage) -> None:
    files = stage.providers.fal.faults.add(method="GET", path="/files/", status=404, times=None)

    await settle(stage, Load(stage, Random("tests"), ONE))

    assert files.hits
    (work,) = stage.providers.fal.bill
    (fault,) = await check(stage, Random("tests"), bots=0)
    assert "a paid result was lost: job" in fault
    assert work.id in fault


async def test_what_is_refunded_though_it_was_billed_is_not_lost(stage: Stage) -> None:
    stage.providers.fal.bills_policy = True
    orders = {"generate fal-v2-turbo": "__policy__", "remix runware-v2": "__nsfw__"}

    for name, trigger in orders.items():
        kind = Kind(*name.split())
        typed = options(stage, kind)
        typed["prompt"] += f" {trigger}"
        shot = await new_member(stage).slash(stage.channel, kind.command, **typed)
        stage.shots.append(await shot.answered(ANSWER_SECONDS))
    await stage.until(stage.quiet, "all jobs to end")

    billed = {line.outcome for server in stage.providers.servers for line in server.bill}
    assert billed == {Outcome.UNSAFE, Outcome.REFUSED}
    assert {job["state"] for job in evidence(stage).jobs} == {"failed"}
    assert list(bills.nothing_lost(evidence(stage))) == []


async def test_a_work_is_of_the_card_that_ordered_it_and_not_of_one_that_just_failed(
    stage: Stage,
) -> None:
    fal = stage.providers.fal
    fal.endings.append(failure("downstream_service_error"))
    await settle(stage, Load(stage, Random("tests"), ONE))
    (failed,) = stage.shots
    assert failed.message is not None

    stage.shots.append(await new_member(stage).click(failed.message, "Try again"))
    await stage.until(lambda: len(fal.bill) == 1, "the second work")
    await stage.until(stage.quiet, "all jobs to end")

    found = evidence(stage)
    assert [ending(job) for job in found.jobs] == [Ending.FAILED, Ending.CHARGED]
    assert list(bills.nothing_lost(found)) == list(bills.paid_once(found)) == []


async def test_a_kill_meets_a_result_that_turns_up_late() -> None:
    told: list[str] = []
    sweep = Sweep("tests", told.append)
    kill = Kill(point=f"{late.POINTS}Late._revive.work commit before")

    async with Stage.open(webhook=True) as stage:
        await stage.start()
        await sweep.wave(
            stage, Plan(seed="tests", webhook=True, turn=1, kills=(kill,), engine="sqlite")
        )
        sweep.count_ends(stage)

    assert sweep.tally.violations == [], "\n".join(told)
    assert list(sweep.tally.points) == [kill.point]
    assert sweep.tally.ended[Ending.GIFT] == 1


async def test_each_kind_of_button_is_pressed_in_its_turn(stage: Stage) -> None:
    await settle(stage, Load(stage, Random("tests"), ONE))
    (shot,) = stage.shots
    assert shot.message is not None
    kinds = {presses.kind(button.label or "") for button in shot.message.buttons()}

    for wave in range(len(kinds)):
        assert await check(stage, Random(wave), bots=0) == []
        await stage.until(stage.quiet, "what was pressed to be done")

    assert kinds <= stage.presses.keys()


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
