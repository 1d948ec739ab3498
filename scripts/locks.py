"""Write the lock files under requirements/ with uv, or check them without it and without a network.

A lock is complete: every package that it needs, pinned, with a hash of each wheel, for every Python
and platform at once. So it is installed with --no-deps, and names no index that it came from.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
STAMP = "# inputs: sha256:"
HEADER = "# Written by `make lock`; not to be edited by hand."

_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
_ADDRESS = re.compile(r"[a-z]+:/|file:| @ ", re.IGNORECASE)
_PATH = re.compile(r"(^|[\s=(])(~|\.{0,2})/|[A-Za-z]:\\")


@dataclass(frozen=True, kw_only=True)
class Lock:
    """One file requirements/<name>.txt and what it is made from."""

    name: str
    project: bool = False
    """Whether the project's own dependencies are in it."""
    extras: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    """Files beside it, with requirements of their own."""
    constraint: str | None = None
    """Another lock whose versions this one keeps to."""
    alone: bool = False
    """Without the packages that the named ones depend on."""

    def arguments(self) -> list[str]:
        """Give uv's arguments for this lock."""
        files = ["pyproject.toml"] if self.project or self.extras else []
        files += [f"requirements/{name}" for name in self.inputs]
        options = [option for extra in self.extras for option in ("--extra", extra)]
        if self.constraint:
            options += ["--constraint", f"requirements/{self.constraint}.txt"]
        if self.alone:
            options += ["--no-deps"]
        return [*files, *options]


LOCKS = (
    Lock(name="runtime", project=True, extras=("postgres",)),
    Lock(name="build", inputs=("build.in",)),
    Lock(
        name="dev",
        project=True,
        extras=("dev", "postgres"),
        inputs=("build.in",),
        constraint="runtime",
    ),
    Lock(name="photographs", inputs=("photographs.in",), alone=True),
)


def direct(lock: Lock, root: Path) -> list[Requirement]:
    """List what the lock is asked for by name, sorted."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    texts: list[str] = list(project["dependencies"]) if lock.project else []
    for extra in lock.extras:
        texts += project["optional-dependencies"][extra]
    for name in lock.inputs:
        lines = (root / "requirements" / name).read_text().splitlines()
        texts += [line for line in lines if line.strip() and not line.startswith("#")]
    return [Requirement(text) for text in sorted(set(texts))]


def stamp(lock: Lock, root: Path) -> str:
    """Hash what the lock was made from, and nothing else of pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    asked = [str(requirement) for requirement in direct(lock, root)]
    inputs = json.dumps([project["requires-python"], lock.arguments(), asked])
    return hashlib.sha256(inputs.encode()).hexdigest()


def write(lock: Lock, root: Path, *, upgrade: bool) -> None:
    """Have uv write the lock. Pins that still fit stay, unless told to upgrade."""
    target = f"requirements/{lock.name}.txt"
    floor = tomllib.loads((root / "pyproject.toml").read_text())["project"]["requires-python"]
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"),
        *("--python-version", floor.removeprefix(">="), "--only-binary=:all:"),
        *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"),
        *("--output-file", target, *(["--upgrade"] if upgrade else []), *lock.arguments()),
    ]
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)
    body = (root / target).read_text()
    (root / target).write_text(f"{HEADER}\n{STAMP}{stamp(lock, root)}\n{body}")


def pins(text: str) -> Iterator[str]:
    """Yield each requirement of a lock with its hashes, continued lines joined, comments gone."""
    joined = re.sub(r"\\\n", " ", text)
    for line in joined.splitlines():
        pin = line.split("#", 1)[0].strip()
        if pin:
            yield re.sub(r"\s+", " ", pin)


def problems_of_text(text: str) -> list[str]:
    """Say what in a lock's text must not be there, or is not: addresses, paths, options, hashes."""
    found = [
        f"line {number} names an address or a path: {line.strip()}"
        for number, line in enumerate(text.splitlines(), 1)
        if _ADDRESS.search(line) or _PATH.search(line)
    ]
    for pin in pins(text):
        wanted = _HASH.sub("", pin).strip()
        if wanted.startswith("-"):
            found.append(f"an option stands in it: {wanted}")
        elif not re.fullmatch(r"\S+==[\w.!+]+( ;.*)?", wanted):
            found.append(f"not a pinned version: {wanted}")
        elif not _HASH.search(pin):
            found.append(f"no hash: {wanted}")
    return found


def problems_of_versions(lock: Lock, root: Path, text: str) -> list[str]:
    """Say which direct requirement the lock's pins do not fulfil."""
    pinned: dict[str, list[Requirement]] = {}
    for pin in pins(text):
        try:
            requirement = Requirement(_HASH.sub("", pin).strip())
        except InvalidRequirement:
            continue  # said by problems_of_text
        pinned.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return [
        f"{asked} is not fulfilled"
        for asked in direct(lock, root)
        if not any(
            asked.specifier.contains(next(iter(pin.specifier)).version, prereleases=True)
            for pin in pinned.get(canonicalize_name(asked.name), [])
            if pin.specifier
        )
    ]


def check(lock: Lock, root: Path) -> list[str]:
    """Say everything that is wrong with one lock, a sentence each."""
    path = root / "requirements" / f"{lock.name}.txt"
    if not path.is_file():
        return [f"{path.name}: absent; run `make lock`"]
    text = path.read_text()
    found = problems_of_text(text) + problems_of_versions(lock, root, text)
    if f"{STAMP}{stamp(lock, root)}\n" not in text:
        found.append("out of date with pyproject.toml; run `make lock`")
    return [f"{path.name}: {problem}" for problem in found]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["write", "check"])
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    parsed = parser.parse_args(arguments)
    if parsed.verb == "write":
        for lock in LOCKS:
            write(lock, ROOT, upgrade=parsed.upgrade)
    found = [problem for lock in LOCKS for problem in check(lock, ROOT)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
