"""Members who ask in the same instant: all are answered before much is done for any of them."""

from __future__ import annotations

from bot.jobs.gate import AT_ONCE
from tests.e2e.world import World

MEMBERS = 30


async def test_a_crowd_is_answered_before_its_pictures_are_read(world: World) -> None:
    since = len(world.discord.requests)

    shots = [await world.order(world.member()) for _ in range(MEMBERS)]
    for shot in shots:
        await world.shown(await shot.answered())

    paths = [request.path for request in world.discord.requests[since:]]
    first = next(at for at, path in enumerate(paths) if path.startswith("/ephemeral-attachments/"))
    answered = sum(path.endswith("/callback") for path in paths[:first])
    # An order is taken when its answer is about to be sent, so the last few may be under way.
    assert answered >= MEMBERS - AT_ONCE
