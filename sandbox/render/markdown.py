"""Discord's Markdown, as far as messages of bots use it, split into lines of styled pieces.

Source: Discord's help centre, "Markdown Text 101", and reference.mdx "Message Formatting", read
2026-11-21.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from sandbox.render.timestamps import describe


class Kind(Enum):
    """What a line is."""

    PLAIN = "plain"
    HEADING_1 = "# "
    HEADING_2 = "## "
    HEADING_3 = "### "
    SUBTEXT = "-# "
    QUOTE = "> "
    ITEM = "- "
    CODE = "```"
    """A block of code; the only kind whose text has line breaks."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """A piece of text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    struck: bool = False
    code: bool = False
    link: bool = False
    mention: bool = False
    pill: bool = False
    """Drawn on a lighter ground, as timestamps are."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the source, before it is wrapped."""

    kind: Kind
    spans: tuple[Span, ...]


_STARTS = (
    *(Kind.HEADING_3, Kind.HEADING_2, Kind.HEADING_1),
    *(Kind.SUBTEXT, Kind.QUOTE, Kind.ITEM),
)
_FENCE = re.compile(r"```(?:[\w+-]*\n)?(.*?)\n?```\n?", re.DOTALL)
_INLINE = re.compile(
    r"""
    \\(?P<escaped>[^\w\s])
    | (?P<ticks>`{1,2})(?P<code>.+?)(?P=ticks)
    | \*\*\*(?P<both>.+?)\*\*\*
    | \*\*(?P<bold>.+?)\*\*
    | __(?P<underlined>.+?)__
    | ~~(?P<struck>.+?)~~
    | \|\|(?P<spoiler>.+?)\|\|
    | \*(?P<italic>[^\s*][^*]*?)\*
    | (?<!\w)_(?P<italic2>[^_]+?)_(?!\w)
    | \[(?P<label>[^\]]+)\]\(<?(?P<target>https?://[^)\s]+?)>?\)
    | <t:(?P<time>-?\d+)(?::(?P<style>[tTdDfFR]))?>
    | <a?:(?P<emoji>\w+):\d+>
    | <(?P<mention>@&?|\#|@!)\d+>
    | </(?P<command>[^:>]+):\d+>
    | (?P<url>https?://[^\s<>]+[^\s<>.,;:!?)])
    """,
    re.VERBOSE | re.DOTALL,
)
_STYLES = ("bold", "underlined", "struck", "italic")
_CUSTOM_EMOJI = "\U0001f642"


def parse(source: str, *, now: float) -> list[Line]:
    """Split a text into lines of styled pieces.

    Args:
        source: Markdown as a bot sends it.
        now: Seconds since the epoch that relative timestamps count from.
    """
    lines: list[Line] = []
    at = 0
    for fence in _FENCE.finditer(source):
        lines += _lines(source[at : fence.start()].removesuffix("\n"), now)
        lines.append(Line(kind=Kind.CODE, spans=(Span(text=fence[1], code=True),)))
        at = fence.end()
    return [*lines, *_lines(source[at:], now)]


def _lines(source: str, now: float) -> Iterator[Line]:
    for text in source.split("\n") if source else []:
        kind = next((kind for kind in _STARTS if text.startswith(kind.value)), Kind.PLAIN)
        rest = text if kind is Kind.PLAIN else text.removeprefix(kind.value)
        yield Line(kind=kind, spans=tuple(_spans(rest, Span(text=""), now)))


def _spans(text: str, style: Span, now: float) -> Iterator[Span]:
    at = 0
    for match in _INLINE.finditer(text):
        if match.start() > at:
            yield replace(style, text=text[at : match.start()])
        yield from _styled(match, style, now)
        at = match.end()
    if at < len(text):
        yield replace(style, text=text[at:])


def _styled(match: re.Match[str], style: Span, now: float) -> Iterator[Span]:
    found = {name: value for name, value in match.groupdict().items() if value is not None}
    if "italic2" in found:
        found["italic"] = found["italic2"]
    for name in _STYLES:
        if name in found:
            more: dict[str, Any] = {name: True}
            yield from _spans(found[name], replace(style, **more), now)
            return
    if "both" in found:
        yield from _spans(found["both"], replace(style, bold=True, italic=True), now)
    elif "spoiler" in found:
        yield replace(style, text="\u00a0" * len(found["spoiler"]), code=True)
    elif "label" in found:
        yield from _spans(found["label"], replace(style, link=True), now)
    else:
        yield _single(found, style, now)


def _single(found: dict[str, str], style: Span, now: float) -> Span:
    """The piece for what holds no further Markdown."""
    if "escaped" in found:
        return replace(style, text=found["escaped"])
    if "code" in found:
        return replace(style, text=found["code"], code=True)
    if "time" in found:
        words = describe(int(found["time"]), found.get("style", "f"), now=now)
        return replace(style, text=words, pill=True)
    if "emoji" in found:
        return replace(style, text=_CUSTOM_EMOJI)
    if "url" in found:
        return replace(style, text=found["url"], link=True)
    names = {"@": "@member", "@!": "@member", "@&": "@role", "#": "#channel"}
    words = f"/{found['command']}" if "command" in found else names[found["mention"]]
    return replace(style, text=words, mention=True)
