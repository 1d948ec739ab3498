"""The process that draws the chart: reads what it shows as JSON, writes a PNG, and ends.

Matplotlib takes 60 MB and a second of computing to load, which the bot itself cannot spare for a
picture that is asked for now and then.
"""

# Matplotlib does not say the types of its keyword arguments and of some paths.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import io
import os
import resource
import signal
import sys
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from bot.spending.bars import Bars
from bot.spending.glyphs import DPI, FAMILY, fitted, shown, width

WIDTH, HEIGHT = 1200, 700
"""Pixels."""
COLOURS: Final = (
    *("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6"),
    *("#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"),
)
"""Ten that are told apart with any colour vision (M. A. Petroff, arXiv 2107.02270, 2024)."""
PAPER: Final = "#fafafc"
"""A background of its own: Discord's is dark for some and light for others."""
_INK, _FAINT = "#23262b", "#d9dbe0"
# Discord shows the picture at about half its size.
_TITLE_POINTS, _POINTS, _LEGEND_POINTS = 20, 14, 13
_MARGIN, _GAP = 24, 12
_ROOM: Final = WIDTH - 2 * _MARGIN
_NAME_PIXELS, _BACKEND_PIXELS, _PATCH_PIXELS = 300, 320, 80
_MOST_TICKS: Final = 6
_LEAST_ROOM: Final = 5
"""As many bars always have room, so that a single one is no wall."""
_SECONDS: Final = 60
_NICENESS: Final = 5


def main() -> None:
    """Draw one chart from standard input to standard output."""
    answer = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints is no picture
    _confine()
    with os.fdopen(answer, "wb") as out:
        out.write(draw(Bars.from_json(sys.stdin.buffer.read())))


def draw(bars: Bars) -> bytes:
    """A PNG of 1200 x 700 pixels."""
    # A dollar sign in a name is no formula.
    style = {"text.parse_math": False, "font.family": FAMILY, "font.size": _POINTS}
    colours = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), _INK)
    with rc_context({**style, **colours}):  # pyright: ignore[reportArgumentType] - any rc key
        figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=PAPER)
        # It keeps what is drawn within the picture, however long the names are.
        figure.set_layout_engine("constrained", w_pad=_MARGIN / DPI, h_pad=_GAP / DPI)
        _write_title(figure, bars.title)
        if bars.bars:
            axes = figure.add_subplot()
            _draw_bars(axes, bars)
            _dress(axes, bars)
            _explain(figure, bars)
        else:
            figure.text(0.5, 0.5, "Nothing was spent.", ha="center")
        png = io.BytesIO()
        FigureCanvasAgg(figure).print_png(png)
    return png.getvalue()


def _write_title(figure: Figure, title: str) -> None:
    text = fitted(shown(title), points=_TITLE_POINTS, pixels=_ROOM)
    figure.suptitle(text, x=_MARGIN / WIDTH, ha="left", fontsize=_TITLE_POINTS)


def _draw_bars(axes: Axes, bars: Bars) -> None:
    rows = range(len(bars.bars))
    left = [0] * len(rows)
    for part, colour in zip(range(len(bars.backends)), COLOURS, strict=False):
        lengths = [bar.credits[part] for bar in bars.bars]
        axes.barh(rows, lengths, 0.72, left, color=colour, linewidth=0)
        left = [start + length for start, length in zip(left, lengths, strict=True)]
    for row, end in zip(rows, left, strict=True):
        axes.annotate(
            f"{end:,}", (end, row), (5, 0), textcoords="offset points", va="center", ha="left"
        )
    axes.set_xlim(0, max([*left, 1]) * 1.12)


def _dress(axes: Axes, bars: Bars) -> None:
    names = [
        fitted(shown(bar.name, bar.instead), points=_POINTS, pixels=_NAME_PIXELS)
        for bar in bars.bars
    ]
    axes.set_yticks(range(len(names)), names)
    spare = max(0, _LEAST_ROOM - len(names)) / 2
    axes.set_ylim(len(names) - 0.4 + spare, -0.6 - spare)
    axes.set_xlabel("credits")
    axes.xaxis.set_major_locator(MaxNLocator(_MOST_TICKS, integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.grid(axis="x", color=_FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_facecolor(PAPER)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _explain(figure: Figure, bars: Bars) -> None:
    names = [
        fitted(shown(name), points=_LEGEND_POINTS, pixels=_BACKEND_PIXELS) for name in bars.backends
    ]
    widest = max(width(name, points=_LEGEND_POINTS) for name in names)
    figure.legend(
        [Patch(color=colour) for colour in COLOURS[: len(names)]],
        names,
        loc="outside lower center",
        ncols=min(int(_ROOM / (widest + _PATCH_PIXELS)), len(names)),
        fontsize=_LEGEND_POINTS,
        frameon=False,
    )


def _confine() -> None:
    os.nice(_NICENESS)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold members' names
    # The bot ends a slow process itself; this is for the case that it was killed meanwhile.
    signal.alarm(_SECONDS)


if __name__ == "__main__":
    main()
