"""The largest cards hold all that they were made from, for years and without the database."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.discord import Actor, Invocation, Message
from tests.e2e.cards import (
    AFTER,
    BEFORE,
    MASK,
    NEGATIVE_TEXT,
    PROMPT_TEXT,
    REFERENCES,
    card_of,
    pictures,
    said,
    typed,
)
from tests.e2e.sent import REFERRED
from tests.e2e.world import World

LONG, NEGATIVE = "p" * 1990 + " a harbour", "n" * 1000


async def shown(member: Actor, card: Message, part: int) -> list[bytes]:
    return [await member.fetch(url) for url in pictures(card, part)]


def request_of(world: World, shot: Invocation) -> dict[str, Any]:
    return json.loads(world.job(shot)["request"])


async def started(world: World, member: Actor, shot: Invocation) -> Invocation:
    """Press Start where the price was said first."""
    card = card_of(shot)
    return await world.press(member, card, "Start") if card.ephemeral else shot


def further(world: World, card: Message) -> list[Message]:
    return [m for m in world.channel.messages if m.id > card.id and m.media() and m.nonce]


async def test_twenty_pictures_with_long_prompts_and_four_references(
    world: World, alice: Actor
) -> None:
    options = {"backend": "runware-v2", "count": 20, "negative": NEGATIVE, **REFERRED}
    quote = await world.remix(alice, LONG, **options)
    assert "This costs 160 of your 400 credits." in said(quote)
    shot = await world.press(alice, card_of(quote), "Start")
    card = await world.shown(shot)
    rest = further(world, card)
    assert [len(pictures(message, AFTER)) for message in (card, *rest)] == [5, 10, 5]
    assert [len(pictures(card, part)) for part in (BEFORE, MASK, REFERENCES)] == [1, 0, 4]
    references = await shown(alice, card, REFERENCES)
    await world.drop_prompts(shot)

    # A select on a further message has neither prompt nor references beside it.
    select = rest[1].selects()[0]
    opened = await (await alice.choose(rest[1], select.custom_id, ["18"])).answered()
    assert typed(opened) == {"prompt": LONG, "strength": "50", "negative": NEGATIVE}
    sent = await (await alice.submit(opened, {"prompt": "the eighteenth"})).answered()
    draft = world.books.one(
        "SELECT source FROM drafts WHERE user_id = ? ORDER BY created DESC", alice.id
    )
    assert "This costs 160 of your 240 credits." in said(sent)
    named = json.loads(draft)
    assert await alice.fetch(named["source"]["url"]) == (await shown(alice, rest[1], AFTER))[2]
    assert [await alice.fetch(one["url"]) for one in named["references"]] == references

    again = await started(world, alice, await world.press(alice, card, "Re-roll"))
    other = await world.shown(again)
    request = request_of(world, again)
    assert (request["prompt"], request["negative"], request["count"]) == (LONG, NEGATIVE, 20)
    assert await shown(alice, other, REFERENCES) == references
    assert await shown(alice, other, BEFORE) == await shown(alice, card, BEFORE)


async def test_an_edit_with_mask_and_four_references_and_eight_pictures(
    world: World, alice: Actor
) -> None:
    options = {"command": "edit", "backend": "fal-v3", "count": 8, "speed": "turbo", **REFERRED}
    shot = await started(world, alice, await world.remix(alice, LONG, **options))
    card = await world.shown(shot)
    inputs = [await shown(alice, card, part) for part in (BEFORE, MASK, REFERENCES)]
    assert [len(found) for found in inputs] == [1, 1, 4]
    assert [len(pictures(message, AFTER)) for message in (card, *further(world, card))] == [4, 4]
    await world.drop_prompts(shot)

    works = len(world.providers.fal.works)
    again = await started(world, alice, await world.press(alice, card, "Re-roll"))
    other = await world.shown(again)
    request = request_of(world, again)
    assert (request["operation"], request["prompt"], request["seed"]) == ("edit", LONG, None)
    assert [await shown(alice, other, part) for part in (BEFORE, MASK, REFERENCES)] == inputs
    assert len(world.providers.fal.works) == works + 1


@pytest.mark.parametrize("sign", ["p", "`", "\N{ARTIST PALETTE}"])
async def test_a_card_without_a_source_with_long_texts_is_accepted_and_read_back(
    world: World, alice: Actor, sign: str
) -> None:
    shot = await world.remix(alice, sign * 2000, command="generate", negative=sign * 1000)
    card = await world.shown(shot)
    assert card.text(PROMPT_TEXT) is not None
    assert card.text(NEGATIVE_TEXT) is not None
    await world.drop_prompts(shot)

    again = await world.press(alice, card, "Re-roll")
    await world.shown(again)
    request = request_of(world, again)
    assert (request["prompt"], request["negative"]) == (sign * 2000, sign * 1000)
