"""Three processes with eight shards among them: one is killed, one is stopped past its lease."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from sandbox.audit.endings import Ending, ending
from sandbox.audit.evidence import Evidence
from sandbox.discord import Invocation
from tests.e2e.fleet import AT_ONCE, PARTS, SHARDS, Fleet

pytestmark = pytest.mark.long(whole=True)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    """One for all tests here; each leaves all three processes at work."""
    async with Fleet.open(tmp_path_factory.mktemp("fleet")) as opened:
        await opened.start(*PARTS)
        yield opened


ALLOWED = {Ending.CHARGED, Ending.UNCONFIRMED, Ending.UNHEARD}
"""How a request may end that a death or a long stop met; how often which, chance decides."""


def ended(found: Evidence, shots: Sequence[Invocation]) -> Counter[Ending | None]:
    return Counter(ending(found.by_interaction[shot.id]) for shot in shots)


def check_ends(found: Evidence, shots: Sequence[tuple[str, Invocation]], disturbed: str) -> None:
    """Check how requests ended, each with its process: only those of one may have suffered."""
    met = ended(found, [shot for name, shot in shots if name == disturbed])
    others = ended(found, [shot for name, shot in shots if name != disturbed])
    assert met.keys() <= ALLOWED
    assert others == {Ending.CHARGED: len(shots) - met.total()}


async def works(fleet: Fleet, name: str) -> None:
    """Check that a process does what members ask for, also on a card of another."""
    shot = await fleet.answered(await fleet.order(name))
    found = await fleet.check()
    assert ending(found.by_interaction[shot.id]) is Ending.CHARGED
    again = await fleet.press(shot, "Re-roll")
    found = await fleet.check()
    assert ending(found.by_interaction[again.id]) is Ending.CHARGED


async def test_all_shards_take_turns_and_one_process_tells_the_commands(fleet: Fleet) -> None:
    starts = fleet.discord.gateway.starts.all

    assert sorted(start.shard for start in starts) == list(range(SHARDS))
    assert [start for start in starts if start.early] == []
    assert fleet.discord.world.commands.overwrites == 1


async def test_the_places_at_a_provider_are_for_all_processes_together(fleet: Fleet) -> None:
    fleet.providers.fal.gate.clear()

    shots = [await fleet.answered(await fleet.order(name)) for name in (*PARTS, *PARTS)]
    await fleet.until(lambda: fleet.states(shots)["queued"] == 2, "all places to be taken")
    await fleet.until(lambda: fleet.states(shots)["running"] == AT_ONCE, "fal to take its calls")

    assert fleet.bought() == AT_ONCE
    fleet.providers.fal.gate.set()
    assert ended(await fleet.check(), shots) == {Ending.CHARGED: len(shots)}
    assert len({fleet.process_of(name) for name in PARTS}) == len(PARTS)


async def test_what_a_killed_process_leaves_others_finish(fleet: Fleet) -> None:
    await works(fleet, "second")
    dead = fleet.process_of("second")
    fleet.providers.fal.gate.clear()
    names = ("first", "third", "second", "second", "second")
    backends = ("runware-v2", "ideogram-v2")
    others = [(name, await fleet.order(name, each)) for each in backends for name in PARTS]
    shots = [await fleet.answered(await fleet.order(name)) for name in names]
    for _, shot in others:
        await fleet.answered(shot)
    await fleet.until(lambda: fleet.states(shots)["running"] == AT_ONCE, "fal to take its calls")

    await fleet.kill("second")
    await fleet.until(lambda: not fleet.left_of(dead), "its jobs to be taken over")
    await fleet.start("second")
    # The button is pressed in a server of one process, and the job is another's.
    waiting = next(shot for shot in shots if fleet.job(shot)["state"] == "queued")
    await fleet.press(waiting, "Cancel")
    await fleet.until(lambda: fleet.job(waiting)["state"] == "cancelled", "the job to stop")
    fleet.providers.fal.gate.set()
    found = await fleet.check()

    assert ended(found, shots) == {Ending.CHARGED: AT_ONCE, Ending.REFUNDED: 1}
    check_ends(found, others, disturbed="second")
    await works(fleet, "second")


async def test_a_process_that_was_stopped_past_its_lease_does_nothing_twice(fleet: Fleet) -> None:
    await works(fleet, "third")
    asleep = fleet.process_of("third")
    for server in fleet.providers.servers:
        server.latency = 1.0
    backends = ("fal-v2a", "runware-v2", "ideogram-v2")
    shots = [(name, await fleet.order(name, each)) for each in backends for name in PARTS]
    for _, shot in shots:
        await fleet.answered(shot)

    fleet.pause("third")
    assert fleet.left_of(asleep)
    await fleet.until(lambda: not fleet.left_of(asleep), "its jobs to be taken over")
    fleet.resume("third")
    found = await fleet.check()

    check_ends(found, shots, disturbed="third")
    await works(fleet, "third")
    assert fleet.process_of("third") == asleep
