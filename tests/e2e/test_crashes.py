"""SIGKILL at exact instants: the fault that holds a request says when."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.discord import Actor, Channel, Invocation
from tests.e2e.cards import AFTER, card_of, labels, pictures, text_of
from tests.e2e.world import PATIENCE, World

CALLBACK, ORIGINAL = "/callback$", "/messages/@original$"
SOURCES, SUBMIT = "^/ephemeral-attachments/", "/remix$"


@pytest.fixture
def room(world: World) -> Channel:
    """A channel of the test's own."""
    return world.guild.add_channel("room")


def submits(world: World) -> int:
    """How often fal was sent a remix."""
    calls = world.providers.fal.calls
    return sum(call.method == "POST" and call.path.endswith("/remix") for call in calls)


async def made_once(world: World, shot: Invocation, room: Channel) -> None:
    """Check that a remix was bought, charged and shown exactly once."""
    job = await world.closed(shot)
    (card,) = room.messages
    assert card is card_of(shot)
    assert len(pictures(card, AFTER)) == 1
    assert (job["state"], job["shown"], job["settled"]) == ("succeeded", "yes", 4)
    assert world.used(shot.member) == 4
    calls = world.books.rows("SELECT outcome FROM calls WHERE job_id = ?", job["id"])
    assert [call["outcome"] for call in calls] == ["done"]


async def test_killed_before_the_card_was_answered(
    world: World, alice: Actor, room: Channel
) -> None:
    before = submits(world)
    callback = world.cut_off(world.discord.faults, carried_out=False, method="POST", path=CALLBACK)
    shot = await world.order(alice, channel=room)
    await world.reached(callback)
    await world.restart()
    job = await world.closed(shot)
    assert (job["state"], job["reason"]) == ("cancelled", "card_lost")
    assert (world.used(alice), room.all_messages, submits(world)) == (0, [], before)


async def test_killed_after_the_card_was_posted_and_before_the_bot_knew(
    world: World, alice: Actor, room: Channel
) -> None:
    before = submits(world)
    callback = world.cut_off(world.discord.faults, carried_out=True, method="POST", path=CALLBACK)
    shot = await world.order(alice, channel=room)
    await world.reached(callback)
    await world.restart()
    await made_once(world, shot, room)
    assert submits(world) == before + 1


async def test_killed_while_the_source_is_read(world: World, alice: Actor, room: Channel) -> None:
    before = submits(world)
    reading = world.cut_off(world.discord.faults, carried_out=True, path=SOURCES)
    shot = await world.remix(alice, channel=room)
    await world.reached(reading)
    await world.restart()
    await made_once(world, shot, room)
    assert submits(world) == before + 1


async def test_killed_while_the_paid_call_is_on_its_way_to_fal(
    world: World, alice: Actor, room: Channel
) -> None:
    # Nobody can say that nothing was sent, so it is not sent again, though fal never saw it.
    before = submits(world)
    fal = world.providers.fal.faults
    call = world.cut_off(fal, carried_out=False, method="POST", path=SUBMIT)
    shot = await world.remix(alice, channel=room)
    await world.reached(call)
    await world.restart()
    card = await world.ended(shot)
    assert "nobody knows whether the picture was made" in text_of(card)
    assert submits(world) == before
    assert world.used(alice) == 0


async def test_killed_between_fals_acceptance_and_storing_its_ticket(
    world: World, alice: Actor, room: Channel
) -> None:
    before, charged = submits(world), world.providers.total
    fal = world.providers.fal.faults
    call = world.cut_off(fal, carried_out=True, method="POST", path=SUBMIT)
    shot = await world.remix(alice, channel=room)
    await world.reached(call)
    await world.restart()
    card = await world.ended(shot)
    job = await world.closed(shot)
    assert (job["state"], job["reason"]) == ("unconfirmed", "unconfirmed")
    assert "nobody knows whether the picture was made" in text_of(card)
    assert labels(card) == ["Try again", "Delete"]
    assert room.messages == [card]
    assert (submits(world), world.used(alice)) == (before + 1, 0)
    assert "failed, nothing charged" in await world.credits(alice)
    # The operator sees it: in the log, and in what counts against the day.
    await world.logged("job.state", job["id"], "to=unconfirmed")
    outcome = world.books.one("SELECT outcome FROM calls WHERE job_id = ?", job["id"])
    assert outcome == "unknown"
    await world.until(lambda: world.providers.total > charged, "fal to bill what nobody gets")
    await world.shown(await world.press(alice, card, "Try again"))
    assert world.used(alice) == 4


async def test_killed_between_runwares_acceptance_and_storing_its_ticket(
    world: World, alice: Actor, room: Channel
) -> None:
    bills, tasks = len(world.providers.runware.bill), set(world.providers.runware.jobs)
    call = world.cut_off(world.providers.runware.faults, carried_out=True, path="/v1$")
    shot = await world.remix(alice, channel=room, backend="runware-v2")
    await world.reached(call)
    await world.restart()
    card = await world.shown(shot)
    job = await world.closed(shot)
    assert room.messages == [card]
    assert (job["settled"], world.used(alice)) == (8, 8)
    (task,) = set(world.providers.runware.jobs) - tasks
    assert task == world.books.one("SELECT key FROM calls WHERE job_id = ?", job["id"])
    assert len(world.providers.runware.bill) == bills + 1


async def test_killed_while_fal_works(world: World, alice: Actor, room: Channel) -> None:
    before = submits(world)
    world.providers.fal.gate.clear()
    shot = await world.remix(alice, channel=room)
    await world.logged("call.accepted", str(world.job(shot)["id"]))
    await world.kill()
    # The work ends while nobody listens.
    world.providers.fal.gate.set()
    async with asyncio.timeout(PATIENCE):
        await world.providers.fal.idle.wait()
    await world.start_bot()
    await made_once(world, shot, room)
    assert submits(world) == before + 1


async def test_killed_while_the_result_is_read(world: World, alice: Actor, room: Channel) -> None:
    before = submits(world)
    fal = world.providers.fal.faults
    reading = world.cut_off(fal, carried_out=True, method="GET", path=r"\.(png|jpe?g|webp)$")
    shot = await world.remix(alice, channel=room)
    await world.reached(reading)
    await world.restart()
    await made_once(world, shot, room)
    assert submits(world) == before + 1


@pytest.mark.parametrize("carried_out", [False, True])
async def test_killed_around_showing_the_result(
    world: World, alice: Actor, room: Channel, carried_out: bool
) -> None:
    before, faults = submits(world), world.discord.faults
    showing = world.cut_off(faults, carried_out=carried_out, method="PATCH", path=ORIGINAL)
    shot = await world.remix(alice, channel=room)
    await world.reached(showing)
    assert world.job(shot)["settled"] == 4
    await world.restart()
    await made_once(world, shot, room)
    assert submits(world) == before + 1


async def test_killed_after_all_was_done(world: World, alice: Actor, room: Channel) -> None:
    shot = await world.remix(alice, channel=room)
    await world.closed(shot)
    card = card_of(shot)
    edits = card.edits
    await world.restart()
    await world.made(alice, channel=room)
    assert card.edits == edits
    assert world.used(alice) == 8


async def test_killed_while_a_cancellation_is_asked_for(
    world: World, alice: Actor, room: Channel
) -> None:
    world.providers.fal.queue_length, world.providers.fal.queue_step = 3, 3600
    fal = world.providers.fal.faults
    stopping = world.cut_off(fal, carried_out=False, method="PUT", path="/cancel$")
    shot = await world.remix(alice, channel=room)
    await world.logged("call.accepted", str(world.job(shot)["id"]))
    await world.press(alice, card_of(shot), "Cancel")
    await world.reached(stopping)
    await world.restart()
    card = await world.ended(shot)
    assert "Cancelled." in text_of(card)
    assert world.used(alice) == 0


async def test_many_jobs_at_every_stage_survive_one_kill(world: World, room: Channel) -> None:
    members = [world.member() for _ in range(6)]
    world.providers.fal.gate.clear()
    shots = [await world.remix(member, channel=room) for member in members]
    await world.logged("call.accepted", str(world.job(shots[2])["id"]))
    await world.kill()
    world.providers.fal.gate.set()
    await world.start_bot()
    jobs = [await world.closed(shot) for shot in shots]
    # What was just being sent may be unknown; everything else is made, and nothing twice.
    assert {job["state"] for job in jobs} <= {"succeeded", "unconfirmed"}
    assert jobs[2]["state"] == "succeeded"
    for job, member in zip(jobs, members, strict=True):
        assert world.used(member) == (4 if job["state"] == "succeeded" else 0)
    assert len(room.messages) == len(shots)
