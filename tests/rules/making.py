"""Rules and matchers for the tests."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.rules.matcher import Matcher
from bot.rules.rule import Rule, RuleKind
from tests.rules.innocents import EXCEPTIONS
from tests.rules.listed import LISTED


def words(*texts: str) -> list[Rule]:
    return [Rule(id=at, kind=RuleKind.WORDS, text=text) for at, text in enumerate(texts, 1)]


def exceptions(*texts: str) -> list[Rule]:
    return [Rule(id=at, kind=RuleKind.EXCEPTION, text=text) for at, text in enumerate(texts, 101)]


def patterns(*texts: str) -> list[Rule]:
    return [Rule(id=at, kind=RuleKind.PATTERN, text=text) for at, text in enumerate(texts, 201)]


def hit(rules: list[Rule], prompt: str) -> list[str]:
    """The texts of the rules that a prompt hits."""
    return [hit.rule.text for hit in Matcher(rules).hits(prompt)]


def typical() -> Matcher:
    """A typical server's list: 40 words and phrases, and what they must not refuse."""
    return Matcher([*words(*LISTED), *exceptions(*EXCEPTIONS)])


def quickest(work: Callable[[], object], *, within: float, tries: int = 50) -> float:
    """Seconds of the best of several runs, so that a busy machine does not count.

    Ends with the first that is within the bound.
    """
    best = float("inf")
    for _ in range(tries):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
        if best < within:
            break
    return best
