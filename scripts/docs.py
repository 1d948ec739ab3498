"""Check the documentation: its links lead somewhere, and it explains every dependency."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
DEPENDENCIES = Path("docs/dependencies.md")

_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)[^)]*\)|^\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)
_HEADING = re.compile(r"^#+ +(.+?) *#*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-z][a-z+.-]*:|//", re.IGNORECASE)


def pages(root: Path) -> list[Path]:
    """List the Markdown files of the project, but none of its environment or of what it makes."""
    top = [path for path in root.iterdir() if path.suffix == ".md"]
    below = [
        path
        for folder in root.iterdir()
        if folder.is_dir() and folder.name[0] != "." and folder.name != "demo-output"
        for path in folder.rglob("*.md")
    ]
    return sorted(top + below)


def links(text: str) -> Iterator[str]:
    """Yield what each link and picture of a page leads to; what stands in code is no link."""
    for inline, reference in _LINK.findall(_CODE.sub("", text)):
        yield inline or reference


def anchors(text: str) -> set[str]:
    """Give the anchors that GitHub makes of a page's headings."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCED.sub("", text)):
        words = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        again = sum(1 for name in found if re.fullmatch(rf"{re.escape(words)}(-\d+)?", name))
        found.add(f"{words}-{again}" if again else words)
    return found


def broken_links(root: Path) -> list[str]:
    """Say which relative links of which page lead nowhere."""
    return [
        f"{page.relative_to(root)}: {link} leads nowhere"
        for page in pages(root)
        for link in links(page.read_text())
        if not _ELSEWHERE.match(link) and not _leads_somewhere(page, link, root)
    ]


def _leads_somewhere(page: Path, link: str, root: Path) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists() or not target.is_relative_to(root.resolve()):
        return False
    return not anchor or anchor in anchors(target.read_text())


def direct_dependencies(root: Path) -> set[str]:
    """Name what pyproject.toml and requirements/*.in ask for, in each group and extra."""
    configuration = tomllib.loads((root / "pyproject.toml").read_text())
    project = configuration["project"]
    asked = [*configuration["build-system"]["requires"], *project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        asked += extra
    for path in (root / "requirements").glob("*.in"):
        asked += [line for line in path.read_text().splitlines() if line and line[0] != "#"]
    return {canonicalize_name(Requirement(text).name) for text in asked}


def explained_dependencies(root: Path) -> list[str]:
    """Name what docs/dependencies.md has a row for: package, reason and licence, none empty."""
    rows = [
        [cell.strip() for cell in line.strip("| ").split("|")]
        for line in (root / DEPENDENCIES).read_text().splitlines()
        if line.startswith("| `")
    ]
    return [canonicalize_name(row[0].strip("`")) for row in rows if len(row) == 3 and all(row)]


def unexplained(root: Path) -> list[str]:
    """Say how docs/dependencies.md and the direct dependencies differ."""
    asked, explained = direct_dependencies(root), explained_dependencies(root)
    missing = [f"{DEPENDENCIES}: {name} is not explained" for name in asked - set(explained)]
    extra = [f"{DEPENDENCIES}: nothing asks for {name}" for name in set(explained) - asked]
    twice = [f"{DEPENDENCIES}: {name} twice" for name in explained if explained.count(name) > 1]
    return sorted({*missing, *extra, *twice})


def main(root: Path = ROOT) -> int:
    found = broken_links(root) + unexplained(root)
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
