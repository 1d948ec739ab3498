"""The page of figures is written by the bench, and what people wrote there stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import page
from benchmarks.figures import Figure, Part
from benchmarks.stage import quantile

FAST = Figure(what="added per remix", found=19.5, target=40, unit=" ms")
SLOW = Figure(what="push to asking", found=0.5, target=0.3, unit="", ratio=True)


def test_what_people_wrote_stays_and_old_figures_go(tmp_path: Path) -> None:
    written = tmp_path / "performance.md"
    written.write_text(f"# By hand\n\n{page.BEGIN}\n## Figures of last year\n")

    page.write([Part(title="Alone", figures=[FAST, SLOW], text=["Some."])], 10, page=written)

    text = written.read_text()
    assert text.startswith(f"# By hand\n\n{page.BEGIN}\n## Figures\n")
    assert "last year" not in text
    assert "| added per remix | 19.5 ms | 40 ms | yes |" in text
    assert "| push to asking | 0.5 | 0.3 | **no** (ratio) |" in text
    assert "### Alone\n\nSome.\n" in text


def test_a_page_without_the_mark_is_not_overwritten(tmp_path: Path) -> None:
    written = tmp_path / "performance.md"
    written.write_text("# By hand\n")

    with pytest.raises(ValueError, match="where its measured half begins"):
        page.write([], 10, page=written)

    assert written.read_text() == "# By hand\n"


def test_the_page_of_the_project_has_the_mark() -> None:
    assert page.BEGIN in page.PAGE.read_text()


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2), (0.75, 3), (0.99, 4), (1, 4)])
def test_a_quantile_is_a_value_that_was_seen(share: float, expected: float) -> None:
    assert quantile([4, 1, 3, 2], share) == expected
