"""What a member typed comes back from a card as it was, and a button's id as what it names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import strength
from cogs import text
from cogs.ids import Action, CustomId
from tests.cogs.jobs import job, outcome

JOB = "0123456789abcdef"
ids = st.builds(
    CustomId,
    action=st.sampled_from(Action),
    job_id=st.text("0123456789abcdef", min_size=16, max_size=16),
    picture=st.none() | st.integers(0, 99),
)


@given(st.text())
@example("")
@example("```\nfence\n```")
@example("\n```\n")
@example("ends in \\")
def test_a_text_comes_back_from_its_block(typed: str) -> None:
    block = text.block(typed)

    assert len(block) == len(typed) + 8
    assert block.startswith("```\n")
    assert block.endswith("\n```")
    assert "`" not in block[3:-3]
    # The look-alike itself comes back as a grave accent: the one thing that is not told apart.
    assert text.unblock(block) == typed.replace(text.LOOKALIKE, "`")


@pytest.mark.parametrize(
    "content", ["", "```", "a harbour", "```\nopen", "closed\n```", "``\nx\n``"]
)
def test_what_is_no_block_is_none(content: str) -> None:
    assert text.unblock(content) is None


@given(ids)
def test_an_id_is_read_as_what_it_names(named: CustomId) -> None:
    assert CustomId.parse(str(named)) == named
    assert len(str(named)) <= 100


@given(st.text())
@example("")
@example("remix")
@example(f"remix:dance:{JOB}")
@example(f"remix:edit:{JOB[1:]}")
@example(f"remix:edit:{JOB}0")
@example(f"remix:edit:{JOB.upper()}")
@example(f"remix:edit:{JOB}:")
@example(f"remix:edit:{JOB}:100")
@example(f"remix:edit:{JOB}:-1")
@example(f"remix:edit:{JOB}:\u0661")
@example(f"remix:edit:{JOB}\n")
@example(f" remix:edit:{JOB}")
@example(f"remix:EDIT:{JOB}")
@example(f"remix-pick:{JOB}:1")
def test_what_is_no_id_of_ours_is_none(junk: str) -> None:
    assert CustomId.parse(junk) is None


@given(ids, st.characters(), st.integers(0, 40))
def test_an_id_with_a_sign_too_many_names_nothing_else(
    named: CustomId, sign: str, place: int
) -> None:
    changed = str(named)[:place] + sign + str(named)[place:]
    read = CustomId.parse(changed)

    # One more digit of the picture, or a zero before it, is an id again; nothing else is.
    assert read is None or (read.job_id, read.action) == (named.job_id, named.action)


@given(st.integers(strength.LEAST, strength.MOST))
def test_a_button_goes_one_step_and_stays_within_bounds(value: int) -> None:
    closer, bolder = strength.closer(value), strength.bolder(value)

    assert closer == (None if value == 100 else min(100, value + 15))
    assert bolder == (None if value == 1 else max(1, value - 15))


def test_the_steps_have_names_and_stand_beside_their_numbers() -> None:
    named = {value: name for value in range(1, 101) if (name := strength.name_of(value))}

    assert named == {90: "Subtle", 75: "Light", 50: "Balanced", 25: "Bold", 10: "Wild"}
    assert text.strength(25) == "**25** (Bold)"
    assert text.strength(26) == "**26**"


def test_each_seed_is_named_once_and_of_many_only_some() -> None:
    seeds = [f"`{2**31 - 1 - number}`" for number in range(1, 21)]
    same = outcome(1).results * 3

    assert text.seeds(job(came=outcome(8))) == ", ".join(seeds[:8])
    assert text.seeds(job(came=outcome(20))) == f"{', '.join(seeds[:8])} and 12 more"
    assert text.seeds(job(came=replace(outcome(1), results=same))) == seeds[0]
    assert text.seeds(job(came=None)) == ""
