"""What a prompt hits among the rules of a server, and why."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from bot.rules.dense import DensePhrases, is_dense
from bot.rules.engine import Pattern, characters, encoded
from bot.rules.normal import Folded, fold, visible
from bot.rules.phrases import Phrases, words_of
from bot.rules.rule import Rule, RuleKind

LONGEST_FOUND = 100
"""Characters of a prompt that a hit shows."""
_LONGEST_QUOTED = 40
_MOST_FORGIVEN = 20
"""Matches of patterns that exceptions may forgive in a prompt: each takes another search."""

_Span = tuple[int, int]
"""From and to, in characters of the prompt as it was written."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A rule that a prompt hits, and the first place where it does."""

    rule: Rule
    found: str
    """That piece of the prompt as it was written, at most `LONGEST_FOUND` characters."""
    why: str
    """A short sentence for moderators."""


class Matcher:
    """The rules of a server, ready to be tried on prompts; build it once for each set of rules.

    The time for a prompt is in proportion to its length, whatever the rules and the prompt are.

    Raises:
        PatternError: A rule is a pattern that `check_rule` would have refused.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._patterns = [
            (number, Pattern(rule.text))
            for number, rule in enumerate(self._rules)
            if rule.kind is RuleKind.PATTERN
        ]
        texts = [
            (number, fold(rule.text))
            for number, rule in enumerate(self._rules)
            if rule.kind is not RuleKind.PATTERN
        ]
        self._dense = DensePhrases((number, text) for number, text in texts if is_dense(text))
        self._phrases = Phrases(
            (number, words_of(text)) for number, text in texts if not is_dense(text)
        )

    def hits(self, text: str) -> tuple[Hit, ...]:
        """What a text hits: at most one hit for each rule, in the order of the rules."""
        folded = fold(text)
        places: dict[int, list[_Span]] = {}
        for finder in (self._phrases, self._dense):
            for number, start, end in finder.places(folded):
                places.setdefault(number, []).append(folded.span(start, end))
        forgiven = _Forgiven(
            span
            for number, spans in places.items()
            if self._rules[number].kind is RuleKind.EXCEPTION
            for span in spans
        )
        firsts = {
            number: first
            for number, spans in places.items()
            if self._rules[number].kind is RuleKind.WORDS
            and (first := next((span for span in sorted(spans) if span not in forgiven), None))
        }
        firsts |= self._pattern_hits(folded, forgiven)
        return tuple(_hit(self._rules[number], text, firsts[number]) for number in sorted(firsts))

    def _pattern_hits(self, folded: Folded, forgiven: _Forgiven) -> dict[int, _Span]:
        if not self._patterns:
            return {}
        shown = visible(folded.original)
        views = [(shown.text, shown.span)]
        if folded.text != shown.text.lower():
            views.append((folded.text, folded.span))
        hits: dict[int, _Span] = {}
        mercy = iter(range(_MOST_FORGIVEN))
        for view, span in views:
            data = encoded(view)
            for number, pattern in self._patterns:
                matches = () if number in hits else _matches(pattern, data, span)
                for match in matches:
                    if match not in forgiven or next(mercy, None) is None:
                        hits[number] = match
                        break
        return hits


class _Forgiven:
    """The places of exceptions."""

    def __init__(self, spans: Iterable[_Span]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._furthest = list(accumulate((end for _, end in ordered), max))

    def __contains__(self, span: _Span) -> bool:
        """Whether a place lies within one of them."""
        before = bisect_right(self._starts, span[0])
        return before > 0 and self._furthest[before - 1] >= span[1]


def _matches(pattern: Pattern, data: bytes, span: Callable[[int, int], _Span]) -> Iterator[_Span]:
    for start, end in pattern.spans(data):
        if start < end:
            yield span(characters(data, start), characters(data, end))


def _hit(rule: Rule, text: str, span: _Span) -> Hit:
    found = text[span[0] : span[1]]
    if rule.kind is RuleKind.PATTERN:
        why = "matches the pattern"
    elif found.casefold() == rule.text.casefold():
        why = f'contains "{_quoted(found)}"'
    else:
        why = f'"{_quoted(found)}" is read as "{_quoted(rule.text)}"'
    return Hit(rule=rule, found=found[:LONGEST_FOUND], why=why)


def _quoted(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTED else f"{text[: _LONGEST_QUOTED - 1]}…"
