from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from storage.inspection import inspect
from storage.sqlite import SqliteDatabase
from tests.operator.conftest import Shell


def by_name(out: str) -> dict[str, str]:
    """The lines by what they are about; the last of each."""
    found = (re.fullmatch(r"(ok|risk|FAIL) +(\w+): (.+)", line) for line in out.splitlines())
    lines = [match for match in found if match is not None]
    assert len(lines) == len(out.splitlines())
    return {match[2]: f"{match[1]} {match[3]}" for match in lines}


async def test_all_is_well_before_the_first_start(shell: Shell) -> None:
    status, out, err = await shell.run("doctor")

    found = by_name(out)
    assert (status, err) == (0, "")
    assert list(found) == [
        *("settings", "database", "spool", "disk", "clock", "Discord"),
        *("fal", "runware", "ideogram"),
    ]
    assert all(text.startswith("ok ") for text in found.values())
    assert "will be made at the first start" in found["database"]
    assert shell.providers.total == 0
    assert not (shell.folder / "remix.db").exists()


async def test_it_works_while_the_bot_runs(shell: Shell) -> None:
    database = await SqliteDatabase.open(shell.folder / "remix.db")
    try:
        _, out, _ = await shell.run("doctor")
    finally:
        await database.close()

    assert "is whole" in by_name(out)["database"]
    assert "in use by a running bot" in by_name(out)["database"]


async def test_each_thing_that_is_wrong_is_named_with_what_to_do(shell: Shell) -> None:
    (shell.folder / "remix.db").write_bytes(b"no database" * 1000)

    status, out, _ = await shell.run(
        "doctor",
        DISCORD_TOKEN="a-token-that-is-wrong",
        FAL_KEY="a-wrong:key",
        RUNWARE_API_KEY="a-wrong-key",
        IDEOGRAM_API_KEY="a-wrong-key",
    )

    found = by_name(out)
    assert status == 1
    ill = [name for name, text in found.items() if text.startswith("FAIL ")]
    assert ill == ["database", "Discord", "fal", "runware", "ideogram"]
    assert "Restore a backup" in found["database"]
    assert "set DISCORD_TOKEN" in found["Discord"]
    assert "check FAL_KEY" in found["fal"]
    assert "check RUNWARE_API_KEY" in found["runware"]
    assert "check IDEOGRAM_API_KEY" in found["ideogram"]
    assert "a-wrong" not in out


@pytest.mark.parametrize(
    ("setting", "place", "name", "says"),
    [
        ("DATABASE_URL", "sqlite:///text/remix.db", "database", "is no folder; set DATABASE_URL"),
        ("DATABASE_URL", f"sqlite:///{'x' * 300}.db", "database", "File name too long; check"),
        ("SPOOL_DIR", "text/spool", "spool", "is no folder; set SPOOL_DIR"),
    ],
)
async def test_a_place_that_cannot_be_is_named(
    shell: Shell, setting: str, place: str, name: str, says: str
) -> None:
    (shell.folder / "text").write_text("no folder")

    status, out, err = await shell.run("doctor", **{setting: place})

    assert (status, err) == (1, "")
    assert by_name(out)[name].startswith("FAIL ")
    assert says in by_name(out)[name]


async def test_a_first_start_that_was_cut_off_has_done_no_harm(shell: Shell) -> None:
    (shell.folder / "remix.db").touch()

    status, out, _ = await shell.run("doctor")

    assert status == 0
    assert "is whole, schema 0 of" in by_name(out)["database"]


async def test_a_provider_without_a_key_is_no_fault(shell: Shell) -> None:
    status, out, _ = await shell.run("doctor", RUNWARE_API_KEY="")

    assert status == 0
    assert by_name(out)["runware"] == "ok no key; set RUNWARE_API_KEY to offer its backends."


async def test_what_cannot_be_reached_is_named(shell: Shell) -> None:
    nobody = "http://127.0.0.1:9"

    status, out, _ = await shell.run("doctor", DISCORD_URL=nobody, FAL_URL=nobody)

    found = by_name(out)
    assert status == 1
    assert "PROXY_URL and DISCORD_URL" in found["clock"]
    assert "PROXY_URL and DISCORD_URL" in found["Discord"]
    assert "FAL_URL" in found["fal"]
    assert found["ideogram"].startswith("ok ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FAL_SYNC_MODE", "true"),
        ("FAL_KEEP_HISTORY", "false"),
        ("RUNWARE_OUTPUT_TYPE", "dataURI"),
        ("RUNWARE_DELIVERY", "sync"),
        ("RUNWARE_TTL", "3900"),
    ],
)
async def test_options_that_can_lose_a_result_are_named(
    shell: Shell, name: str, value: str
) -> None:
    # Runware alone is asked: the others are seen above.
    status, out, _ = await shell.run("doctor", **{name: value})

    assert status == 0
    risky = [line for line in out.splitlines() if line.startswith("risk ")]
    assert len(risky) == 1
    assert name in risky[0]


async def test_a_wrong_file_of_backends_is_named(shell: Shell) -> None:
    status, out, _ = await shell.run("doctor", BACKENDS_FILE="none.toml")

    assert status == 1
    assert "none.toml: cannot be read" in out


async def test_a_file_of_a_later_version_is_told(tmp_path: Path) -> None:
    path = tmp_path / "remix.db"
    await (await SqliteDatabase.open(path)).close()
    with sqlite3.connect(path) as later:
        later.execute("UPDATE schema_version SET version = 99")

    found = await inspect(path)

    assert (found.exists, found.version, found.in_use) == (True, 99, False)
