from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import copying
from bot.settings import Settings
from storage import rows
from storage.moves import require_home
from storage.shelves import FolderShelf
from tests.operator.conftest import Shell
from tests.storage.engines import ENGINES
from tests.storage.rows import NOW, count, insert


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[str]:
    """The address of an empty database of a server."""
    yield await ENGINES["postgres"].url(tmp_path)
    await ENGINES["postgres"].discard(tmp_path)


async def file_with_jobs(shell: Shell, number: int) -> str:
    """The address of a file in which a community lives."""
    database = await ENGINES["sqlite"].open(shell.folder)
    for _ in range(number):
        await insert(database)
    await database.close()
    return await ENGINES["sqlite"].url(shell.folder)


async def test_a_community_moves_and_the_old_database_is_refused(shell: Shell, server: str) -> None:
    file = await file_with_jobs(shell, 3)

    status, out, err = await shell.run("copy-database", file, server)
    later, _, said = await shell.run("run", DATABASE_URL=file, DISCORD_TOKEN="not-asked-about")

    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert "jobs: 3 copied" in lines
    assert "jobs: 3 compared, all equal" in lines
    assert "pictures of jobs in flight: 0 compared, all equal" in lines
    assert lines[-1].startswith("The community lives in test_")
    assert "set DATABASE_URL to that" in lines[-1]
    assert later == 1
    assert "The bot cannot start: this database was copied to another one on 20" in said
    database = await ENGINES["postgres"].open(shell.folder)
    await require_home(database, now=NOW)
    assert await count(database, "jobs") == 3
    await database.close()


async def test_a_long_table_is_told_of_on_the_way_and_one_spool_stays_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "PAGE", 1)
    monkeypatch.setattr(copying, "ROWS_PER_LINE", 2)
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    database = await ENGINES["sqlite"].open(old)
    job = await insert(database)
    for _ in range(4):
        await insert(database)
    await database.close()
    await FolderShelf(tmp_path / "spool").put(job.id, "source", b"a picture")
    settings = Settings(
        discord_token=SecretStr("a-token-of-the-sandbox"),
        ideogram_api_key=SecretStr("a-key-of-the-sandbox"),
        spool_dir=tmp_path / "spool",
    )
    addresses = [await ENGINES["sqlite"].url(folder) for folder in (old, new)]

    told = [line async for line in copying.move(settings, *addresses)]

    assert [line for line in told if line.startswith("jobs: ")] == [
        *("jobs: 2 copied so far", "jobs: 4 copied so far", "jobs: 5 copied"),
        *("jobs: 2 compared so far", "jobs: 4 compared so far", "jobs: 5 compared, all equal"),
    ]
    assert "pictures of jobs in flight: 1 compared, all equal" in told
    assert (tmp_path / "spool" / job.id / "source").read_bytes() == b"a picture"


async def test_ctrl_c_ends_a_copy_with_a_sentence_and_leaves_the_old_database(shell: Shell) -> None:
    file = await file_with_jobs(shell, 1)
    asked = shell.interrupt = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()  # Until the command is gone.
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1") as silent:
        port = silent.sockets[0].getsockname()[1]
        to = f"postgresql://bot@127.0.0.1:{port}/bot"
        status, out, err = await shell.run("copy-database", file, to)

    assert (status, out) == (130, "")
    assert err.startswith("Stopped before the end: FROM is as it was; remove TO")
    assert "Traceback" not in err  # asyncpg may add that its connection was lost.
    database = await ENGINES["sqlite"].open(shell.folder)
    await require_home(database, now=NOW)
    await database.close()


async def test_what_cannot_be_is_said_in_one_sentence_without_the_password(shell: Shell) -> None:
    file = await file_with_jobs(shell, 1)
    lost = "postgresql://bot:hidden@127.0.0.1:1/bot"

    found = [
        await shell.run("copy-database", *pair) for pair in ((file, "remix-bot.db"), (file, lost))
    ]

    assert [(status, out) for status, out, _ in found] == [(1, ""), (1, "")]
    for (_, _, err), what in zip(found, ("TO must be sqlite:///", "lets nobody in"), strict=True):
        assert err.startswith("Nothing was moved: ")
        assert what in err
        assert err.count("\n") == 1
        assert "hidden" not in err
