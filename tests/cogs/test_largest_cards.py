"""The largest card of every state stays within what Discord takes for one message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.backends.base import Queued, Running
from bot.backends.catalogue import CATALOGUE
from bot.backends.errors import Reason
from bot.images import Fault
from bot.jobs.presenter import News, NotStopped, WaitingForRoom
from bot.jobs.record import Failure, Outcome
from cogs import cards, text
from cogs.cards import Card, OnCard
from sandbox.discord.rules import check_message
from storage.states import JobState
from tests.cogs.jobs import BACKEND, REWRITTEN, SECOND, job, outcome, request

MOST_TEXT, MOST_COMPONENTS = 4000, 40
NEWS: tuple[News | None, ...] = (
    None,
    Running(),
    Queued(position=None),
    Queued(position=10**9),
    WaitingForRoom(),
    NotStopped(),
)
LINK = text.message_link(2**64 - 1, 2**64 - 1, 2**64 - 1)


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        yield component
        yield from walk(component.get("components", []))
        yield from walk([component["accessory"]] if "accessory" in component else [])


def texts(card: Card) -> list[str]:
    return [part["content"] for part in walk(card.to_components()) if "content" in part]


def assert_fits(card: Card, *files: str) -> None:
    """Check a card by Discord's numbers, and by all that the stand-in knows besides."""
    components = card.to_components()
    assert sum(map(len, texts(card))) <= MOST_TEXT
    assert len(list(walk(components))) <= MOST_COMPONENTS
    payload = {"components": components, "flags": 1 << 15}
    problems = check_message(payload, files=list(files), kept=[], editing=False, v2_before=False)
    assert problems == []


def done(
    came: Outcome, *, on_card: int, links: int = 0, gift: bool = False, inputs: int = 6
) -> tuple[Card, list[str]]:
    """The card of a job that succeeded, and the files that it shows."""
    files = ["before.png", "mask.png", *(f"style-{number}.png" for number in range(1, 5))][:inputs]
    if came.source_type is None:
        files = files[1:]
    sources = {name.partition(".")[0]: f"attachment://{name}" for name in files}
    named = [(number, f"attachment://after-{number}.png") for number in range(1, on_card + 1)]
    shown = OnCard(
        before=sources.get("before"),
        mask=sources.get("mask"),
        references=[media for name, media in sources.items() if name.startswith("style")],
        after=named,
    )
    card = cards.done(job(came=came, gift=gift), BACKEND, shown, [LINK] * links)
    return card, [*files, *(media.removeprefix("attachment://") for _, media in named)]


@pytest.mark.parametrize("news", NEWS, ids=repr)
@pytest.mark.parametrize(
    "entry", [*CATALOGUE, None], ids=lambda one: one and f"{one.name}-{one.operation}"
)
def test_a_waiting_card_fits(entry: Any, news: News | None) -> None:
    assert_fits(cards.waiting(job(JobState.QUEUED), entry, news))


@pytest.mark.parametrize("gift", [False, True])
@pytest.mark.parametrize("source_type", ["image/png", None])
@pytest.mark.parametrize(
    ("on_card", "links", "inputs"), [(1, 0, 6), (4, 2, 6), (9, 2, 1), (1, 19, 6), (0, 20, 6)]
)
def test_a_card_fits_with_its_pictures_and_the_whole_prompts(
    on_card: int, links: int, inputs: int, source_type: str | None, gift: bool
) -> None:
    came = outcome(20 if links else on_card, source_type=source_type)
    card, files = done(came, on_card=on_card, links=links, gift=gift, inputs=inputs)

    assert_fits(card, *files)
    shown = texts(card)
    assert text.block(request().prompt) in shown
    assert text.block(request().negative or "") in shown
    # What was charged and who made it is told, though all else has no room.
    (notes,) = [content for content in shown if "Made by" in content]
    assert SECOND.name in notes
    assert "Withheld and charged" in notes
    assert ("it is free" in notes) == gift


def test_notes_that_a_card_has_room_for_are_all_there() -> None:
    asked = request(prompt="a harbour", negative=None)
    came = outcome(1, source_type=None)
    shown = OnCard(after=[(1, "attachment://after-1.png")])
    card = cards.done(job(asked=asked, came=came), BACKEND, shown)

    said = "\n".join(texts(card))
    for note in ("The source is gone", "Made from", "cropped the source", "was animated"):
        assert f"-# {note}" in said or note in said


def test_links_that_fit_are_whole_and_in_order() -> None:
    asked = request(palette=None, style_codes=())
    shown = OnCard(after=[(1, "attachment://after-1.png")])
    card = cards.done(job(asked=asked, came=outcome()), BACKEND, shown, [LINK] * 9)

    (line,) = [content for content in texts(card) if "More pictures" in content]
    numbered = line.removeprefix("-# More pictures below: ").split(" ")
    assert 1 <= len(numbered) < 9
    assert numbered == [f"[{number}]({LINK})" for number in range(2, 2 + len(numbered))]


def test_all_links_stand_on_a_card_of_usual_length() -> None:
    shown = OnCard(after=[(1, "attachment://after-1.png")])
    usual = job(asked=request(prompt="a harbour", negative=None), came=outcome())
    card = cards.done(usual, BACKEND, shown, [LINK] * 9)

    (line,) = [content for content in texts(card) if "More pictures" in content]
    assert line.count(LINK) == 9
    assert_fits(card, "after-1.png")


@pytest.mark.parametrize("length", [1, 500, 1500, 2000])
def test_a_rewritten_prompt_is_shown_as_far_as_there_is_room(length: int) -> None:
    asked = request(prompt="p" * length, negative=None)
    shown = OnCard(after=[(1, "attachment://after-1.png")])
    card = cards.done(job(asked=asked, came=outcome(1)), BACKEND, shown)

    assert_fits(card, "after-1.png")
    said = text.unblock(texts(card)[-1]) or ""
    whole = length <= 500
    assert said == REWRITTEN if whole else said == REWRITTEN[: len(said) - 1] + "…"
    # No room is given away.
    assert whole or sum(map(len, texts(card))) == MOST_TEXT


@pytest.mark.parametrize("part", [1, 19])
@pytest.mark.parametrize("count", [1, 10])
def test_a_further_message_fits(part: int, count: int) -> None:
    came = outcome(count)
    named = [(number, f"attachment://after-{number}.png") for number in range(1, count + 1)]
    card = cards.further(job(came=came), part, named)

    assert_fits(card, *(f"after-{number}.png" for number, _ in named))


@pytest.mark.parametrize(
    "reason",
    [*Failure, *Reason, *(f"{Failure.SOURCE_UNREADABLE}:{fault}" for fault in Fault)],
)
@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED, JobState.UNCONFIRMED])
def test_the_card_of_a_job_that_came_to_nothing_fits_and_hides_the_prompts(
    state: JobState, reason: str
) -> None:
    card = cards.ended(job(state, reason=reason))

    assert_fits(card)
    assert not any(request().prompt in content for content in texts(card))


def test_a_quote_fits() -> None:
    sentence = "This costs 200000 of your 200000 credits."
    card = cards.quote("f" * 16, sentence)

    assert_fits(card)
    assert texts(card) == [sentence]
