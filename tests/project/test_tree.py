"""What no file may hold, and how long a module may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import tree


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# Put together here, so that this file passes the check that it tests.
@pytest.mark.parametrize(
    ("parts", "what"),
    [
        (("https://py", "pi.org/simple"), "a package registry"),
        (("https://files.python", "hosted.org/x"), "a package registry"),
        (("http://deb.", "debian.org/debian"), "a package registry"),
        (("https://registry.npm", "js.org"), "a package registry"),
        (("path = '/wo", "rk/main'"), "a machine's path"),
        (("cd /ro", "ot/project"), "a machine's path"),
        (("see /ho", "me/somebody/x"), "a machine's path"),
        (("open('/tm", "p/x')"), "a machine's path"),
        (("file:///op", "t/wheels"), "a machine's path"),
    ],
)
def test_a_registry_or_a_machines_path_is_reported_with_its_line(
    tmp_path: Path, parts: tuple[str, ...], what: str
) -> None:
    path = write(tmp_path, "docs/page.md", f"first\nhere: {''.join(parts)}\n")

    found = tree.foreign(tmp_path, [path])

    assert len(found) == 1
    assert found[0].startswith(f"docs/page.md:2: names {what}: ")


@pytest.mark.parametrize(
    "line",
    [
        "sqlite:////data/remix-bot.db",
        "#!/usr/bin/env bash",
        "/bin/sh -c",
        "cd ~/homework/project",
        "homework/home/x",
        "https://discord.com/home/x",
        "$HOME/tmp/x",
    ],
)
def test_a_path_that_every_machine_has_is_not_reported(tmp_path: Path, line: str) -> None:
    path = write(tmp_path, "page.md", line)

    assert tree.foreign(tmp_path, [path]) == []


def test_a_picture_is_not_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "card.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff")

    assert tree.foreign(tmp_path, [path]) == []


@pytest.mark.parametrize(
    ("name", "lines", "problems"),
    [
        ("bot/jobs.py", 400, []),
        ("bot/jobs.py", 401, ["bot/jobs.py: 401 lines, more than 400"]),
        ("sandbox/discord/rest.py", 500, ["sandbox/discord/rest.py: 500 lines, more than 400"]),
        ("tests/test_long.py", 500, []),
        ("storage/migrations/0001.sql", 500, []),
    ],
)
def test_a_module_of_over_400_lines_is_reported(
    tmp_path: Path, name: str, lines: int, problems: list[str]
) -> None:
    path = write(tmp_path, name, "x = 1\n" * lines)

    assert tree.overlong(tmp_path, [path]) == problems
