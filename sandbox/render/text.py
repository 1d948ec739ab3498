"""Text laid out: lines of Markdown wrapped to a width, and drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sandbox.render import theme
from sandbox.render.box import Box, Stack
from sandbox.render.canvas import Canvas
from sandbox.render.fonts import Face, width
from sandbox.render.markdown import Kind, Line, Span, parse
from sandbox.render.theme import Colour

_WORDS = re.compile(r"\s+|\S+")
_PILL_PADDING = 3.0
"""How far a piece's ground reaches beyond its letters, on each side."""
_QUOTE_INDENT = 16.0
_ITEM_INDENT = 22.0
_CODE_PADDING = 10.0
_CODE_MARGIN = 4.0
_CODE_SIZE, _CODE_LINE = 14.0, 18.0
_CODE_SHARE = 0.875
"""Size of code in parts of the text around it."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """How the lines of one kind look; lengths in pixels."""

    size: float = theme.TEXT_SIZE
    line: float = theme.LINE
    colour: Colour = theme.TEXT
    bold: bool = False
    above: float = 0
    """Room above the first line of a heading."""
    grounds: bool = True
    """Its code and timestamps stand on a ground of their own."""


_STYLES = {
    Kind.HEADING_1: Style(size=24, line=30, colour=theme.BRIGHT, bold=True, above=6),
    Kind.HEADING_2: Style(size=20, line=26, colour=theme.BRIGHT, bold=True, above=5),
    Kind.HEADING_3: Style(size=16, line=22, colour=theme.BRIGHT, bold=True, above=4),
    Kind.SUBTEXT: Style(size=13, line=18, colour=theme.MUTED),
}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a wrapped line: letters of one look, or the space between two words."""

    span: Span
    style: Style

    @property
    def face(self) -> Face:
        """The letters that it is drawn in."""
        size = self.style.size * (_CODE_SHARE if self.span.code else 1)
        bold = (self.style.bold or self.span.bold) and not self.span.code
        return Face(size=size, bold=bold, italic=self.span.italic, mono=self.span.code)

    @property
    def ground(self) -> Colour | None:
        """What it stands on, where that is not the message itself."""
        if not self.style.grounds:
            return None
        if self.span.code:
            return theme.CODE
        if self.span.mention:
            return theme.MENTION
        return theme.PILL if self.span.pill else None

    @property
    def colour(self) -> Colour:
        """The colour of its letters."""
        if self.span.mention:
            return theme.MENTION_TEXT
        return theme.LINK if self.span.link else self.style.colour

    @property
    def width(self) -> float:
        """How far it reaches, its ground included."""
        padding = 2 * _PILL_PADDING if self.ground else 0
        return width(self.span.text, self.face) + padding

    @property
    def is_space(self) -> bool:
        """It may be left out at the end of a line."""
        # A no-break space is part of a word, unlike what isspace() says.
        return self.span.text.isspace() and "\u00a0" not in self.span.text


@dataclass(frozen=True, kw_only=True)
class TextLine:
    """One line as it stands on the page."""

    pieces: Sequence[Piece]
    style: Style

    @property
    def height(self) -> float:
        return self.style.line

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        baseline = y + self.style.line / 2 + self.style.size * 0.35
        for piece in self.pieces:
            _draw_piece(canvas, x, baseline, piece)
            x += piece.width


def _draw_piece(canvas: Canvas, x: float, baseline: float, piece: Piece) -> None:
    size, across = piece.face.size, piece.width
    if piece.ground:
        canvas.box(x, baseline - size, across, size * 1.32, fill=piece.ground, radius=3)
        x += _PILL_PADDING
    canvas.text(x, baseline, piece.span.text, piece.face, piece.colour)
    heights = {"underlined": baseline + size * 0.12, "struck": baseline - size * 0.25}
    for name, at in heights.items():
        if getattr(piece.span, name):
            canvas.line([(x, at), (x + across, at)], piece.colour)


@dataclass(frozen=True, kw_only=True)
class _Indented:
    """A box with a mark before it: a quote's bar or an item's dot."""

    inner: Box
    kind: Kind
    above: float = 0

    @property
    def height(self) -> float:
        return self.inner.height + self.above

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        y += self.above
        if self.kind is Kind.QUOTE:
            canvas.box(x, y, 4, self.inner.height, fill=theme.BUTTONS[2], radius=2)
            x += _QUOTE_INDENT
        elif self.kind is Kind.ITEM:
            canvas.disc(x + 9, y + theme.LINE / 2 - 2.5, 5, theme.TEXT)
            x += _ITEM_INDENT
        self.inner.draw(canvas, x, y)


@dataclass(frozen=True, kw_only=True)
class _CodeBlock:
    lines: Sequence[TextLine]
    width: float

    @property
    def height(self) -> float:
        return self._box_height + 2 * _CODE_MARGIN

    @property
    def _box_height(self) -> float:
        return len(self.lines) * _CODE_LINE + 2 * _CODE_PADDING

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        y += _CODE_MARGIN
        canvas.box(
            x, y, self.width, self._box_height, fill=theme.CODE, radius=4, edge=theme.CARD_EDGE
        )
        for number, line in enumerate(self.lines):
            top = y + _CODE_PADDING + number * _CODE_LINE
            line.draw(canvas, x + _CODE_PADDING, top)


def text_box(source: str, across: float, *, now: float) -> Stack:
    """Lay out Markdown.

    Args:
        source: The text as a bot sends it.
        across: The width to wrap it to, in pixels.
        now: Seconds since the epoch that relative timestamps count from.
    """
    lines = parse(source.strip(), now=now)
    boxes = [_line_box(line, across, first=line is lines[0]) for line in lines]
    return Stack(boxes=boxes, gap=0)


def _line_box(line: Line, across: float, *, first: bool) -> Box:
    if line.kind is Kind.CODE:
        return _code_box(line.spans[0].text, across)
    style = _STYLES.get(line.kind, Style())
    indent = {Kind.QUOTE: _QUOTE_INDENT, Kind.ITEM: _ITEM_INDENT}.get(line.kind, 0)
    pieces = [Piece(span=span, style=style) for span in line.spans]
    rows = [TextLine(pieces=row, style=style) for row in wrap(pieces, across - indent)]
    return _Indented(
        inner=Stack(boxes=rows, gap=0), kind=line.kind, above=0 if first else style.above
    )


def _code_box(source: str, across: float) -> _CodeBlock:
    style = Style(size=_CODE_SIZE / _CODE_SHARE, line=_CODE_LINE, grounds=False)
    rows: list[TextLine] = []
    for text in source.expandtabs(4).split("\n"):
        piece = Piece(span=Span(text=text, code=True), style=style)
        wrapped = wrap([piece], across - 2 * _CODE_PADDING)
        rows += [TextLine(pieces=row, style=style) for row in wrapped]
    return _CodeBlock(lines=rows, width=across)


def wrap(pieces: Sequence[Piece], across: float) -> list[list[Piece]]:
    """Break pieces into rows between words, and inside of a word that is wider than a row."""
    rows: list[list[Piece]] = [[]]
    for word in _words(pieces):
        for part in [word] if _reach(word) <= across else _letters(word):
            if not rows[-1] or _reach([*rows[-1], *part]) <= across:
                rows[-1] += part
            elif not part[0].is_space:
                rows.append(list(part))
    return [_joined(row) for row in rows]


def _reach(pieces: Sequence[Piece]) -> float:
    return sum(piece.width for piece in _joined(pieces))


def _joined(row: Sequence[Piece]) -> list[Piece]:
    """Neighbours of one look as one piece, so that they stand on one ground."""
    joined: list[Piece] = []
    for _, group in groupby(row, key=lambda piece: (replace(piece.span, text=""), piece.style)):
        pieces = list(group)
        text = "".join(piece.span.text for piece in pieces)
        joined.append(Piece(span=replace(pieces[0].span, text=text), style=pieces[0].style))
    return joined


def _words(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Pieces that no line may break between; a space is a word of its own."""
    word: list[Piece] = []
    for piece in pieces:
        for text in [piece.span.text] if piece.span.pill else _WORDS.findall(piece.span.text):
            part = Piece(span=replace(piece.span, text=text), style=piece.style)
            if part.is_space and word:
                yield word
                word = []
            word.append(part)
            if part.is_space:
                yield word
                word = []
    if word:
        yield word


def _letters(word: Sequence[Piece]) -> Iterator[list[Piece]]:
    for piece in word:
        for char in piece.span.text:
            yield [Piece(span=replace(piece.span, text=char), style=piece.style)]
