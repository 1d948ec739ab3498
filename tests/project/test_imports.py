"""Each contract of import-linter catches the import that it is there for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = Path(sysconfig.get_path("scripts")) / "lint-imports"

# The least of each package that the contracts name, with every import that they allow.
ALLOWED = {
    "bot/__init__.py": "",
    "bot/client.py": "import discord\nimport storage.database",
    "bot/discord_wire.py": "import discord",
    "bot/greeting.py": "import discord",
    "bot/backends/__init__.py": "",
    "bot/backends/http.py": "import httpx",
    "bot/backends/exchange.py": "import httpx",
    "bot/spending/__init__.py": "",
    "bot/spending/chart.py": "import matplotlib",
    "bot/spending/glyphs.py": "import matplotlib",
    "bot/jobs.py": "import bot.backends.http\nimport storage.database",
    "cogs/__init__.py": "import discord\nimport bot.jobs\nimport storage.database",
    "storage/__init__.py": "",
    "storage/database.py": "import aiosqlite\nimport asyncpg\nimport sqlite3",
}


def lint(root: Path, changed: dict[str, str]) -> subprocess.CompletedProcess[str]:
    for name, text in {**ALLOWED, **changed}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    shutil.copy(ROOT / "pyproject.toml", root)
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--no-logo"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


def test_the_imports_of_the_layout_are_allowed(tmp_path: Path) -> None:
    done = lint(tmp_path, {})

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "text", "contract"),
    [
        ("bot/jobs.py", "import cogs", "Imports point one way"),
        ("storage/jobs.py", "import bot.jobs", "Imports point one way"),
        ("bot/jobs.py", "import discord", "Only the client, its wire"),
        ("storage/jobs.py", "from discord import Client", "Only the client, its wire"),
        (
            "bot/backends/fal.py",
            "import httpx",
            "Only bot.backends.http and its exchanges",
        ),
        ("cogs/remix.py", "import httpx", "Only bot.backends.http and its exchanges"),
        ("bot/backends/fal.py", "import storage.database", "bot.backends knows neither"),
        ("bot/backends/fal.py", "import bot.client", "bot.backends knows neither"),
        ("bot/jobs.py", "import aiosqlite", "Only storage imports a database driver"),
        ("cogs/remix.py", "import sqlite3", "Only storage imports a database driver"),
        ("bot/jobs.py", "import matplotlib", "Only what draws the chart imports matplotlib"),
        ("cogs/quota.py", "import numpy", "Only what draws the chart imports matplotlib"),
        ("bot/jobs.py", "import sandbox", "Nothing imports the sandbox"),
        ("storage/jobs.py", "import tests.factories", "Nothing imports the sandbox"),
    ],
)
def test_a_stray_import_breaks_its_contract(
    tmp_path: Path, name: str, text: str, contract: str
) -> None:
    done = lint(tmp_path, {name: text})

    broken = [line for line in done.stdout.splitlines() if " BROKEN" in line]
    assert done.returncode == 1
    assert any(contract in line for line in broken), done.stdout
