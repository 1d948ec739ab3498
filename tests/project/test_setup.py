"""scripts/setup.sh, run for real: real interpreters, real environments, no network.

The project that it installs is a small one with an empty lock and a build backend of its own, so
that nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[2]
PYTHON = getattr(sys, "_base_executable", sys.executable)
TOOLS = ("sh", "dirname", "id", "mkdir", "mv", "rm", "cat", "sed", "tail", "uname")

NO_PYTHON = "Remix Bot needs Python 3.11 or later on PATH, and none of those found there runs.\n"
PINNED = ("first", "second", "third")
FAILING_UV = "import sys; open('asked', 'w'); sys.exit(2)"
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
pytestmark = pytest.mark.long(whole=True)

BACKEND = '''
"""Builds an editable wheel of one module and one script, with nothing but zipfile."""
import os, zipfile

INFO = "tiny-1.dist-info"

def build_editable(folder, settings=None, metadata=None):
    files = {
        "tiny.pth": os.getcwd(),
        f"{INFO}/METADATA": "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n",
        f"{INFO}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{INFO}/entry_points.txt": "[console_scripts]\\ntiny = tiny:main\\n",
    }
    record = "".join(f"{name},,\\n" for name in [*files, f"{INFO}/RECORD"])
    with zipfile.ZipFile(os.path.join(folder, "tiny-1-py3-none-any.whl"), "w") as wheel:
        for name, text in {**files, f"{INFO}/RECORD": record}.items():
            wheel.writestr(name, text)
    return "tiny-1-py3-none-any.whl"

build_wheel = build_editable
'''


class Project:
    """A copy of the script with a project around it, and a PATH with what the test puts there."""

    def __init__(self, root: Path) -> None:
        self.root = root / "a project"
        self.path = root / "bin"
        # Above all no PIP_..., PYTHON... or PATH of the process that runs the tests.
        self.environment = {"PATH": str(self.path), "HOME": str(root), "PIP_NO_INDEX": "1"}
        self.path.mkdir()
        for tool in TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool) or tool)
        (self.root / "scripts").mkdir(parents=True)
        (self.root / "requirements").mkdir()
        shutil.copy(ROOT / "scripts/setup.sh", self.root / "scripts")
        self.write("requirements/dev.txt", "# nothing\n")
        self.write("requirements/photographs.txt", "# nothing\n")
        self.write("pyproject.toml", PYPROJECT)
        self.write("backend.py", BACKEND)
        self.write("tiny.py", "def main():\n    print('it runs')\n")

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def pin(self, name: str, *hashes: str, module: str = "") -> str:
        """Make a wheel with one module, and give its pin as the locks have it.

        Args:
            name: Of both.
            hashes: Some that are another file's; without any, the pin has none at all.
            module: What stands in it.
        """
        wheel = self.root / f"{name}-1-py3-none-any.whl"
        about = f"{name}-1.dist-info"
        with zipfile.ZipFile(wheel, "w") as file:
            file.writestr(f"{name}.py", module)
            file.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
            file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            file.writestr(f"{about}/RECORD", "")
        if not hashes:
            return f"{name}==1\n"
        known = [*hashes, hashlib.sha256(wheel.read_bytes()).hexdigest()]
        lines = "".join(f" \\\n    --hash=sha256:{each}" for each in known)
        return f"{name}==1{lines}\n    # via nobody\n"

    def command(self, name: str, body: str) -> None:
        """Put a command on PATH."""
        command = self.path / name
        command.unlink(missing_ok=True)  # never write through a link to the machine's own tool
        command.write_text(f"#!/bin/sh\n{body}\n")
        command.chmod(0o755)

    def set_up(self) -> subprocess.CompletedProcess[str]:
        return self.run("sh", "scripts/setup.sh")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def with_uv(self, module: str) -> None:
        """Pin a package named uv, and let pip find it with no index reached."""
        pins = [self.pin(name, "0" * 64) for name in PINNED]
        uv = self.pin("uv", "0" * 64, module=module)
        self.write("requirements/dev.txt", f"--find-links ..\n{''.join([*pins, uv])}")
        del self.environment["PIP_NO_INDEX"]
        self.environment |= {
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "PIP_FIND_LINKS": ".",
            "PIP_RETRIES": "0",
            "UV_OFFLINE": "1",
        }

    def installer(self, name: str) -> str:
        """Say what installed a package, as it says itself."""
        [file] = self.root.glob(f".venv/lib/python*/site-packages/{name}-1.dist-info/INSTALLER")
        return file.read_text().strip()

    def tiny(self) -> str:
        return self.run(".venv/bin/tiny").stdout

    def misnamed(self) -> list[str]:
        """Scripts that still name the folder in which they were made."""
        scripts = (self.root / ".venv/bin").iterdir()
        files = [script for script in scripts if not script.is_symlink()]
        return [script.name for script in files if b".venv.new" in script.read_bytes()]

    def left(self) -> list[str]:
        return sorted(path.name for path in self.root.glob(".venv*"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="module")
def pip_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with a pip of its own, which Debian's may not have."""
    if subprocess.run([PYTHON, "-m", "pip", "--version"], check=False).returncode == 0:
        return PYTHON
    folder = tmp_path_factory.mktemp("with-pip")
    subprocess.run([PYTHON, "-m", "venv", folder], check=True)
    return str(folder / "bin/python")


def pass_on(python: str = PYTHON) -> str:
    return f'exec "{python}" "$@"'


def without(*modules: str, python: str = PYTHON) -> str:
    """Make an interpreter whose `-m venv` or `-m pip` fails as on Debian."""
    checks: Sequence[str] = [
        f'if [ "$1 $2" = "-m {module}" ]; then case " $* " in *" --without-pip "*) ;; '
        f'*) echo "no {module}" >&2; exit 1;; esac; fi'
        for module in modules
    ]
    return "\n".join([*checks, answer_as_itself(), pass_on(python)])


def answer_as_itself() -> str:
    """Answer the script's question for the newest Python with this very command."""
    return 'if [ "$1 $3" = "-c 14" ]; then echo "1011099 $0"; exit; fi'


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, pip_python: str) -> Project:
    """A project with a half-made environment that was set up without ensurepip.

    Its Python is no longer on PATH.
    """
    project = Project(tmp_path_factory.mktemp("built"))
    project.command("python3", without("venv", python=pip_python))
    project.with_uv(FAILING_UV)
    project.environment["PIP_NO_INDEX"] = "1"
    (project.root / ".venv/bin").mkdir(parents=True)
    (project.root / ".venv/bin/python").symlink_to(PYTHON)
    (project.root / ".venv/of-the-old-one").touch()
    (project.root / ".venv.new-999999999").mkdir()
    done = project.set_up()
    assert done.returncode == 0, done.stderr
    (project.path / "python3").unlink()
    return project


def test_an_environment_is_built_and_works_under_its_final_name(built: Project) -> None:
    assert built.tiny() == "it runs\n"
    assert built.left() == [".venv"]
    assert built.misnamed() == []


def test_all_that_is_pinned_is_installed(built: Project) -> None:
    done = built.run(".venv/bin/python", "-c", f"import {', '.join(PINNED)}")

    assert done.stderr == ""


def test_uv_installs_what_is_pinned(project: Project, pip_python: str) -> None:
    project.command("python3", without("venv", python=pip_python))
    project.with_uv(f"import os, sys; os.execv({find_uv_bin()!r}, ['uv', *sys.argv[1:]])")
    (project.root / ".config/uv").mkdir(parents=True)
    project.write(".config/uv/uv.toml", f'[pip]\ntarget = "{project.root}/elsewhere"\n')

    done = project.set_up()

    assert done.returncode == 0, done.stderr
    assert [project.installer(name) for name in PINNED] == ["uv"] * 3
    assert project.tiny() == "it runs\n"
    assert project.misnamed() == []


def test_where_uv_fails_pip_installs_what_is_pinned(project: Project, pip_python: str) -> None:
    project.command("python3", without("venv", python=pip_python))
    project.with_uv(FAILING_UV)

    done = project.set_up()

    assert done.returncode == 0, done.stderr
    assert [project.installer(name) for name in PINNED] == ["pip"] * 3
    assert (project.root / "asked").exists()


def test_uv_is_not_asked_where_pips_settings_name_another_place(built: Project) -> None:
    assert [built.installer(name) for name in PINNED] == ["pip"] * 3
    assert not (built.root / "asked").exists()


def test_an_environment_that_is_current_is_left_as_it_is(built: Project) -> None:
    done = built.set_up()

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "name", ["requirements/dev.txt", "requirements/photographs.txt", "pyproject.toml"]
)
def test_what_it_was_made_from_has_changed_so_it_is_not_current(built: Project, name: str) -> None:
    before = (built.root / name).read_text()
    built.write(name, before + "# changed\n")

    done = built.set_up()

    built.write(name, before)
    assert done.stderr == NO_PYTHON


def test_an_environment_that_was_moved_is_not_current(built: Project) -> None:
    home = built.root
    built.root = home.rename(home.with_name("moved"))

    done = built.set_up()

    built.root = built.root.rename(home)
    assert done.stderr == NO_PYTHON


def test_a_half_made_environment_is_not_taken_for_done_and_is_replaced(built: Project) -> None:
    assert not (built.root / ".venv/of-the-old-one").exists()


def test_without_ensurepip_the_interpreters_own_pip_installs(built: Project) -> None:
    assert built.run(".venv/bin/python", "-m", "pip").returncode == 1


def test_a_failed_install_leaves_nothing_and_shows_the_reason(
    project: Project, pip_python: str
) -> None:
    project.command("python3", without("venv", python=pip_python))
    absent = f"absent==1 --hash=sha256:{'0' * 64}\n"
    project.write("requirements/dev.txt", f"--find-links ..\n{absent}")

    done = project.set_up()

    assert done.returncode == 1
    assert "No matching distribution found for absent==1" in done.stderr
    assert project.left() == []


def test_with_neither_ensurepip_nor_pip_root_gets_it_from_apt(project: Project) -> None:
    project.command("id", "echo 0")
    project.command("python3", without("venv", "pip"))
    # What apt brings is an interpreter that can.
    (project.path / "repaired").write_text(f"#!/bin/sh\n{pass_on()}\n")
    project.command(
        "apt-get",
        f'echo "$*" >>"{project.root}/apt.log"\n'
        f'[ "$1" = update ] || cat "{project.path}/repaired" >"{project.path}/python3"',
    )

    done = project.set_up()

    assert done.returncode == 0, done.stderr
    assert project.tiny() == "it runs\n"
    assert "python3-venv" in (project.root / "apt.log").read_text()
    # With a pip of its own, whose scripts have to find it, too.
    assert (project.root / ".venv/bin/pip").exists()
    assert project.misnamed() == []


def test_where_nothing_helps_the_command_to_copy_is_shown(project: Project) -> None:
    project.command("id", "echo 1000")
    project.command("python3", without("venv", "pip"))
    project.command("apt-get", f'touch "{project.root}/apt.log"')

    done = project.set_up()

    assert done.returncode == 1
    assert done.stderr.endswith("    sudo apt-get install --yes python3-venv\n")
    assert not (project.root / "apt.log").exists()
    assert project.left() == []


def test_without_a_python_one_sentence_says_so(project: Project) -> None:
    project.command("python3.13", "echo 'python3.13: command not found' >&2; exit 127")
    project.command("python3", 'echo "old" >&2; exit 1')

    done = project.set_up()

    assert done.returncode == 1
    assert done.stderr == NO_PYTHON


def pretend(minor: int, micro: int, prefix: str = "/opt/python", lacks: str = "") -> str:
    """Make an interpreter that claims to be another version, and makes no environment.

    Args:
        minor: Of the version.
        micro: Of the version.
        prefix: Where it says that it is installed.
        lacks: Letters with which modules begin that it cannot find.
    """
    lie = f"type('V', (tuple,), dict(releaselevel='final'))((3, {minor}, {micro}))"
    blind = (
        "import importlib.util as util; find = util.find_spec\n"
        f"util.find_spec = lambda name: None if name[0] in '{lacks}' else find(name)"
    )
    return (
        f'if [ "$1 $3" = "-c 14" ]; then\n'
        f'  exec "{PYTHON}" -c "import sys; sys.version_info = {lie}\n{blind}\n'
        f"sys._base_executable, sys.base_prefix = '$0', '{prefix}'\n$2\" 14\n"
        f'elif [ "$2" = venv ]; then echo "${{0##*/}}" >>chosen; exit 1\n'
        f'elif [ "$2" = pip ]; then exit 1; fi\n{pass_on()}'
    )


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        ({"python3": (11, 9), "python3.11": (11, 2), "python3.12": (12, 0)}, "python3.12"),
        ({"python3": (11, 9), "python3.11": (11, 2)}, "python3"),
        ({"python3": (10, 99), "python3.11": (11, 0)}, "python3.11"),
        # Nothing in the lock has a wheel for 3.15 yet.
        ({"python3.15": (15, 0), "python3.11": (11, 0)}, "python3.11"),
        ({"python3.15": (15, 0)}, "python3.15"),
        # The system's own is optimised; the newer one may not be.
        ({"python3": (11, 9), "python3.11": (11, 2, "/usr")}, "python3.11"),
        ({"python3": (12, 0), "python3.11": (11, 2, "/usr")}, "python3"),
        # Debian's makes no environment without a package of its own, but with either of two.
        ({"python3": (11, 9), "python3.11": (11, 2, "/usr", "ep")}, "python3"),
        ({"python3": (11, 9), "python3.11": (11, 2, "/usr", "e")}, "python3.11"),
    ],
)
def test_the_newest_python_that_runs_and_has_wheels_is_taken(
    project: Project, found: dict[str, tuple[Any, ...]], chosen: str
) -> None:
    project.command("id", "echo 1000")
    project.command("python3.13", "echo 'python3.13: command not found' >&2; exit 127")
    for name, about in found.items():
        project.command(name, pretend(*about))

    project.set_up()

    assert (project.root / "chosen").read_text().split()[0] == chosen
