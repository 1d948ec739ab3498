from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord import Actor, Answer, Invocation, Permission
from tests.e2e.cards import (
    AFTER,
    BEFORE,
    card_of,
    labels,
    pictures,
    said,
    seed_on,
    text_of,
    typed,
)
from tests.e2e.world import PROMPT, World


def sent_to_fal(world: World) -> dict[str, Any]:
    """The body of the last work that fal was given."""
    paid = [call for call in world.providers.fal.calls if call.method == "POST" and call.body]
    return next(call.body for call in reversed(paid) if "prompt" in call.body)


async def test_re_roll_makes_another_picture_with_a_new_seed(world: World, alice: Actor) -> None:
    card = await world.made(alice, strength=40)
    shot = await world.press(alice, card, "Re-roll")
    other = await world.shown(shot)
    assert other is not card
    assert seed_on(other) != seed_on(card)
    assert sent_to_fal(world)["strength"] == 0.4
    assert f"[this card]({card.link})" in text_of(other)
    assert world.job(shot)["parent_id"] == world.jobs_of(alice)[0]["id"]
    old, new = [await alice.fetch(pictures(one, AFTER)[0]) for one in (card, other)]
    assert old != new
    # The source is carried on from card to card as it is.
    assert await alice.fetch(pictures(other, BEFORE)[0]) == await alice.fetch(
        pictures(card, BEFORE)[0]
    )


@pytest.mark.parametrize(("label", "strength"), [("Closer 65", 65), ("Bolder 35", 35)])
async def test_closer_and_bolder_change_only_the_strength(
    world: World, alice: Actor, label: str, strength: int
) -> None:
    card = await world.made(alice, style="anime", aspect="1:1")
    before = sent_to_fal(world)
    other = await world.shown(await world.press(alice, card, label))
    after = sent_to_fal(world)
    assert seed_on(other) == seed_on(card) == after["seed"]
    assert after["strength"] == strength / 100
    changed = {"strength", "seed", "image_url"}
    assert {k: v for k, v in after.items() if k not in changed} == {
        k: v for k, v in before.items() if k not in changed
    }
    assert f"strength **{strength}**" in text_of(other)


async def test_closer_and_bolder_are_absent_at_the_ends(world: World, alice: Actor) -> None:
    closest = await world.made(alice, strength=100)
    furthest = await world.made(alice, strength=1)
    almost = await world.made(alice, strength=92)
    always = ["Edit", "More", "Remix this result", "Delete"]
    assert labels(closest) == ["Re-roll", "Bolder 85", *always]
    assert labels(furthest) == ["Re-roll", "Closer 16", *always]
    assert labels(almost) == ["Re-roll", "Closer 100", "Bolder 77", *always]


async def test_edit_opens_a_form_with_what_was_asked_and_makes_what_is_typed(
    world: World, alice: Actor
) -> None:
    card = await world.made(alice, backend="fal-v3", negative="people in the street")
    opened = await world.press(alice, card, "Edit")
    assert typed(opened) == {
        "prompt": PROMPT,
        "strength": "50",
        "negative": "people in the street",
    }
    answers = {"prompt": "a harbour in silver fog", "strength": "bold", "negative": ""}
    shot = await (await alice.submit(opened, answers)).answered()
    other = await world.shown(shot)
    assert "a harbour in silver fog" in text_of(other)
    assert "people in the street" not in text_of(other)
    assert "strength **25** (Bold)" in text_of(other)
    assert sent_to_fal(world)["strength"] == 0.25


@pytest.mark.parametrize("strength", ["0", "101", "strong", "1e2"])
async def test_a_strength_that_is_none_is_explained_and_costs_nothing(
    world: World, alice: Actor, strength: str
) -> None:
    card = await world.made(alice)
    opened = await world.press(alice, card, "Edit")
    shot = await (await alice.submit(opened, {"strength": strength})).answered()
    assert "from 1 to 100" in said(shot)
    assert len(world.jobs_of(alice)) == 1


async def test_a_result_is_the_next_source(world: World, alice: Actor) -> None:
    card = await world.made(alice)
    opened = await world.press(alice, card, "Remix this result")
    shot = await (await alice.submit(opened, {"prompt": "the same harbour at night"})).answered()
    other = await world.shown(shot)
    result = await alice.fetch(pictures(card, AFTER)[0])
    assert await alice.fetch(pictures(other, BEFORE)[0]) == result


async def test_one_of_several_results_is_chosen_in_a_select(world: World, alice: Actor) -> None:
    card = await world.made(alice, backend="fal-v3", count=3)
    assert len(pictures(card, AFTER)) == 3
    assert "Remix this result" not in labels(card)
    select = card.selects()[0]
    assert [option["value"] for option in select.options] == ["1", "2", "3"]
    opened = await (await alice.choose(card, select.custom_id, ["2"])).answered()
    shot = await (await alice.submit(opened, {"prompt": "the second harbour"})).answered()
    other = await world.shown(shot)
    second = await alice.fetch(pictures(card, AFTER)[1])
    assert await alice.fetch(pictures(other, BEFORE)[0]) == second


async def test_delete_is_for_the_requester_and_for_moderators(
    world: World, alice: Actor, bob: Actor
) -> None:
    role = world.guild.add_role("moderators", permissions=Permission.MANAGE_MESSAGES)
    moderator = world.member(roles=[role])
    first, second = await world.made(alice), await world.made(alice)

    refused = await world.press(bob, first, "Delete")
    assert "someone who may manage messages" in said(refused)
    assert not first.deleted

    deleted = await world.press(alice, first, "Delete")
    assert deleted.response_type is Answer.DEFER_UPDATE
    await world.until(lambda: first.deleted, "the requester's deletion")
    await world.press(moderator, second, "Delete")
    await world.until(lambda: second.deleted, "the moderator's deletion")
    # A deleted picture was made all the same.
    assert world.used(alice) == 8


async def test_cancel_before_the_purchase_buys_nothing(world: World, alice: Actor) -> None:
    slow = world.discord.faults.add(path="/ephemeral-attachments/", hold_before=world.event())
    works = len(world.providers.fal.works)
    shot = await world.remix(alice)
    await world.reached(slow)
    pressed = await world.press(alice, card_of(shot), "Cancel")
    assert pressed.response_type is Answer.DEFER_UPDATE
    card = await world.ended(shot)
    assert "Cancelled." in text_of(card)
    assert labels(card) == ["Try again", "Delete"]
    assert world.job(shot)["state"] == "cancelled"
    assert (world.used(alice), len(world.providers.fal.works)) == (0, works)


async def accepted_by_fal(world: World, member: Actor) -> Invocation:
    """A remix that fal has accepted and does not finish."""
    world.providers.fal.gate.clear()
    shot = await world.remix(member)
    await world.until(lambda: world.job(shot).get("state") == "running", "fal's acceptance")
    return shot


async def test_cancel_in_the_providers_queue_stops_it_and_refunds(
    world: World, alice: Actor
) -> None:
    charged = world.providers.total
    world.providers.fal.queue_length, world.providers.fal.queue_step = 3, 3600
    shot = await accepted_by_fal(world, alice)
    card = card_of(shot)
    await world.until(lambda: "3 before this one" in text_of(card), "news of the queue")
    await world.press(alice, card, "Cancel")
    await world.ended(shot)
    assert "Cancelled." in text_of(card)
    assert PROMPT not in text_of(card)
    assert card.media() == []
    assert (world.used(alice), world.providers.total) == (0, charged)


async def test_cancel_while_it_runs_stops_the_provider_and_refunds(
    world: World, alice: Actor
) -> None:
    charged = world.providers.total
    world.providers.fal.stops_running = True
    shot = await accepted_by_fal(world, alice)
    await world.until(world.providers.fal.begun.is_set, "the work to begin")
    await world.press(alice, card_of(shot), "Cancel")
    card = await world.ended(shot)
    assert "Cancelled." in text_of(card)
    assert world.job(shot)["state"] == "cancelled"
    assert (world.used(alice), world.providers.total) == (0, charged)


async def test_a_stranger_cannot_cancel(world: World, alice: Actor, bob: Actor) -> None:
    shot = await accepted_by_fal(world, alice)
    refused = await world.press(bob, card_of(shot), "Cancel")
    assert "someone who may manage messages" in said(refused)
    assert world.job(shot)["cancel"] == 0
    world.providers.fal.gate.set()
    await world.shown(shot)


async def test_what_the_provider_does_not_stop_is_shown_and_charged(
    world: World, alice: Actor
) -> None:
    refusal = {"status": "ALREADY_COMPLETED"}
    asked = world.providers.fal.faults.add(method="PUT", path="/cancel$", status=400, body=refusal)
    shot = await accepted_by_fal(world, alice)
    await world.press(alice, card_of(shot), "Cancel")
    await world.reached(asked)
    world.providers.fal.gate.set()
    await world.shown(shot)
    assert world.used(alice) == 4


async def test_what_cannot_be_stopped_says_so(world: World, alice: Actor) -> None:
    world.providers.ideogram.gate.clear()
    shot = await world.remix(alice, backend="ideogram-v2")
    await world.until(lambda: world.job(shot).get("state") == "submitting", "the paid call")
    card = card_of(shot)
    # The button of an older view of the card, from when there was no room at the provider.
    row = {"type": 1, "id": 90, "components": [forged_cancel(world.job(shot)["id"])]}
    card.kept_components[0]["components"].append(row)
    refused = await world.press(alice, card, "Cancel")
    assert "cannot be stopped" in said(refused)
    world.providers.ideogram.gate.set()
    await world.shown(shot)


def forged_cancel(job_id: str) -> dict[str, Any]:
    """A Cancel button as Discord keeps it."""
    name = f"remix:cancel:{job_id}"
    return {"type": 2, "id": 91, "style": 2, "label": "Cancel", "custom_id": name}


async def test_try_again_makes_what_had_failed(world: World, alice: Actor) -> None:
    refused = {"detail": [{"loc": ["body"], "msg": "not so", "type": "bad_request"}]}
    world.providers.fal.faults.add(method="POST", path="/remix$", status=400, body=refused)
    shot = await world.remix(alice, seed=77)
    failed = await world.ended(shot)
    assert "did not accept these options" in text_of(failed)
    again = await world.press(alice, failed, "Try again")
    card = await world.shown(again)
    assert seed_on(card) == 77
    assert card is not failed
    assert [job["state"] for job in world.jobs_of(alice)] == ["failed", "succeeded"]
    assert world.used(alice) == 4
