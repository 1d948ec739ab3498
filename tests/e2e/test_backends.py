from __future__ import annotations

import json

import pytest

from bot.backends.catalogue import CATALOGUE, Entry
from bot.quotas import price
from sandbox.discord import Actor
from tests.e2e.cards import AFTER, BEFORE, card_of, decoded, labels, photo, pictures, text_of
from tests.e2e.world import PROMPT, World


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
async def test_a_remix_is_made_shown_and_charged_on_every_backend(
    world: World, alice: Actor, entry: Entry
) -> None:
    before, charged = len(world.discord.requests), world.providers.total
    shot = await world.remix(alice, backend=entry.name)
    assert ("Cancel" in labels(card_of(shot))) == entry.cancels
    card = await world.shown(shot)
    job = await world.closed(shot)

    cost = price(entry.price, 1).credits
    assert PROMPT in text_of(card)
    assert f"**{entry.name}**" in text_of(card)
    assert f"{cost} credits" in text_of(card)
    assert (job["state"], job["settled"], job["shown"]) == ("succeeded", cost, "yes")
    assert world.used(alice) == cost
    assert world.providers.total - charged == entry.price
    source = decoded(await alice.fetch(pictures(card, BEFORE)[0]))
    assert source.size == decoded(photo()).size
    after = decoded(await alice.fetch(pictures(card, AFTER)[0]))
    assert f"{after.width} x {after.height}" in text_of(card)
    # The whole of it: the card at once, the result once it is there.
    assert world.asked_of_discord(before) == [
        "POST /interactions/*/*/callback 200",
        "PATCH /webhooks/*/*/messages/@original 200",
    ]
    assert world.channel.messages[-1] is card
    assert (job["token"], json.loads(job["request"])["prompt"]) == (None, PROMPT)
