"""scripts/alone.py finds what a command leaves behind, however well it hides."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux lets a process adopt its orphans"
)


def alone(script: str) -> subprocess.CompletedProcess[str]:
    # The grace is cut short: nothing here ends by itself within it.
    code = (
        "import sys; from scripts import alone\n"
        "alone.GRACE = 0.2\n"
        "sys.exit(alone.main(sys.argv[1:]))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "bash", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def running(command: bytes) -> list[str]:
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            if path.read_bytes() == command:
                found.append(path.parent.name)
    return found


@pytest.mark.parametrize(
    "hidden",
    [
        "sleep 987 &",
        "setsid sleep 987 &",
        "setsid env -i PATH=$PATH sh -c '(sleep 987 &) &' &",
    ],
)
def test_a_process_left_behind_is_named_and_killed(hidden: str) -> None:
    done = alone(f"{hidden}\nexit 0")

    assert done.returncode == 1
    assert "Left behind, and killed: " in done.stderr
    assert "sleep 987" in done.stderr
    assert running(b"sleep\x00987\x00") == []


def test_a_process_that_ends_by_itself_is_not_left_behind() -> None:
    done = alone("setsid true &\nexit 0")

    assert (done.returncode, done.stderr) == (0, "")


def test_the_commands_own_failure_is_passed_on() -> None:
    assert alone("exit 7").returncode == 7


def test_the_command_has_no_standard_input() -> None:
    assert alone("read -r line && exit 5; exit 6").returncode == 6
