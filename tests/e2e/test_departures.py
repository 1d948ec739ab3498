"""When the bot is removed, what is under way ends, and some days later the rows go."""

from __future__ import annotations

import pytest

from tests.e2e.servers import Server, execute
from tests.e2e.world import World

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def server(world: World) -> Server:
    return Server.found(world)


def removed(server: Server) -> int | None:
    """When the bot was removed, as far as it knows."""
    return server.world.books.one("SELECT removed FROM servers WHERE id = ?", server.guild.id)


async def test_what_is_under_way_ends_and_is_given_back(server: Server) -> None:
    world = server.world
    world.providers.fal.faults.add(
        method="POST", path="/remix$", status=429, body={"detail": "busy"}, times=None
    )
    queued = await world.remix(server.member, channel=server.room)
    world.providers.runware.gate.clear()
    running = await world.remix(server.member, channel=server.room, backend="runware-v2")
    await world.until(lambda: world.job(running)["state"] == "running", "runware's acceptance")
    for shot in (queued, running):
        world.discord.expire_token(shot)

    world.discord.remove_bot(server.guild)

    assert (await world.closed(queued))["state"] == "cancelled"
    world.providers.runware.gate.set()
    job = await world.closed(running)
    assert (job["state"], job["shown"]) == ("succeeded", "undeliverable")
    assert world.used(server.member) == 0
    assert removed(server)


async def test_a_removal_while_the_bot_was_offline_is_found_and_undone_by_an_invitation(
    server: Server,
) -> None:
    world, panel = server.world, await server.panel()
    await panel.fill("backends", "strength", "64")
    await world.stop()
    world.discord.remove_bot(server.guild)

    await world.start_bot()
    await world.until(lambda: removed(server), "the removal to be found")
    world.discord.invite_bot(server.guild)
    await world.until(lambda: removed(server) is None, "the invitation to be heard")

    panel = await server.panel()
    await panel.section("backends")
    assert panel.chosen("pick", "strength") == ["64"]


async def test_an_outage_is_no_removal(server: Server) -> None:
    world = server.world
    await server.panel()
    other = Server.found(world)

    world.discord.outage(server.guild)
    await world.restart()
    # Found at the same time as the other would have been.
    world.discord.remove_bot(other.guild)
    await world.until(lambda: removed(other), "the other's removal")

    assert removed(server) is None
    world.discord.recover(server.guild)
    await server.panel()


async def test_rows_are_deleted_after_the_days_that_the_operator_sets(own_world: World) -> None:
    world = own_world
    await world.start_bot(SERVER_KEEP_DAYS="2")
    gone, kept = Server.found(world), Server.found(world)
    for server in (gone, kept):
        await (await server.panel()).press("finish")
        world.discord.remove_bot(server.guild)
        await world.until(lambda server=server: removed(server), "the removal")
    await world.stop()
    for server, days in ((gone, 3), (kept, 1)):
        query = "UPDATE servers SET removed = removed - ? WHERE id = ?"
        execute(world, query, days * DAY_MS, server.guild.id)

    await world.start_bot(SERVER_KEEP_DAYS="2")
    await world.logged("server.deleted", str(gone.guild.id))

    for table in ("prompt_rules", "changes"):
        assert gone.rows(table) == []
        assert kept.rows(table)
    assert not world.books.rows("SELECT 1 FROM servers WHERE id = ?", gone.guild.id)
