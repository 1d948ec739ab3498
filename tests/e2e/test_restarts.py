"""Orderly stops, and what members hold in their hands across them."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.discord import Actor
from tests.e2e.cards import AFTER, card_of, labels, pictures, seed_on, text_of
from tests.e2e.world import World


async def test_a_remix_under_way_goes_on_and_old_buttons_and_forms_work(
    world: World, alice: Actor
) -> None:
    old = await world.made(alice, backend="fal-v3", count=2)
    opened = await world.press(alice, old, "Edit")
    select = old.selects()[0]
    picked = await (await alice.choose(old, select.custom_id, ["2"])).answered()
    world.providers.fal.gate.clear()
    running = await world.remix(alice)
    await world.until(lambda: world.job(running).get("state") == "running", "fal's acceptance")
    await world.stop()
    world.providers.fal.gate.set()
    await world.start_bot()

    again = await world.press(alice, old, "Re-roll")
    edited = await (await alice.submit(opened, {"prompt": "typed before the restart"})).answered()
    chosen = await (await alice.submit(picked, {"prompt": "chosen before it"})).answered()
    chosen_later = await (await alice.choose(old, select.custom_id, ["1"])).answered()
    for shot in (running, again, edited, chosen):
        await world.shown(shot)
    assert "typed before the restart" in text_of(card_of(edited))
    assert chosen_later.modal is not None
    assert world.used(alice) == 12 + 4 + 12 * 3


async def test_a_stop_waits_for_ideograms_open_call_and_shows_its_result_afterwards(
    world: World, alice: Actor
) -> None:
    ideogram = world.providers.ideogram
    bills = len(ideogram.bill)
    ideogram.gate.clear()
    ideogram.begun.clear()
    shot = await world.remix(alice, backend="ideogram-v2")
    async with asyncio.timeout(10):
        await ideogram.begun.wait()
    world.bot.terminate()
    await world.logged("bot.stopping")
    # Whoever is impatient changes nothing by asking again.
    world.bot.terminate()
    refused = await world.remix(world.member())
    assert "about to restart" in text_of(card_of(refused))
    assert world.running
    assert card_of(shot).media() == []
    ideogram.gate.set()
    assert await world.bot.exited() == 0
    await world.discord.offline()
    assert world.job(shot)["state"] == "running"
    assert world.books.one("SELECT ticket FROM calls WHERE job_id = ?", world.job(shot)["id"])
    await world.start_bot()
    card = await world.shown(shot)
    assert pictures(card, AFTER)
    assert (world.used(alice), len(ideogram.bill)) == (8, bills + 1)


@pytest.mark.parametrize("stage", ["idle", "source", "card", "fal", "show"])
async def test_a_stop_takes_no_eight_seconds_when_nothing_open_would_be_lost(
    world: World, alice: Actor, stage: str
) -> None:
    discord, fal = world.discord.faults, world.providers.fal
    cut, shot = None, None
    match stage:
        case "source":
            cut = world.cut_off(discord, carried_out=False, path="^/ephemeral-attachments/")
        case "card":
            cut = world.cut_off(discord, carried_out=True, path="/callback$")
        case "show":
            cut = world.cut_off(discord, carried_out=False, path="@original$")
        case _:
            fal.gate.clear()
    if cut is not None:
        shot = await world.order(alice)
        await world.reached(cut)
    elif stage == "fal":
        shot = await world.remix(alice)
        await world.logged("call.accepted", str(world.job(shot)["id"]))
    assert await world.stop() < 8
    world.release()
    await world.start_bot()
    if shot is not None:
        await world.shown(shot)
        assert world.used(alice) == 4


async def test_a_stop_while_the_bot_starts_ends_it_without_a_fault(own_world: World) -> None:
    world = own_world
    sent = world.discord.faults.add(method="PUT", path="/commands$", hold_before=world.event())
    await world.launch()
    await world.reached(sent)
    world.bot.terminate()

    assert await world.bot.exited() == 0
    faults = [line for line in world.lines if " ERROR " in line or " CRITICAL " in line]
    assert faults == []
    assert world.discord.gateway.identifies == 0
    world.release()
    await world.start_bot()
    await world.made(world.member())


async def test_a_gateway_that_drops_and_resumes_loses_no_click(world: World, alice: Actor) -> None:
    card = await world.made(alice, seed=5)
    resumes = world.discord.gateway.resumes
    world.discord.drop_gateway()
    # Discord keeps what happens meanwhile, and sends it when the bot resumes.
    click = await alice.click(card, "Re-roll")
    await world.until(lambda: world.discord.gateway.resumes > resumes, "the bot to resume")
    other = await world.shown(await click.answered())
    assert seed_on(other) != 5
    assert "Re-roll" in labels(other)
    assert world.used(alice) == 8
