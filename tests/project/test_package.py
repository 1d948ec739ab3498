"""What the wheel holds, and that the project asks for every package that it imports."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image

from sandbox.demo.photographs import NAMES

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = {"bot", "cogs", "storage", "sandbox", "scripts", "tests", "benchmarks"}
COMES_WITH = {"pydantic-core": "pydantic", "yarl": "aiohttp"}
"""A package whose types stand in the interface of the one that brings it."""


def imported(*folders: str) -> dict[str, str]:
    """Map each package of the index that is imported to a module that does so."""
    distributions = packages_distributions()
    found: dict[str, str] = {}
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for name in _top_level(ast.parse(path.read_text())):
                if name not in OURS and name not in sys.stdlib_module_names:
                    package = canonicalize_name(distributions.get(name, [name])[0])
                    found[COMES_WITH.get(package, package)] = str(path.relative_to(ROOT))
    return found


def _top_level(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def asked(*extras: str) -> set[str]:
    texts = [*PROJECT["dependencies"]]
    for extra in extras:
        texts += PROJECT["optional-dependencies"][extra]
    return {canonicalize_name(Requirement(text).name) for text in texts}


def test_the_bot_imports_exactly_what_it_depends_on() -> None:
    found = imported("bot", "cogs", "storage")

    undeclared = {name: where for name, where in found.items() if name not in asked("postgres")}
    assert undeclared == {}
    # The files of tzdata are read as data, by zoneinfo and `bot.zones`; httpcore asks for sniffio.
    assert asked() - set(found) == {"sniffio", "tzdata"}


def test_the_sandbox_the_tests_and_the_scripts_import_only_what_is_asked_for() -> None:
    found = imported("sandbox", "scripts", "tests")

    assert {
        name: where for name, where in found.items() if name not in asked("dev", "postgres")
    } == {}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as opened:
        yield opened


def test_the_wheel_holds_the_three_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"bot", "cogs", "storage"}


def test_the_wheel_holds_every_file_that_is_read_at_run_time(wheel: zipfile.ZipFile) -> None:
    wanted = {
        str(path.relative_to(ROOT))
        for folder in ("bot", "cogs", "storage")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert any(name.endswith(".sql") for name in wanted)
    assert wanted - set(wheel.namelist()) == set()


def test_the_wheel_brings_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    info = next(name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name)

    entry_points = wheel.read(f"{info}/entry_points.txt").decode()
    assert "remix-bot = bot.__main__:main" in entry_points
    assert f"{info}/licenses/LICENSE" in wheel.namelist()


def test_exactly_the_photographs_of_the_demo_are_documented_in_their_size() -> None:
    rows = [
        [cell.strip(" `") for cell in line.split("|")[1:3]]
        for line in (ROOT / "docs/photographs.md").read_text().splitlines()
        if line.startswith("| `")
    ]
    spec = find_spec("skimage")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "data"

    sizes = {}
    for name, _ in rows:
        with Image.open(folder / name) as picture:
            sizes[name] = f"{picture.width} x {picture.height}"

    assert {name for name, _ in rows} == set(NAMES)
    assert sizes == dict(rows)
