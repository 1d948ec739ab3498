"""Every row of the tables of failures, met by a job over the wire, with all that follows.

How a stand-in is made to fail stands in tests/jobs/failures_*.py, by the rows' signs. What can
befall a request before anybody answers it stands in tests/faults, for every request of the bot.
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.backends import fal
from bot.backends.base import ProviderName
from bot.backends.catalogue import CATALOGUE
from bot.backends.failures import Failure, Retry, Step
from bot.jobs import running
from bot.jobs.record import Job
from sandbox.providers.pictures import Pictures
from scripts.failures import TABLES
from tests.faults.stands import SmallPictures
from tests.jobs import failures_fal, failures_ideogram, failures_runware
from tests.jobs.failures import Course, Key, Recipe, courses, ordered
from tests.jobs.failures_checks import Meter, assert_called, assert_paid, assert_read, assert_told
from tests.jobs.surroundings import FAST
from tests.jobs.world import World
from tests.storage.engines import Engine

RECIPES: Mapping[ProviderName, Mapping[Key, Recipe]] = {
    ProviderName.FAL: failures_fal.RECIPES,
    ProviderName.RUNWARE: failures_runware.RECIPES,
    ProviderName.IDEOGRAM: failures_ideogram.RECIPES,
}
MET = [(row, course) for rows in TABLES.values() for row in rows for course in courses(row)]
SEED = 5
AGAIN = random.Random(SEED).sample(MET, len(MET) // 10)
"""Met on PostgreSQL, too: what follows from a failure is decided above the engine."""
CASES = [
    pytest.param(
        *(engine, row, course),
        id=f"{engine} {row.provider} {row.step} {row.sign[:40]} {course.name}",
    )
    for engine, met in (("sqlite", MET), ("postgres", AGAIN))
    for row, course in met
]
NEAR = 0.3
"""Seconds to a deadline that is reached."""


def key_of(row: Failure) -> Key:
    """Give the name of a row's recipe: signs that are listed in one row share it."""
    recipes = RECIPES[row.provider]
    whole = (row.step, row.sign)
    return whole if whole in recipes else (row.step, row.sign.split(", ")[0])


@asynccontextmanager
async def process(world: World, row: Failure, course: Course) -> AsyncGenerator[None]:
    patience = 0.1 if course.impatient else 30
    tempo = replace(FAST, find_within=patience, fetch_within=patience, answer_within=30)
    catalogue = CATALOGUE
    if course.impatient and row.step is not Step.DOWNLOAD:
        catalogue = tuple(replace(entry, deadline_seconds=NEAR) for entry in CATALOGUE)
    await world.start(
        fallback=course.others,
        guarded=True,
        catalogue=catalogue,
        # A late answer would be a gift, and change what is counted.
        tempo=replace(tempo, late_gap=3600),
    )
    try:
        yield
    finally:
        await world.stop()


async def meet(world: World, row: Failure, course: Course, recipe: Recipe) -> Job:
    """Let a job meet a failure; gives it as it ended."""
    lasts = course.times is None
    async with AsyncExitStack() as around:
        if recipe.around is not None:
            await around.enter_async_context(recipe.around(world))
        met = recipe.arrange(world, course.times)
        job = await world.jobs.submit(world.order(**ordered(row, course, recipe)))
        if recipe.before_card is not None:
            await recipe.before_card(world, job.id)
        world.jobs.confirm(job.id, world.discord.answer(job.id))
        if row.retry is Retry.SUBMIT:
            await called_again(world, job.id)
            if lasts:
                world.context.tempo = replace(world.context.tempo, submit_within=0)
        if not lasts:
            await around.aclose()
        ended = await world.ended(job.id)
    assert met is None or met.hits >= (course.times or 1)
    return ended


async def called_again(world: World, job_id: str) -> None:
    """Wait until a second call of a job was made."""

    async def again() -> bool:
        return len(await world.calls(job_id)) > 1

    await world.until(again)


@pytest_asyncio.fixture(loop_scope="session")
async def engine(
    request: pytest.FixtureRequest, engines: Mapping[str, Engine], tmp_path: Path
) -> AsyncIterator[Engine]:
    """The engine of the case."""
    chosen = engines[request.param]
    yield chosen
    await chosen.discard(tmp_path)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("engine", "row", "course"), CASES, indirect=["engine"])
async def test_a_job_that_meets_a_failure_ends_as_its_row_says(
    still: World,
    row: Failure,
    course: Course,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = RECIPES[row.provider][key_of(row)]
    meter = Meter(still)
    # What they show is nothing to this test, and painting them is most of what it would cost.
    monkeypatch.setattr(Pictures, "make", SmallPictures.make)
    if course.impatient:
        monkeypatch.setattr(running, "LAST_LOOK", NEAR)
    if row.step is Step.UPLOAD:
        # However small it is, it is not sent inside the call.
        monkeypatch.setattr(fal, "INLINE_BYTES", 0)

    async with process(still, row, course):
        job = await meet(still, row, course, recipe)

        assert (job.state, job.row.reason) == (course.state, course.reason)
        assert_called(row, course, recipe, job, await still.calls(job.id), meter)
        await assert_paid(still, row, job)
        assert_read(still, row, job)

    assert_told(row, course, caplog.get_records("call"))


def test_every_row_has_a_recipe_and_every_recipe_a_row() -> None:
    for provider, recipes in RECIPES.items():
        rows = [key_of(row) for row in TABLES[provider]]
        assert sorted(rows) == sorted(recipes)
