"""The checks of the documentation, on the real one and on pages that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import docs

ROOT = Path(__file__).resolve().parents[2]

PROJECT = """
[build-system]
requires = ["builder>=1"]
[project]
dependencies = ["First.Thing>=1,<2", "second[extra]>=3 ; sys_platform == 'linux'"]
[project.optional-dependencies]
dev = ["third"]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/build.in").write_text("# why\nbuilder>=1\nfourth\n")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    return tmp_path


def explain(root: Path, *names: str) -> None:
    rows = "".join(f"| `{name}` | it is needed | MIT |\n" for name in names)
    (root / docs.DEPENDENCIES).write_text(f"| package | why | licence |\n| --- |\n{rows}")


def test_every_direct_dependency_of_the_project_is_explained() -> None:
    assert docs.unexplained(ROOT) == []


def test_direct_dependencies_come_from_every_group(root: Path) -> None:
    assert docs.direct_dependencies(root) == {
        "builder",
        "first-thing",
        "second",
        "third",
        "fourth",
    }


def test_a_page_that_explains_exactly_the_dependencies_is_right(root: Path) -> None:
    explain(root, "builder", "first.thing", "second", "third", "fourth")

    assert docs.unexplained(root) == []


def test_missing_needless_and_repeated_rows_are_reported(root: Path) -> None:
    explain(root, "builder", "first.thing", "second", "third", "third", "fifth")

    assert docs.unexplained(root) == [
        "docs/dependencies.md: fourth is not explained",
        "docs/dependencies.md: nothing asks for fifth",
        "docs/dependencies.md: third twice",
    ]


def test_a_row_without_a_reason_explains_nothing(root: Path) -> None:
    explain(root, "builder", "first.thing", "second", "third", "fourth")
    page = root / docs.DEPENDENCIES
    page.write_text(page.read_text().replace("| `third` | it is needed |", "| `third` | |"))

    assert docs.unexplained(root) == ["docs/dependencies.md: third is not explained"]


@pytest.mark.parametrize(
    "link",
    [
        "[to](docs/absent.md)",
        "[to](docs/page.md#no-such-heading)",
        "[to](#no-such-heading)",
        "![a picture](docs/absent.png)",
        '[to](docs/absent.md "with a title")',
        "[to](<docs/absent.md>)",
        "[to][name]\n\n[name]: docs/absent.md",
        "[out of the project](../)",
    ],
)
def test_a_link_that_leads_nowhere_is_reported(root: Path, link: str) -> None:
    (root / "docs/page.md").write_text("# A heading\n")
    (root / "README.md").write_text(f"# Title\n\nSee {link}\n")

    assert [found.split(": ")[0] for found in docs.broken_links(root)] == ["README.md"]


@pytest.mark.parametrize(
    "link",
    [
        "[to](docs/page.md)",
        "[to](docs/)",
        "[to](docs/page.md#a-heading-with-code-and-more)",
        "[to](docs/page.md#a-heading-with-code-and-more-1)",
        "[to](#title)",
        "[to](https://discord.com/developers)",
        "[to](mailto:somebody@example.org)",
        "`[no link](docs/absent.md)`",
        "```\n[no link](docs/absent.md)\n```",
    ],
)
def test_a_link_that_leads_somewhere_or_is_none_is_not_reported(root: Path, link: str) -> None:
    heading = "## A heading, with `code` and more\n"
    (root / "docs/page.md").write_text(heading * 2)
    (root / "README.md").write_text(f"# Title\n\n{link}\n")

    assert docs.broken_links(root) == []
