"""A rule for prompts, and what a moderator may make one of."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.logbook import code
from bot.rules.dense import is_dense
from bot.rules.engine import Pattern, PatternError
from bot.rules.normal import fold
from bot.rules.phrases import words_of
from bot.rules.tables import WILD

LONGEST = 200
"""Characters of a rule."""
LARGEST_PATTERN = 1_500
"""Instructions of a compiled pattern; the longest time that it takes is in proportion to them.

Source: measured with google-re2 1.1.20251105 (2026-11): at worst 18 ms on 2,000 emoji; 60 ms for
`LARGEST_PATTERNS`. Ordinary patterns take a hundredth of that.
"""
LARGEST_PATTERNS = 5_000
"""Instructions of all patterns of a server together."""


class RuleKind(StrEnum):
    """What a rule's text is."""

    WORDS = "words"
    """A word or phrase, found whole: in any disguise, and in its plain plural on -s, -es or -ies.
    Other endings are words of their own. In scripts without spaces, found anywhere."""
    PATTERN = "pattern"
    """A regular expression in RE2's syntax, tried on the prompt as it is and as it is read."""
    EXCEPTION = "exception"
    """A word or phrase in which a hit is forgiven."""


class RuleAction(StrEnum):
    """What happens to a prompt that hits a rule."""

    REFUSE = "refuse"
    REPORT = "report"
    """It is allowed, and reported."""


class RuleError(ValueError):
    """A text that makes no rule; its own text is a sentence that says what to do."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. An exception has an action only in form."""

    id: int
    kind: RuleKind
    text: str
    action: RuleAction = RuleAction.REFUSE


def check_rule(kind: RuleKind, text: str, others: Iterable[Rule] = ()) -> str:
    """Clean what a moderator typed: no control characters, no blanks at the ends, no double ones.

    In a pattern, blanks between other characters stay as they are.

    Args:
        kind: What the text is.
        text: As it was typed.
        others: The server's rules beside this one, whose patterns count against the same limit.

    Raises:
        RuleError: It makes no rule; says what to do.
    """
    cleaned = _cleaned(text)
    if kind is not RuleKind.PATTERN:
        cleaned = " ".join(cleaned.split())
    if not cleaned:
        raise RuleError("A rule needs a text; type a word, a phrase or a pattern.")
    if len(cleaned) > LONGEST:
        raise RuleError(f"A rule has at most {LONGEST} characters; make two of it.")
    if kind is RuleKind.PATTERN:
        _check_pattern(cleaned, others)
    else:
        _check_words(cleaned)
    return cleaned


def _cleaned(text: str) -> str:
    # Halves of surrogate pairs (Cs) cannot be stored, and NUL not in every database.
    kept = (" " if char.isspace() else char for char in text)
    return "".join(char for char in kept if unicodedata.category(char) not in {"Cc", "Cs"}).strip()


def _check_words(text: str) -> None:
    folded = fold(text)
    if is_dense(folded):
        return
    words = words_of(folded)
    if not words:
        raise RuleError("There is no letter or digit in this; make it a pattern to look for signs.")
    if len(words) == 1 and len(words[0].script) == 1:
        raise RuleError("One letter would be found nearly everywhere; type a whole word.")
    if any(sign in word for word in text.split() for sign in WILD if not _at_end(word, sign)):
        raise RuleError("Type every letter of the word; a * or # in a prompt may be any of them.")


def _at_end(word: str, sign: str) -> bool:
    return sign not in word.strip(WILD)


def _check_pattern(text: str, others: Iterable[Rule]) -> None:
    pattern = _compiled(text)
    if any(start == end for probe in (b"", b"a") for start, end in pattern.spans(probe)):
        raise RuleError("This pattern matches nothing at all, and so every prompt; make it longer.")
    if pattern.size > LARGEST_PATTERN:
        raise RuleError("This pattern is too large; repeat less in it, or make two of it.")
    others_size = sum(_compiled(rule.text).size for rule in others if rule.kind is RuleKind.PATTERN)
    if pattern.size + others_size > LARGEST_PATTERNS:
        raise RuleError("The patterns here are too large together; remove one first.")


def _compiled(text: str) -> Pattern:
    try:
        return Pattern(text)
    except PatternError as error:
        raise RuleError(
            f"This pattern does not work ({code(str(error))}). Mend it; look-arounds such as "
            "(?=...) and back-references such as \\1 do not exist here."
        ) from error
