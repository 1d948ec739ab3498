"""Faults of the bot itself end a job in the end, and never stop the others."""

from __future__ import annotations

import pytest

from bot.jobs.presenter import News
from bot.jobs.record import Failure, Job
from storage.states import JobState
from tests.jobs.discord import Discord
from tests.jobs.world import World
from tests.storage.rows import execute

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Faulty(Discord):
    """Cannot be asked for a card."""

    async def find_card(self, job: Job) -> int | None:
        self.asked.append(job.id)
        raise RuntimeError("a fault of ours")


async def test_five_faults_before_the_submit_end_a_job_and_refund_it(
    still: World, caplog: pytest.LogCaptureFixture
) -> None:
    still.discord = Faulty(changed=still.notify)
    await still.start()
    job = await still.jobs.submit(still.order())
    still.jobs.confirm(job.id, None)

    ended = await still.ended(job.id)
    entries = await still.entries(job.id)
    await still.check()
    await still.stop()

    assert (ended.state, ended.row.reason) == (JobState.FAILED, Failure.INTERNAL)
    assert len(still.discord.asked) == 5
    assert caplog.messages.count("job.fault") == 5
    assert entries == [("reserve", 4), ("refund", -4)]


async def test_five_faults_with_an_open_call_leave_a_job_unconfirmed(world: World) -> None:
    world.errors_are_expected = True
    world.bills_are_known = False
    world.providers.fal.gate.clear()
    job = await world.remix()
    await world.in_state(job.id, JobState.RUNNING)
    await world.stop()
    database = await world.engine.open(world.folder)
    await execute(database, "UPDATE calls SET ticket = NULL")
    await database.close()
    await world.start()

    ended = await world.ended(job.id)

    assert (ended.state, ended.row.reason) == (JobState.UNCONFIRMED, Failure.UNCONFIRMED)
    assert ended.row.attempts == 4
    assert await world.entries(job.id) == [("reserve", 4), ("refund", -4)]
    assert await world.spend() == 40_000
    world.providers.fal.gate.set()


# A process that is killed closes its files by that.
@pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning")
async def test_a_job_that_cannot_be_read_stops_no_other(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.errors_are_expected = True
    broken = await world.jobs.submit(world.order())
    row = await world.row(broken.id)
    await execute(world.database, "UPDATE jobs SET request = '{' WHERE id = ?", broken.id)
    await world.restart()

    async def complained() -> bool:
        return "job.fault_not_counted" in caplog.messages

    await world.until(complained)
    assert (await world.ended((await world.remix()).id)).state is JobState.SUCCEEDED

    await execute(
        world.database, "UPDATE jobs SET request = ? WHERE id = ?", row.request, broken.id
    )
    assert (await world.ended(broken.id)).row.reason == Failure.CARD_LOST


class Stumbling(Discord):
    """Fails to tell the first news."""

    async def tell(self, job: Job, news: News) -> bool:
        await super().tell(job, news)
        if len(self.told[job.id]) == 1:
            raise RuntimeError("a fault of ours")
        return True


async def test_news_that_cannot_be_told_do_not_stop_the_news(
    still: World, caplog: pytest.LogCaptureFixture
) -> None:
    still.discord = Stumbling(changed=still.notify)
    still.providers.fal.queue_length = 3
    await still.start()

    job = await still.ended((await still.remix()).id)
    await still.stop()

    assert job.state is JobState.SUCCEEDED
    assert len(still.discord.told[job.id]) >= 2
    assert caplog.messages.count("news.fault") == 1
