"""Waiting for what the engine says in the log."""

from __future__ import annotations

import pytest

from tests.jobs.world import World


async def logged(
    world: World, caplog: pytest.LogCaptureFixture, event: str, *, times: int = 1
) -> list[dict[str, object]]:
    """Wait for an event; gives what was said with each."""

    async def said() -> list[dict[str, object]]:
        found = [vars(one) for one in caplog.records if one.getMessage() == event]
        return found if len(found) >= times else []

    return await world.until(said)
