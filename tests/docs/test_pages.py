from __future__ import annotations

import re
from pathlib import Path

import discord
import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """The page without its blocks and spans of code, in which nothing is a link or a heading."""
    text = re.sub(r"^( *)```.*?^\1```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def targets(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def missing(page: Path) -> list[str]:
    """The links of a page, to files and headings of this repository, that lead nowhere."""
    lost: list[str] = []
    for target in targets(page):
        name, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = page.parent / name if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            lost.append(target)
    return lost


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert missing(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A Heading, with `code`\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#a-heading-with-code) [c](https://host.example/x)\n"
        "[d](gone.md) [e](there.md#gone) [f](#gone) ![g](gone.png) `[h](code.md)`\n"
        "```\n[i](code.md)\n```\n"
    )

    assert missing(page) == ["gone.md", "there.md#gone", "#gone", "gone.png"]


def test_the_guides_are_linked_from_the_readme() -> None:
    guides = {str(page.relative_to(ROOT)) for page in PAGES if page.parent.name == "docs"}

    assert {"docs/first-run.md", "docs/operating.md"} <= guides & set(targets(ROOT / "README.md"))


def test_the_two_commands_stand_alone_in_their_blocks() -> None:
    fenced = re.findall(r"^( *)```(\w*)\n(.*?)^\1```$", README, flags=re.DOTALL | re.MULTILINE)
    # Blocks of any other language are for reading only.
    blocks = [body.rstrip("\n") for _, language, body in fenced if not language]

    assert blocks == ["make demo", "make test"]


def test_the_invitation_asks_for_the_permissions_that_are_listed() -> None:
    (number,) = re.findall(r"&permissions=(\d+)", README)
    listed = re.findall(r"^\| ([A-Z]\w+(?: \w+)*) \|", README, flags=re.MULTILINE)
    # discord.py still has Discord's older name of one of them.
    names = {
        name.lower().replace(" ", "_").replace("view_channels", "view_channel") for name in listed
    }

    granted = {name for name, has in discord.Permissions(int(number)) if has}
    assert granted == {name.replace("view_channel", "read_messages") for name in names}
    assert "scope=bot+applications.commands&" in README
