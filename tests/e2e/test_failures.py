from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from sandbox.discord import Actor
from tests.e2e.cards import AFTER, labels, pictures, said, text_of
from tests.e2e.world import World


class Failing(NamedTuple):
    """What a provider does, and what its member reads."""

    backend: str
    trigger: str
    sentence: str
    billed: int = 0
    """US cents that the operator may have to pay all the same."""


CASES = (
    Failing("fal-v2a", "policy", "refused the prompt or the picture for its content", 4),
    Failing("ideogram-v2", "policy", "refused the prompt or the picture for its content"),
    Failing("ideogram-v2", "policyimage", "refused the prompt or the picture for its content"),
    Failing("ideogram-v2", "unsafe", "withheld the result for its content", 8),
    Failing("fal-v2-turbo", "down", "The provider failed."),
    Failing("fal-v3", "timeout", "The provider failed."),
    Failing("fal-v3", "gone", "The provider's picture could not be read.", 6),
    Failing("ideogram-v2", "garbage", "The provider's picture could not be read.", 8),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.backend} {case.trigger}")
async def test_a_failure_is_one_sentence_a_refund_and_try_again(
    world: World, alice: Actor, case: Failing
) -> None:
    spent = day(world)
    prompt = f"a harbour __{case.trigger}__"
    shot = await world.remix(alice, prompt, backend=case.backend)
    card = await world.ended(shot)
    job = await world.closed(shot)
    assert case.sentence in text_of(card)
    assert "Nothing was charged." in text_of(card)
    assert "harbour" not in text_of(card)
    assert labels(card) == ["Try again", "Delete"]
    assert (job["state"], world.used(alice)) == ("failed", 0)
    assert day(world) - spent == case.billed * 10_000
    # The buttons of a failed card are for all, too.
    again = await world.press(world.member(), card, "Try again")
    await world.ended(again)


def day(world: World) -> int:
    """Millionths of a dollar that count against the operator's day."""
    return world.books.one("SELECT used FROM budgets WHERE scope = 'operator_day'") or 0


async def test_ideograms_error_of_its_own_leaves_it_open_whether_it_was_made(
    world: World, alice: Actor
) -> None:
    shot = await world.remix(alice, "a harbour __down__", backend="ideogram-v2")
    card = await world.ended(shot)
    job = await world.closed(shot)
    assert job["state"] == "unconfirmed"
    assert "nobody knows whether the picture was made" in text_of(card)
    assert world.used(alice) == 0
    works = [call for call in world.providers.ideogram.calls if call.body]
    assert sum("a harbour __down__" in str(call.body) for call in works) == 1


async def test_what_was_withheld_is_not_charged_and_the_rest_is_shown(
    world: World, alice: Actor
) -> None:
    prompt = "a harbour __mixed__"
    shot = await world.remix(alice, prompt, backend="ideogram-v2", count=2)
    card = await world.shown(shot)
    await world.closed(shot)
    assert len(pictures(card, AFTER)) == 1
    assert "1 of 2 pictures came; the rest was given back." in text_of(card)
    assert "Withheld for their content: 1." in text_of(card)
    assert world.used(alice) == 8


async def test_a_provider_out_of_reach_is_waited_for(world: World, alice: Actor) -> None:
    async with world.providers.fal.unreachable():
        shot = await world.remix(alice)
        await world.logged("call.unavailable", str(world.job(shot)["id"]))
        assert shot.message is not None
        message = shot.message
        await world.until(lambda: "no room just now" in text_of(message), "news of it")
        assert "Cancel" in labels(message)
    await world.shown(shot)
    await world.closed(shot)
    assert world.used(alice) == 4


async def test_what_a_backend_lacks_is_said_before_any_charge(world: World, alice: Actor) -> None:
    asked: dict[str, tuple[Any, str, str]] = {
        "negative": (
            "people",
            "does not take a negative prompt",
            "fal-v3, runware-v2, ideogram-v2",
        ),
        "count": (2, "does not make that many pictures", "fal-v3, runware-v2, ideogram-v2"),
        "style": ("fiction", "does not have that style", "runware-v2, ideogram-v2"),
        "aspect": ("7:5", "does not have that aspect ratio", "leave it out"),
    }
    for option, (value, sentence, others) in asked.items():
        shot = await world.remix(alice, **{option: value})
        assert sentence in said(shot)
        assert others in said(shot)
    unknown = await world.remix(alice, backend="fal-v9")
    assert "these work: fal-v2a, fal-v3" in said(unknown)
    seeded = await world.remix(alice, backend="runware-v2", seed=1)
    assert "does not take a seed" in said(seeded)
    many = await world.remix(alice, backend="fal-v3", count=9)
    assert "fal-v3 makes at most 8 pictures at once. These do more: runware-v2." in said(many)
    codes = " ".join(f"7A0F33C{number}" for number in range(5))
    coded = await world.remix(alice, backend="fal-v3", style_codes=codes)
    assert "fal-v3 takes at most 4 style codes. Leave some out." in said(coded)
    assert world.jobs_of(alice) == []
