"""A database server that is away for a while: nothing that was paid for is lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

from bot.errors import explain
from bot.jobs.refusals import NotStoringError
from storage.states import JobState
from tests.jobs.test_storage_faults import SENTENCE, logged
from tests.jobs.world import World
from tests.storage import server
from tests.storage.rows import count

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("engine", ["postgres"], indirect=True),
]


@asynccontextmanager
async def away(world: World) -> AsyncGenerator[None]:
    """The server ends all connections, and lets nobody in for as long as the block lasts."""
    name = urlsplit(await world.engine.url(world.folder)).path.strip("/")
    connection = await asyncpg.connect(server.url())
    try:
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await connection.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608 - the tests' own name
        )
        yield
    finally:
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await connection.close()


@pytest.mark.parametrize("backend", ["fal-v2a", "runware-v2"])
async def test_a_ticket_is_kept_until_the_server_is_back_and_nothing_is_taken_meanwhile(
    world: World, caplog: pytest.LogCaptureFixture, backend: str
) -> None:
    world.errors_are_expected = True
    go_on = asyncio.Event()
    sending = world.server(backend).faults.add(method="POST", hold=go_on)
    job = await world.remix(backend)
    await sending.processed.wait()

    async with away(world):
        go_on.set()
        said = await logged(world, caplog, "call.not_stored", times=2)
        with pytest.raises(NotStoringError) as refused:
            await world.jobs.submit(world.order(backend))
    ended = await world.ended(job.id)

    assert explain(refused.value) == SENTENCE
    assert await count(world.database, "jobs") == 1
    assert ended.state is JobState.SUCCEEDED
    assert len(world.server(backend).bill) == 1
    assert said[0]["work"] == world.server(backend).bill[0].id


async def test_jobs_go_on_when_the_server_is_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.errors_are_expected = True
    world.providers.fal.gate.clear()
    made = [await world.remix(user_id=number) for number in range(5)]
    for job in made:
        await world.in_state(job.id, JobState.RUNNING)

    async with away(world):
        world.providers.fal.gate.set()
        await logged(world, caplog, "job.not_stored")
    ended = [await world.ended(job.id) for job in made]

    assert {job.state for job in ended} == {JobState.SUCCEEDED}
    assert len(world.providers.fal.bill) == 5
