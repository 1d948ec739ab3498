"""Check what no file of the project may hold, and how long a module may be."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "cogs", "storage", "sandbox")
MOST_LINES = 400

# Spelt with classes, so that this file does not hold what it looks for.
_REGISTRY = re.compile(
    r"py[p]i\.org|pyth[o]nhosted|deb\.debi[a]n\.org|archive\.ub[u]ntu|npm[j]s\.(org|com)"
    r"|crat[e]s\.io|conda\.anac[o]nda"
)
# A path that only the machine has on which somebody wrote it.
_MACHINE = re.compile(
    r"(?<![\w.~$}-])(/w[o]rk/|/r[o]ot/|/h[o]me/\w|/Us[e]rs/\w|/t[m]p/\w|[Ff]ile:///(opt|home|tmp|Users)/"
    r"|[A-Z]:\\Us[e]rs)"
)


def files(root: Path) -> list[Path]:
    """List the files that are in the repository, or would be with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [root / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def foreign(root: Path, paths: Iterable[Path]) -> list[str]:
    """Say where a text file names a package registry's host or a path of one machine."""
    found: list[str] = []
    for path in paths:
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        for number, line in enumerate(lines, 1):
            for pattern, what in (
                (_REGISTRY, "a package registry"),
                (_MACHINE, "a machine's path"),
            ):
                if hit := pattern.search(line):
                    place = f"{path.relative_to(root)}:{number}"
                    found.append(f"{place}: names {what}: {hit.group()}")
    return found


def overlong(root: Path, paths: Iterable[Path]) -> list[str]:
    """Say which modules have more lines than one noun needs."""
    found: list[str] = []
    for path in paths:
        name = path.relative_to(root)
        if path.suffix == ".py" and name.parts[0] in PACKAGES:
            length = len(path.read_text().splitlines())
            if length > MOST_LINES:
                found.append(f"{name}: {length} lines, more than {MOST_LINES}")
    return found


def main(root: Path = ROOT) -> int:
    paths = files(root)
    found = foreign(root, paths) + overlong(root, paths)
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
