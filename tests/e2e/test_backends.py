from __future__ import annotations

import json

import pytest

from bot.backends.base import Operation
from bot.backends.catalogue import CATALOGUE, Entry
from bot.backends.entry import Feature
from bot.quotas import price
from sandbox.discord import Actor
from tests.e2e.cards import AFTER, BEFORE, MASK, card_of, decoded, labels, photo, pictures, text_of
from tests.e2e.world import PROMPT, World

REDO = {
    Operation.REMIX: ["Re-roll", "Closer 65", "Bolder 35", "Edit", "More"],
    Operation.GENERATE: ["Re-roll", "Edit", "More"],
    Operation.EDIT: ["Re-roll", "Edit", "More"],
    Operation.REFRAME: ["Re-roll", "More"],
}
# Which model it takes is told by no answer, so it is booked at the dearest one's price.
GUESSED = "ideogram-auto"


def buttons_of(entry: Entry) -> list[str]:
    return [
        label
        for label in REDO[entry.operation]
        if entry.takes(Feature.STRENGTH) or not label.startswith(("Closer", "Bolder"))
    ]


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: f"{entry.operation} {entry.name}")
async def test_a_picture_is_made_shown_and_charged_on_every_backend(
    world: World, alice: Actor, entry: Entry
) -> None:
    before, charged = len(world.discord.requests), world.providers.total
    shot = await world.remix(alice, command=entry.operation, backend=entry.name)
    assert ("Cancel" in labels(card_of(shot))) == entry.cancels
    card = await world.shown(shot)
    job = await world.closed(shot)

    cost = price(entry.price, 1).credits
    assert (PROMPT in text_of(card)) == entry.takes(Feature.PROMPT)
    assert f"**{entry.name}**" in text_of(card)
    assert f"{cost} credits" in text_of(card)
    assert labels(card) == [*buttons_of(entry), "Remix this result", "Delete"]
    assert (job["state"], job["settled"], job["shown"]) == ("succeeded", cost, "yes")
    assert world.used(alice) == cost
    assert entry.name == GUESSED or world.providers.total - charged == entry.price
    assert [decoded(await alice.fetch(url)).size for url in pictures(card, BEFORE)] == [
        decoded(photo()).size for _ in range(entry.takes(Feature.SOURCE))
    ]
    assert len(pictures(card, MASK)) == entry.takes(Feature.MASK)
    after = decoded(await alice.fetch(pictures(card, AFTER)[0]))
    assert f"{after.width} x {after.height}" in text_of(card)
    # The whole of it: the card at once, the result once it is there.
    assert world.asked_of_discord(before) == [
        "POST /interactions/*/*/callback 200",
        "PATCH /webhooks/*/*/messages/@original 200",
    ]
    assert world.channel.messages[-1] is card
    stored = json.loads(job["request"])
    assert (job["token"], stored["operation"]) == (None, entry.operation)
