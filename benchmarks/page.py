"""The page of figures: the measured half is written anew, the other half is kept as it is."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.figures import Part, table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN = "<!-- Measured: `make bench` writes what follows, up to the end of the page. -->\n"
PACKAGES = ("discord.py", "aiohttp", "httpx", "aiosqlite", "Pillow", "orjson", "zstandard")
GIB = 1 << 30


def write(parts: Sequence[Part], minutes: float, *, page: Path = PAGE) -> None:
    """Write what was measured into the page.

    Raises:
        ValueError: The page does not say where its measured half begins.
    """
    kept, mark, _ = page.read_text().partition(BEGIN)
    if not mark:
        raise ValueError(f"{page.name} does not say where its measured half begins: {BEGIN}")
    page.write_text(f"{kept}{BEGIN}\n{measured(parts, minutes)}\n")


def measured(parts: Sequence[Part], minutes: float) -> str:
    """What was measured, as Markdown."""
    head = f"## Figures\n\n`make bench`, {minutes:.0f} minutes, on {_machine()}; {_software()}."
    return "\n\n".join((head, summary(parts), *(_section(part) for part in parts)))


def summary(parts: Sequence[Part]) -> str:
    """The table of all figures with their targets."""
    rows = [figure.row for part in parts for figure in part.figures]
    return table(("figure", "found", "target", "met"), rows)


def _section(part: Part) -> str:
    return "\n\n".join((f"### {part.title}", *part.text))


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    name = names[0] if names else platform.machine()
    return f"{os.cpu_count()} cores ({name}), {memory:.0f} GB"


def _software() -> str:
    python = ".".join(str(number) for number in sys.version_info[:3])
    named = [f"{name} {found}" for name in PACKAGES if (found := _version(name))]
    return ", ".join((f"Python {python}", *named, f"SQLite {sqlite3.sqlite_version}"))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
