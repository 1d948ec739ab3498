"""The checks of the lock files, on the real ones and on spoilt copies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts import locks

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = locks.LOCKS[0]
HASH = "--hash=sha256:" + "0" * 64


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


@pytest.mark.parametrize("lock", locks.LOCKS, ids=lambda lock: lock.name)
def test_the_locks_of_the_project_are_whole_and_current(lock: locks.Lock) -> None:
    assert locks.check(lock, ROOT) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("--index-url https://packages.example/simple", "names an address or a path"),
        ("--find-links ./wheels", "names an address or a path"),
        ("-i example", "an option stands in it"),
        ("--no-binary :all:", "an option stands in it"),
        ("-e .", "an option stands in it"),
        (f"thing @ file:///srv/thing.whl {HASH}", "names an address or a path"),
        (f"./thing.whl {HASH}", "names an address or a path"),
        ("    # via -r /srv/project/requirements/build.in", "names an address or a path"),
        ("thing==1.0", "no hash: thing==1.0"),
        (f"thing>=1.0 {HASH}", "not a pinned version: thing>=1.0"),
        (f"thing {HASH}", "not a pinned version: thing"),
        (f"thing==1.0 --hash=sha256:{'0' * 63}", "not a pinned version"),
    ],
)
def test_a_line_that_must_not_be_in_a_lock_is_reported(line: str, problem: str) -> None:
    found = locks.problems_of_text(f"good==1.0 \\\n    {HASH}\n    # via other\n{line}\n")

    assert any(problem in one for one in found)


def test_a_sound_pin_with_a_marker_is_not_reported() -> None:
    text = f"good==1.0.post1 ; python_full_version >= '3.13' \\\n    {HASH} \\\n    {HASH}\n"

    assert locks.problems_of_text(text) == []


def test_a_changed_dependency_makes_the_lock_out_of_date(copy: Path) -> None:
    configuration = copy / "pyproject.toml"
    configuration.write_text(configuration.read_text().replace('"pillow>=12"', '"pillow>=11"'))

    assert locks.check(RUNTIME, copy) == [
        "runtime.txt: out of date with pyproject.toml; run `make lock`"
    ]


def test_a_change_elsewhere_in_pyproject_leaves_the_lock_current(copy: Path) -> None:
    configuration = copy / "pyproject.toml"
    configuration.write_text(configuration.read_text().replace("line-length = 100", ""))

    assert locks.check(RUNTIME, copy) == []


def test_a_dependency_that_the_pins_do_not_fulfil_is_reported(copy: Path) -> None:
    configuration = copy / "pyproject.toml"
    configuration.write_text(configuration.read_text().replace('"pillow>=12"', '"pillow>=99"'))

    assert "runtime.txt: pillow>=99 is not fulfilled" in locks.check(RUNTIME, copy)


def test_an_absent_lock_is_reported(copy: Path) -> None:
    (copy / "requirements/runtime.txt").unlink()

    assert locks.check(RUNTIME, copy) == ["runtime.txt: absent; run `make lock`"]


def test_every_pin_of_the_image_is_the_one_that_was_tested() -> None:
    runtime = set(locks.pins((ROOT / "requirements/runtime.txt").read_text()))
    dev = set(locks.pins((ROOT / "requirements/dev.txt").read_text()))

    assert runtime - dev == set()
