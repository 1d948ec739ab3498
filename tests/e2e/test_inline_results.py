"""Results that come once, inside an answer, are kept before anything else is done."""

from __future__ import annotations

from tests.e2e.cards import AFTER, pictures
from tests.e2e.world import World

SETTINGS = {
    "FAL_SYNC_MODE": "true",
    "RUNWARE_OUTPUT_TYPE": "dataURI",
    "RUNWARE_DELIVERY": "sync",
}


async def test_results_that_come_once_outlive_a_crash_before_they_are_shown(
    own_world: World,
) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot(**SETTINGS)
    shots = []
    for backend in ("fal-v2a", "runware-v2"):
        unshown = world.cut_off(
            world.discord.faults, carried_out=False, method="PATCH", path="/@original$"
        )
        shots.append(await world.order(alice, backend=backend))
        await world.reached(unshown)
    bought = world.providers.total

    await world.restart()

    for shot in shots:
        assert len(pictures(await world.shown(shot), AFTER)) == 1
    assert world.providers.total == bought
