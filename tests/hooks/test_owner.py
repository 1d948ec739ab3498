"""The owner of a job acts on what its provider reports: the whole way, over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.backends.base import ProviderAccess, ProviderName
from bot.backends.http import Http
from bot.hooks.readers import readers
from bot.hooks.server import HookServer
from sandbox.providers.steps import Step
from storage.states import JobState
from tests.backends.conftest import IMPATIENT
from tests.jobs.conftest import images, pictures, still
from tests.jobs.surroundings import QUICK
from tests.jobs.world import World
from tests.tls import NO_TLS

__all__ = ["images", "pictures", "still"]

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEVER = replace(QUICK, gap_shortest=3600, gap_longest=3600, first_look=3600)
"""So seldom is asked that only a report can make a job go on."""


@pytest_asyncio.fixture(loop_scope="session")
async def reported(still: World) -> AsyncIterator[World]:
    """A process that providers report to, and that hardly asks them."""
    await still.start(pace=NEVER)
    # The stand-ins live in the present, and the engine in a year of its own.
    still.clock.move(seconds=still.providers.clock.now() - still.clock.now() / 1000)
    fal, runware = still.providers.fal, still.providers.runware
    access = {
        ProviderName.FAL: ProviderAccess(key=fal.key, url=fal.url),
        ProviderName.RUNWARE: ProviderAccess(key=runware.key, url=runware.url),
    }
    http = Http(pace=IMPATIENT, tls=NO_TLS)
    server = HookServer(
        database=still.database,
        clock=still.clock,
        readers=readers(access, http=http, clock=still.clock, fal_user=fal.webhooks.user),
        wake=still.jobs.hear,
        host="127.0.0.1",
        port=0,
    )
    await server.start()
    still.context.public_url = f"http://127.0.0.1:{server.port}"
    yield still
    await still.idle()
    await still.check()
    await server.stop()
    await still.stop()


async def test_a_running_job_goes_on_when_fal_reports(reported: World) -> None:
    reported.providers.fal.fail(Step.STREAM, status=404, times=None)

    job = await reported.ended((await reported.remix("fal-v2a")).id)

    assert job.state is JobState.SUCCEEDED


async def test_a_running_job_goes_on_when_runware_reports(reported: World) -> None:
    job = await reported.ended((await reported.remix("runware-v2", count=2)).id)

    assert job.state is JobState.SUCCEEDED
    assert job.outcome is not None
    assert len(job.outcome.results) == 2


async def test_a_call_whose_answer_was_lost_is_found_by_its_report(reported: World) -> None:
    reported.providers.fal.fail(Step.STREAM, status=404, times=None)
    lost = reported.providers.fal.fail(Step.SUBMIT, drop="after")

    job = await reported.ended((await reported.remix("fal-v2a")).id)

    assert (lost.hits, job.state) == (1, JobState.SUCCEEDED)
    (call,) = await reported.calls(job.id)
    assert call["hint"] == next(iter(reported.providers.fal.works))
    assert reported.charged() == call["cost_micros"] == job.row.micros_each
