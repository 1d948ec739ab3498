"""A card says what was chosen, what it cost, and what became of what did not come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.backends.base import Operation, Palette, PictureFormat, Request, Speed, Swatch
from bot.jobs.record import Job, Outcome
from cogs import facts
from tests.cogs.jobs import job, outcome


def made(count: int = 1, **changes: Any) -> Outcome:
    """An outcome of which there is nothing to note, but for the changes."""
    plain = Outcome(results=outcome(count).results, source_type="image/png")
    return replace(plain, **changes)


def notes(came: Outcome, *, count: int = 1, gift: bool = False) -> list[str]:
    asked = Request(backend="fal-v3", prompt="a harbour", count=count)
    return facts.main_notes(job(asked=asked, came=came, gift=gift))


def line(**chosen: Any) -> str:
    asked = replace(Request(backend="fal-v3", prompt="a harbour"), **chosen)
    return facts.order(job(asked=asked))


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"strength": 25}, "strength **25** (Bold)"),
        ({"aspect": "16:9"}, "aspect 16:9"),
        ({"size": "1312x736"}, "size 1312x736"),
        ({"style": "realistic"}, "style realistic"),
        ({"style_preset": "oil-painting"}, "style preset oil-painting"),
        ({"style_codes": ("7A0F33C1", "00FFEE12")}, "style codes 7A0F33C1 00FFEE12"),
        ({"palette": Palette(preset="ember")}, "palette ember"),
        (
            {"palette": Palette(swatches=(Swatch(rgb="FF8800", percent=40), Swatch(rgb="003366")))},
            "palette #FF8800 40, #003366",
        ),
        ({"speed": Speed.TURBO}, "speed turbo"),
        ({"magic_version": "0.3"}, "magic version 0.3"),
        ({"format": PictureFormat.WEBP}, "format webp"),
        ({"quality": 80}, "quality 80"),
        ({"count": 3}, "pictures 3"),
    ],
)
def test_what_was_chosen_is_named(chosen: dict[str, object], said: str) -> None:
    assert said in line(**chosen).split(" · ")


def test_what_was_not_chosen_is_not_named() -> None:
    assert line() == "**fal-v3** · style references 4 · 200000 credits"


def test_the_backend_that_did_it_is_named_with_the_reason() -> None:
    asked = Request(backend="fal-v3", prompt="a harbour")
    shown = job(asked=asked, came=made(backend="runware-v2"))

    assert facts.result(shown).startswith("**runware-v2** · ")
    assert facts.main_notes(shown) == ["Made by runware-v2, because fal-v3 was out of order."]


def test_what_did_not_come_is_counted() -> None:
    assert notes(made(12), count=20) == ["12 of 20 pictures came; the rest was given back."]
    assert notes(made(12, withheld=3, flagged=2), count=20) == [
        "12 of 20 pictures came; the rest was given back.",
        "Withheld for their content: 2.",
        "Withheld or unreadable: 1.",
    ]
    assert notes(made(3, withheld=1, flagged=1, charged_flagged=1), count=4) == [
        "3 of 4 pictures came.",
        "Withheld and charged, as today's refunds of such pictures are used up: 1.",
    ]
    assert notes(made(4), count=4) == []


def test_a_gift_says_so_first() -> None:
    assert notes(made(1), count=2, gift=True)[0] == "This came after the refund, so it is free."


def test_the_providers_own_word_for_a_style_can_not_format() -> None:
    odd = replace(made().results[0], style="**`BOLD`**")
    asked = Request(backend="ideogram-v2", prompt="a harbour")
    shown = facts.result(job(asked=asked, came=made(results=(odd,))))

    assert "made as `**\u02cbbold\u02cb**`" in shown


def test_a_style_that_was_asked_for_is_not_named_twice() -> None:
    same = replace(made().results[0], style="REALISTIC")
    asked = Request(backend="ideogram-v2", prompt="a harbour", style="realistic")

    assert "made as" not in facts.result(job(asked=asked, came=made(results=(same,))))


@pytest.mark.parametrize("operation", Operation)
def test_a_lost_source_is_noted_only_where_there_was_one(operation: Operation) -> None:
    asked = Request(operation=operation, backend="fal-v3", prompt="")
    lost: Job = job(asked=asked, came=made(source_type=None))

    gone = "The source is gone, so it is not shown." in facts.more_notes(lost)
    assert gone == (operation is not Operation.GENERATE)


@pytest.mark.parametrize("operation", [Operation.REMIX, Operation.REFRAME])
def test_a_picture_that_was_carried_on_is_not_called_cropped(operation: Operation) -> None:
    asked = Request(operation=operation, backend="fal-v3", prompt="", aspect="16:9")
    shown: Job = job(asked=asked, came=made(cropped=True, shape="1312x736"))

    cropped = "The provider cropped the source to 1312x736." in facts.more_notes(shown)
    assert cropped == (operation is Operation.REMIX)
