"""How text is read, wrapped and spelt with the letters at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from sandbox.render import fonts
from sandbox.render.fonts import Face, glyphs, width
from sandbox.render.markdown import Kind, Span, parse
from sandbox.render.text import Piece, Style, wrap
from sandbox.render.timestamps import describe


def spans(source: str) -> list[Span]:
    return [span for line in parse(source, now=0) for span in line.spans]


@pytest.mark.parametrize(
    ("source", "style"),
    [
        ("**word**", {"bold": True}),
        ("*word*", {"italic": True}),
        ("_word_", {"italic": True}),
        ("***word***", {"bold": True, "italic": True}),
        ("**_word_**", {"bold": True, "italic": True}),
        ("__word__", {"underlined": True}),
        ("~~word~~", {"struck": True}),
        ("`word`", {"code": True}),
        ("[word](https://example.com)", {"link": True}),
        ("[word](<https://example.com>)", {"link": True}),
    ],
)
def test_a_mark_sets_the_style_and_is_not_shown(source: str, style: dict[str, Any]) -> None:
    assert spans(source) == [Span(text="word", **style)]


@pytest.mark.parametrize(
    "source", ["snake_case_name", "snake_case_ name", "2 * 3 * 4", "a < b", "5 ** 2", "x"]
)
def test_what_is_no_mark_is_shown_as_it_is(source: str) -> None:
    assert "".join(span.text for span in spans(source)) == source
    assert {(span.italic, span.bold) for span in spans(source)} == {(False, False)}


def test_an_escaped_mark_is_shown() -> None:
    assert "".join(span.text for span in spans(r"\*\*not bold\*\* \<@1\>")) == "**not bold** <@1>"
    assert not any(span.bold or span.mention for span in spans(r"\*\*not bold\*\* \<@1\>"))


def test_nothing_is_styled_inside_of_code() -> None:
    assert spans("`**x**`") == [Span(text="**x**", code=True)]


def test_mentions_commands_and_times_are_put_in_words() -> None:
    assert spans("<@1>") == [Span(text="@member", mention=True)]
    assert spans("<@&1>") == [Span(text="@role", mention=True)]
    assert spans("<#1>") == [Span(text="#channel", mention=True)]
    assert spans("</remix:1>") == [Span(text="/remix", mention=True)]
    assert spans("<t:30:R>") == [Span(text="in 30 seconds", pill=True)]


def test_a_spoiler_is_not_readable() -> None:
    assert spans("||secret||")[0].text.strip("\u00a0") == ""


def test_lines_have_their_kinds() -> None:
    source = "# a\n## b\n### c\n-# d\n> e\n- f\n-g\n#h"

    assert [line.kind for line in parse(source, now=0)] == [
        *(Kind.HEADING_1, Kind.HEADING_2, Kind.HEADING_3, Kind.SUBTEXT, Kind.QUOTE, Kind.ITEM),
        *(Kind.PLAIN, Kind.PLAIN),
    ]


def test_a_block_of_code_keeps_its_lines_and_loses_its_language() -> None:
    lines = parse("before\n```py\n# a\n  b\n```\nafter", now=0)

    assert [(line.kind, line.spans[0].text) for line in lines] == [
        (Kind.PLAIN, "before"),
        (Kind.CODE, "# a\n  b"),
        (Kind.PLAIN, "after"),
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (100, "now"),
        (101, "in 1 second"),
        (40, "1 minute ago"),
        (100 + 7200, "in 2 hours"),
        (100 - 3 * 86400, "3 days ago"),
        (100 + 400 * 86400, "in 1 year"),
    ],
)
def test_a_relative_time_counts_from_now(seconds: int, words: str) -> None:
    assert describe(seconds, "R", now=100) == words


def test_a_moment_is_told_in_utc() -> None:
    moment = 1795262400
    assert describe(moment, "f", now=0) == "21 November 2026 12:00"
    assert describe(moment, "t", now=0) == "12:00"
    assert describe(moment, "d", now=0) == "21/11/2026"
    assert describe(moment, "F", now=0) == "Saturday, 21 November 2026 12:00"
    assert describe(10**15, "f", now=0) == "Invalid date"


def pieces(*parts: Span) -> list[Piece]:
    return [Piece(span=part, style=Style()) for part in parts]


def words_of(row: list[Piece]) -> str:
    return "".join(piece.span.text for piece in row)


def test_rows_break_between_words_and_hold_all_of_them() -> None:
    source = "one two three four five six seven eight nine ten"

    rows = wrap(pieces(Span(text=source)), 90)

    assert len(rows) > 3
    assert " ".join(words_of(row).strip() for row in rows) == source
    assert all(sum(piece.width for piece in row) <= 90 for row in rows)


def test_a_word_in_two_styles_is_not_torn_apart() -> None:
    rows = wrap(pieces(Span(text="some "), Span(text="bold", bold=True), Span(text="er,")), 70)

    assert [words_of(row).strip() for row in rows] == ["some", "bolder,"]


def test_a_word_wider_than_a_row_is_broken_inside() -> None:
    rows = wrap(pieces(Span(text="x" * 100)), 80)

    assert "".join(map(words_of, rows)) == "x" * 100
    assert all(sum(piece.width for piece in row) <= 80 for row in rows)


def test_spaced_code_stands_on_one_ground() -> None:
    rows = wrap(pieces(Span(text="a b c", code=True)), 500)

    assert [[piece.span.text for piece in row] for row in rows] == [["a b c"]]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system without any font, as a slim container is."""
    monkeypatch.setattr(fonts, "_PLAIN", ())
    monkeypatch.setattr(fonts, "_MONO", ())
    fonts._letters.cache_clear()
    glyphs.cache_clear()
    yield
    fonts._letters.cache_clear()
    glyphs.cache_clear()


FACE = Face(size=16)


def drawn(text: str, face: Face = FACE) -> list[str | None]:
    """The letters that are drawn; None for a disc."""
    return [run.text if run.font else None for run in glyphs(text, face)]


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("fox", ["fox"]),
        ("caf\u00e9", ["cafe"]),
        ("a \u2014 b", ["a - b"]),
        ("2\u00d72", ["2x2"]),
        ("a\u200bb", ["ab"]),
        ("\U0001f3b2", [None]),
        ("\U0001f5d1\ufe0f!", [None, "!"]),
    ],
)
def test_letters_that_no_font_has_get_a_likeness_or_a_disc(
    text: str, letters: list[str | None]
) -> None:
    assert drawn(text) == letters


@pytest.mark.usefixtures("bare")
def test_code_without_a_font_for_it_is_drawn_in_the_plain_one() -> None:
    assert drawn("a = b", Face(size=16, mono=True)) == ["a = b"]


def ink(text: str, font: ImageFont.FreeTypeFont) -> bytes:
    image = Image.new("L", (64, 64))
    ImageDraw.Draw(image).text((8, 8), text, fill=255, font=font)
    return image.tobytes()


def test_no_letter_is_ever_drawn_as_an_empty_box() -> None:
    for char in "a\u00e9\u2014\u2713\u65e5\U0001f3b2":
        for run in glyphs(char, FACE):
            if run.font:
                assert ink(run.text, run.font) != ink("\uffff", run.font)


def test_bold_letters_are_wider() -> None:
    assert width("Re-roll", Face(size=16, bold=True)) > width("Re-roll", FACE)
    assert width("", FACE) == 0
