from __future__ import annotations

import pytest

from tests.rules.evasions import EVASIONS
from tests.rules.innocents import INNOCENTS
from tests.rules.listed import LISTED
from tests.rules.making import quickest, typical

A_MILLISECOND = 0.001


def test_every_evasion_of_a_listed_word_is_caught() -> None:
    matcher = typical()

    missed = [
        (prompt, word)
        for prompt, word in EVASIONS
        if word not in [hit.rule.text for hit in matcher.hits(prompt)]
    ]

    assert missed == []


def test_no_innocent_prompt_is_hit() -> None:
    matcher = typical()

    hit = [(prompt, hit.why) for prompt in INNOCENTS for hit in matcher.hits(prompt)]

    assert hit == []


def test_each_of_the_prompts_takes_under_a_millisecond() -> None:
    matcher = typical()

    slow = [
        (prompt, seconds)
        for prompt in (*INNOCENTS, *(prompt for prompt, _ in EVASIONS))
        if (seconds := quickest(lambda p=prompt: matcher.hits(p), within=A_MILLISECOND))
        >= A_MILLISECOND
    ]

    assert slow == []


def test_the_lists_are_as_long_as_they_promise_and_repeat_nothing() -> None:
    assert len(LISTED) == len(set(LISTED)) == 40
    assert len(EVASIONS) == len(set(EVASIONS)) >= 200
    assert len(INNOCENTS) == len(set(INNOCENTS)) >= 200


@pytest.mark.parametrize("prompt", ["grass", "a brass band", "class", "Picasso", "gr4ss", "gra$$"])
def test_ass_never_blocks_grass(prompt: str) -> None:
    assert typical().hits(prompt) == ()
