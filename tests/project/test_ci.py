""".ci/run on a project whose commands are short scripts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

README = """# A project

```
make nothing
```

## Try it

```
make demo
```

and

```
make test
```

## More

```text
make more
```
"""
CLOSING = "=========== 3 passed, 2 skipped in 0.10s ==========="
MAKEFILE = """
.SILENT:
check:
\techo checked
demo:
\techo shown
test:
\techo 'SKIPPED [2] tests/test_x.py:1: ../shared is absent'
\techo '{closing}'
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux lets a process adopt its orphans"
)


class Project:
    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in (".ci", "scripts", ".venv/bin"):
            (root / folder).mkdir(parents=True)
        shutil.copy(ROOT / ".ci/run", root / ".ci")
        shutil.copy(ROOT / "scripts/alone.py", root / "scripts")
        (root / "scripts/setup.sh").write_text("echo 'set up'\n")
        (root / ".venv/bin/python").symlink_to(sys.executable)
        (root / "README.md").write_text(README)
        self.make()

    def make(self, old: str = "", new: str = "", *, closing: str = CLOSING) -> None:
        text = MAKEFILE.format(closing=closing)
        (self.root / "Makefile").write_text(text.replace(old, new) if old else text)

    def run(self) -> subprocess.CompletedProcess[str]:
        # From elsewhere, and with something on standard input that nobody may read.
        return subprocess.run(
            ["bash", self.root / ".ci/run"],
            cwd=self.root.parent,
            env={"PATH": os.environ["PATH"]},  # not what a make around the tests tells its makes
            input="typed\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=50,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def test_the_checks_and_the_readmes_two_commands_run_in_their_order(project: Project) -> None:
    done = project.run()

    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if not line.startswith(("==", "SKIPPED"))]
    assert [line for line in told if line] == ["set up", "checked", "shown"]


def test_seconds_skips_with_their_reasons_and_the_closing_line_are_shown(project: Project) -> None:
    done = project.run()

    lines = done.stdout.splitlines()
    for name in ("set up", "make check", "make demo", "make test", "all"):
        assert any(line.startswith(f"== {name}: ") and line.endswith(" s") for line in lines)
    assert "== skipped: 2 skipped" in lines
    assert lines.count("SKIPPED [2] tests/test_x.py:1: ../shared is absent") == 2
    assert lines[-1] == CLOSING


@pytest.mark.parametrize("line", ["echo checked", "echo shown", "echo 'SKIPPED"])
def test_a_stage_that_fails_ends_the_run(project: Project, line: str) -> None:
    project.make(line, f"exit 3; {line}")

    done = project.run()

    assert done.returncode != 0
    assert "== all:" not in done.stdout


def test_a_process_left_behind_fails_the_run(project: Project) -> None:
    project.make("echo shown", "setsid sleep 876 >/dev/null 2>&1 & echo shown")

    done = project.run()

    assert done.returncode != 0
    assert "Left behind, and killed: " in done.stdout


@pytest.mark.parametrize("closing", ["3 tests are fine", "=== no tests ran in 0.01s ==="])
def test_without_a_passing_closing_line_of_pytest_the_run_fails(
    project: Project, closing: str
) -> None:
    project.make(closing=closing)

    done = project.run()

    assert done.returncode == 1
    assert "No closing line of pytest" in done.stderr


@pytest.mark.parametrize("spoilt", ["make test\n", "make demo\n```\n\nand\n\n```\n"])
def test_a_readme_without_its_two_commands_fails_the_run(project: Project, spoilt: str) -> None:
    assert spoilt in README
    (project.root / "README.md").write_text(README.replace(spoilt, ""))

    done = project.run()

    assert done.returncode == 1
    assert 'commands under "Try it", not two' in done.stderr


def test_nothing_reads_standard_input(project: Project) -> None:
    project.make("echo shown", "read -r line && exit 4; echo shown")

    assert project.run().returncode == 0


def test_the_projects_own_readme_has_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    section = text.split("\n## Try it\n", 1)[1].split("\n## ", 1)[0]

    blocks = [block.strip() for block in section.split("```")[1::2]]
    assert blocks == ["make demo", "make test"]
