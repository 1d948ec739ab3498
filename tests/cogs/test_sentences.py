"""Every way in which something can go wrong has a sentence of its own."""

from __future__ import annotations

import pytest

from bot.admission import BarredError, Barrier
from bot.backends.capabilities import Lack
from bot.backends.catalogue import CATALOGUE, by_name
from bot.backends.entry import Feature
from bot.backends.errors import Reason
from bot.errors import TOO_WIDE, UNEXPECTED, explain, explain_end
from bot.images import SENTENCES, Fault
from bot.jobs.record import Failure
from bot.jobs.refusals import (
    ClashError,
    LacksError,
    NotOfferedError,
    OutOfOrderError,
    OverLimitError,
    RefusedError,
    StoppingError,
    TooManyPicturesError,
    TooWideError,
)
from bot.prompts import ForbiddenPromptError
from bot.quotas import Denial
from bot.rules.matcher import Hit
from bot.rules.rule import Rule, RuleKind
from storage.states import JobState
from tests.cogs.jobs import job

BACKEND = CATALOGUE[0]


# What the catalogue's backends do not take together, and what they may not do without.
PAIRS = {pair for entry in CATALOGUE for pair in entry.exclusive}
NEEDED = (Feature.PROMPT, Feature.SOURCE, Feature.SIZE)


def assert_sentence(said: str) -> None:
    assert said.endswith(".")
    assert said[0].isupper() or said.startswith((BACKEND.name, "fal-v3"))
    # No name of our own code, such as style_codes.
    assert "_" not in said
    assert "None" not in said
    assert said != UNEXPECTED


def refusals() -> list[RefusedError]:
    lacks = [
        LacksError(BACKEND, Lack(what=feature, has=has))
        for feature in Feature
        for has in ((), ("fal-v3", "runware-v2"))
    ]
    needs = [LacksError(BACKEND, Lack(what=feature, has=(), needed=True)) for feature in NEEDED]
    clashes = [ClashError(BACKEND, pair) for pair in sorted(PAIRS)]
    absent = [
        kind("fal-v3", offered)
        for kind in (NotOfferedError, OutOfOrderError)
        for offered in ((), ("runware-v2",))
    ]
    denials = [
        OverLimitError(denial, cost=cost, left=left, renews=1, limit=3)
        for denial in Denial
        for cost, left in ((1, 0), (36, 35))
    ]
    barred = [BarredError(barrier, channels=(1, 2), until=1) for barrier in Barrier]
    rule = Rule(id=1, kind=RuleKind.WORDS, text="gore")
    forbidden = ForbiddenPromptError([Hit(rule=rule, found="g0re", why="why")])
    others = [TooWideError(), StoppingError(), TooManyPicturesError(4), forbidden]
    return [*lacks, *needs, *clashes, *denials, *absent, *barred, *others]


@pytest.mark.parametrize("error", refusals(), ids=lambda error: f"{type(error).__name__}-{error}")
def test_every_refusal_is_explained_by_its_own_sentence(error: RefusedError) -> None:
    assert_sentence(explain(error))


def test_each_refusal_reads_differently() -> None:
    said = {explain(error) for error in refusals() if not isinstance(error, OverLimitError)}
    assert len(said) == len(Feature) * 2 + len(NEEDED) + len(PAIRS) + 4 + len(Barrier) + 4
    denied = {
        explain(OverLimitError(denial, cost=1, left=0, renews=1, limit=1)) for denial in Denial
    }
    assert len(denied) == len(Denial)


@pytest.mark.parametrize(
    ("name", "feature", "has", "said"),
    [
        ("fal-v3", Feature.COUNT, ("a",), "makes at most 8 pictures at once. These do more: a."),
        ("fal-v3", Feature.STYLE_CODES, (), "takes at most 4 style codes. Leave some out."),
        ("fal-v3", Feature.REFERENCES, (), "takes at most 4 style references. Leave some out."),
        ("fal-v3", Feature.NEGATIVE, (), "takes at most 2000 characters of a negative prompt."),
        ("fal-v2a", Feature.COUNT, ("a",), "does not make that many pictures at once."),
        ("fal-v2a", Feature.STYLE_CODES, ("a",), "does not take style codes. These do: a."),
    ],
)
def test_who_asks_for_too_many_is_told_the_most(
    name: str, feature: Feature, has: tuple[str, ...], said: str
) -> None:
    sentence = explain(LacksError(by_name(name), Lack(what=feature, has=has)))

    assert sentence.startswith(f"{name} {said}")


@pytest.mark.parametrize("reason", [*Failure, *Reason])
@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED, JobState.UNCONFIRMED])
def test_every_end_is_explained_by_its_own_sentence(state: JobState, reason: str) -> None:
    assert_sentence(explain_end(job(state, reason=reason)))


@pytest.mark.parametrize("fault", Fault)
def test_every_unreadable_picture_is_explained(fault: Fault) -> None:
    said = explain_end(job(JobState.FAILED, reason=f"{Failure.SOURCE_UNREADABLE}:{fault}"))

    assert said == SENTENCES[fault]
    assert_sentence(said)


@pytest.mark.parametrize(
    ("code", "begins"),
    [
        ("damaged:mask", "Mask: "),
        ("damaged:style 2", "Style reference 2: "),
        ("mask_size:640x480 1024x768", "The mask is 640 x 480 pixels and the picture 1024 x 768."),
    ],
)
def test_it_says_which_of_the_pictures_cannot_be_used(code: str, begins: str) -> None:
    said = explain_end(job(JobState.FAILED, reason=f"{Failure.SOURCE_UNREADABLE}:{code}"))

    assert said.startswith(begins)
    assert_sentence(said)


def test_who_asks_for_a_backend_that_is_out_of_order_is_told_which_work() -> None:
    said = explain(OutOfOrderError("fal-v3", ("runware-v2", "ideogram-v2")))

    assert said == "fal-v3 is out of order just now; these work: runware-v2, ideogram-v2."


def test_a_shape_that_is_refused_reads_the_same_before_and_after_the_charge() -> None:
    assert explain(TooWideError()) == TOO_WIDE
    assert explain_end(job(JobState.FAILED, reason=Failure.SOURCE_SHAPE)) == TOO_WIDE


@pytest.mark.parametrize("reason", [None, "", "of another version", "source_unreadable:unheard of"])
def test_what_another_version_wrote_still_gets_a_sentence(reason: str | None) -> None:
    said = explain_end(job(JobState.FAILED, reason=reason))

    assert said in (UNEXPECTED, SENTENCES[Fault.FAILED])
