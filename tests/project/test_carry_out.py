"""What enters the image, and the reading of the Dockerfile that carries it out without Docker."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from scripts import carry_out, dockerfile

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = (
    ".env",
    "bot/.env",
    "remix-bot.db",
    "remix-bot.db-wal",
    "bot/remix-bot.sqlite3",
    "spool/1.png",
    "data/spool/1.png",
    ".venv/bin/python",
    "bot/__pycache__/jobs.cpython-311.pyc",
    "demo-output/card.png",
    "tests/test_x.py",
    ".git/config",
)
OWN = (
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "requirements/runtime.txt",
    "bot/jobs.py",
    "storage/spool/__init__.py",
    "storage/migrations/0001.sql",
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (*FOREIGN, *OWN):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    shutil.copy(ROOT / ".dockerignore", tmp_path)
    return tmp_path


def test_no_secret_database_spool_or_environment_enters_the_image(tree: Path) -> None:
    assert dockerfile.context(tree) == sorted(OWN)


def test_everything_that_the_dockerfile_copies_is_let_in() -> None:
    entering = {part for name in dockerfile.context(ROOT) for part in (name, name.split("/")[0])}
    copied = [
        source
        for word, text in dockerfile.instructions((ROOT / "Dockerfile").read_text())
        if word == "COPY" and not text.startswith("--from=")
        for source in text.split()[:-1]
    ]

    assert len(copied) > 5
    assert set(copied) - entering == set()


def test_continued_lines_are_one_instruction_and_comments_none() -> None:
    text = "# why\nFROM one AS build\n\nRUN first \\\n    # of the second\n    && second\nCMD []\n"

    assert list(dockerfile.instructions(text)) == [
        ("FROM", "one AS build"),
        ("RUN", "first && second"),
        ("CMD", "[]"),
    ]


def test_copy_places_folders_and_files_as_docker_does(tmp_path: Path) -> None:
    (tmp_path / "context/bot").mkdir(parents=True)
    (tmp_path / "context/bot/jobs.py").write_text("jobs")
    (tmp_path / "context/README.md").write_text("readme")
    stage = dockerfile.Stage(root=tmp_path / "root", folder="/build")

    dockerfile.copy(stage, ["bot"], "bot", tmp_path / "context")
    dockerfile.copy(stage, ["README.md"], "./", tmp_path / "context")
    dockerfile.copy(stage, ["README.md"], "/other/name", tmp_path / "context")

    assert (tmp_path / "root/build/bot/jobs.py").read_text() == "jobs"
    assert (tmp_path / "root/build/README.md").read_text() == "readme"
    assert (tmp_path / "root/other/name").read_text() == "readme"


def test_an_unknown_instruction_is_not_passed_over(tmp_path: Path) -> None:
    build = dockerfile.Build(base=tmp_path, context=tmp_path, work=tmp_path, pip={})
    build.stages.append(dockerfile.Stage(root=tmp_path))

    with pytest.raises(KeyError, match="ONBUILD"):
        build.carry_out("ONBUILD", "RUN true")


def test_it_says_why_it_skips_where_debootstrap_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert carry_out.main() == 0

    assert capsys.readouterr().out == "Skipped: debootstrap is not installed.\n"


def test_the_image_ends_as_the_operator_needs_it() -> None:
    last: dict[str, str] = {}
    for word, text in dockerfile.instructions((ROOT / "Dockerfile").read_text()):
        last = {} if word == "FROM" else {**last, word: text}

    assert last["ENTRYPOINT"] == '["remix-bot"]'
    assert last["CMD"] == '["run"]'
    assert last["USER"] == "10001:10001"
    assert last["VOLUME"] == "/data"
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert last["HEALTHCHECK"].endswith('CMD ["remix-bot", "health"]')
