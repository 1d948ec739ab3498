"""Each button of each operation does what it says, also after a restart."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.discord import Actor, Invocation, Message
from tests.e2e.cards import (
    AFTER,
    BEFORE,
    MASK,
    REFERENCES,
    card_of,
    labels,
    pictures,
    said,
    seed_on,
    text_of,
    typed,
)
from tests.e2e.sent import STYLES
from tests.e2e.world import PROMPT, World

OPERATIONS = ("remix", "generate", "edit", "reframe")
# What the form behind Edit is filled with; /reframe has none.
FORMS = {
    "remix": {"prompt": PROMPT, "strength": "50"},
    "generate": {"prompt": PROMPT, "negative": ""},
    "edit": {"prompt": PROMPT},
}


def request_of(world: World, shot: Invocation) -> dict[str, Any]:
    return json.loads(world.job(shot)["request"])


async def shown(member: Actor, card: Message, part: int) -> list[bytes]:
    return [await member.fetch(url) for url in pictures(card, part)]


async def same_inputs(member: Actor, one: Message, other: Message) -> bool:
    parts = (BEFORE, MASK, REFERENCES)
    return all(
        [await shown(member, one, part) == await shown(member, other, part) for part in parts]
    )


@pytest.mark.parametrize("command", OPERATIONS)
async def test_re_roll_asks_for_the_same_with_a_new_seed(
    world: World, alice: Actor, command: str
) -> None:
    card = await world.made(alice, command=command, seed=5)
    again = await world.press(alice, card, "Re-roll")
    other = await world.shown(again)

    assert seed_on(card) == 5 != seed_on(other)
    first = json.loads(world.jobs_of(alice)[0]["request"])
    assert request_of(world, again) == first | {"seed": None}
    assert await same_inputs(alice, card, other)


@pytest.mark.parametrize("command", FORMS)
async def test_edit_has_a_form_of_what_the_backend_takes(
    world: World, alice: Actor, command: str
) -> None:
    card = await world.made(alice, command=command)
    opened = await world.press(alice, card, "Edit")
    assert typed(opened) == FORMS[command]
    sent = await (await alice.submit(opened, {"prompt": "a harbour in fog"})).answered()
    other = await world.shown(sent)

    first = json.loads(world.jobs_of(alice)[0]["request"])
    assert request_of(world, sent) == first | {"prompt": "a harbour in fog"}
    assert await same_inputs(alice, card, other)


@pytest.mark.parametrize("command", OPERATIONS)
async def test_remix_this_result_makes_a_remix_of_whatever_it_was(
    world: World, alice: Actor, command: str
) -> None:
    card = await world.made(alice, command=command, style="design")
    opened = await world.press(alice, card, "Remix this result")
    asked = typed(opened)
    assert asked["prompt"] == ("" if command == "reframe" else PROMPT)
    assert asked["strength"] == "50"
    answers = {"prompt": "the same at night", "strength": "light"}
    other = await world.shown(await (await alice.submit(opened, answers)).answered())

    job = world.jobs_of(alice)[-1]
    request = json.loads(job["request"])
    assert (request["operation"], request["strength"]) == ("remix", 75)
    assert request["backend"] == world.jobs_of(alice)[0]["backend"]
    assert (request["aspect"], request["size"], request["style"]) == (None, None, "design")
    assert await shown(alice, other, BEFORE) == await shown(alice, card, AFTER)
    assert "Closer 90" in labels(other)
    assert f"[this card]({card.link})" in text_of(other)


async def test_remix_this_result_carries_the_style_references_on(
    world: World, alice: Actor
) -> None:
    references: dict[str, Any] = {"reference": STYLES[0], "reference2": STYLES[1]}
    card = await world.made(alice, backend="fal-v3", speed="turbo", **references)
    opened = await world.press(alice, card, "Remix this result")
    other = await world.shown(await (await alice.submit(opened, {})).answered())

    assert await shown(alice, other, REFERENCES) == await shown(alice, card, REFERENCES)
    assert len(pictures(other, REFERENCES)) == 2
    assert json.loads(world.jobs_of(alice)[-1]["request"])["speed"] == "turbo"


@pytest.mark.parametrize("command", OPERATIONS)
async def test_try_again_asks_for_the_same_with_all_its_pictures(
    world: World, alice: Actor, command: str
) -> None:
    down = {"detail": [{"loc": ["body"], "msg": "out of order", "type": "bad_request"}]}
    world.providers.fal.faults.add(method="POST", path="/ideogram/", status=400, body=down)
    shot = await world.remix(alice, command=command)
    failed = await world.ended(shot)
    assert failed.media() == []
    assert PROMPT not in text_of(failed)
    again = await world.press(alice, failed, "Try again")
    other = await world.shown(again)

    assert request_of(world, again) == request_of(world, shot)
    assert len(pictures(other, BEFORE)) == (command != "generate")
    assert len(pictures(other, MASK)) == (command == "edit")


@pytest.mark.parametrize("command", OPERATIONS)
async def test_more_opens_a_panel(world: World, alice: Actor, command: str) -> None:
    card = await world.made(alice, command=command)
    panel = card_of(await world.press(alice, card, "More"))

    assert panel.ephemeral
    assert world.jobs_of(alice)[-1]["backend"] in text_of(panel)


async def test_all_buttons_live_on_after_a_restart(world: World, alice: Actor) -> None:
    cards = {
        command: await world.made(alice, command=command)
        for command in ("generate", "edit", "reframe")
    }
    await world.restart()
    for command, card in cards.items():
        again = await world.press(alice, card, "Re-roll")
        assert await same_inputs(alice, card, await world.shown(again))
        assert request_of(world, again)["operation"] == command
        opened = await world.press(alice, card, "Remix this result")
        assert opened.modal is not None


async def test_what_a_reframe_needs_is_said(world: World, alice: Actor) -> None:
    shot = await world.remix(alice, command="reframe", leave_out=["aspect"])

    assert said(shot) == (
        "fal-v3 needs a new shape. Give an aspect ratio such as 16:9 or a size such as 1312x736."
    )
    assert world.jobs_of(alice) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"aspect": "16:9", "size": "1312x736"},
            "fal-v3 takes an aspect ratio or a size, not both. Leave one out.",
        ),
        (
            {"style": "realistic", "style_codes": "7A0F33C1"},
            "fal-v3 takes style codes or a style, not both. Leave one out.",
        ),
        (
            {"style_codes": "7A0F33C1", "reference": STYLES[0]},
            "fal-v3 takes style codes or style references, not both. Leave one out.",
        ),
        ({"palette": "#FF8800 4"}, "A weight is 5 to 100 in whole percent, or 0.05 to 1"),
        ({"style_codes": "7A0F"}, "A style code is eight of 0-9 and A-F"),
        ({"size": "huge x 7"}, "A size is its width and height in pixels, such as 1312x736."),
        ({"size": "20000x700"}, "fal-v3 does not have that size."),
        ({"speed": "flash"}, "fal-v3 does not have that speed. These do: ideogram-v3-remix."),
        ({"format": "webp"}, "fal-v3 does not have that file format. These do: runware-v2."),
        ({"style_preset": "oil-painting"}, "These do: fal-v3-background, ideogram-v3-remix."),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_what_does_not_fit_is_said_before_any_charge(
    world: World, alice: Actor, options: dict[str, Any], sentence: str
) -> None:
    before = world.books.everything()
    shot = await world.remix(alice, backend="fal-v3", **options)

    assert sentence in said(shot)
    assert world.books.everything() == before
