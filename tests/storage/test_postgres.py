"""What only the shared engine promises: its own time, its plans, a schema that several bring up."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from storage import facts, moves, postgres_pool
from storage.database import BrokenError, Database, StorageError, Transaction, Value, integer
from storage.guard import GuardedDatabase
from storage.postgres import PostgresDatabase, numbered
from storage.postgres_faults import PAUSE_FIRST
from storage.postgres_schema import MIGRATING, schema_version
from storage.server_lineage import ServerLineage
from tests.storage import server
from tests.storage.engines import ENGINES, Engine, at, create
from tests.storage.rows import count, do, execute
from tests.storage.test_plans import GROWING, READS, WRITES, Recorder

Asked = Sequence[tuple[str, tuple[Value, ...]]]


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """Overrides the fixture of both engines."""
    chosen = ENGINES["postgres"]
    yield chosen
    await chosen.discard(tmp_path)


async def plans(folder: Path, asked: Asked) -> str:
    """How statements would be carried out if a table were too long to be read through."""
    connection = await asyncpg.connect(await ENGINES["postgres"].url(folder))
    try:
        await connection.execute("SET enable_seqscan = off")
        found: list[str] = []
        for sql, values in asked:
            rows = await connection.fetch(f"EXPLAIN {numbered(sql)}", *values)
            found += [row[0] for row in rows]
        return "\n".join(found)
    finally:
        await connection.close()


def scanned(plan: str) -> set[str]:
    return set(re.findall(r"Seq Scan on (\w+)", plan)) & set(GROWING)


@pytest.mark.parametrize("name", READS)
async def test_a_read_scans_no_growing_table(database: Database, tmp_path: Path, name: str) -> None:
    recorder = Recorder(database.read)

    await READS[name](recorder)

    assert recorder.asked
    assert not scanned(await plans(tmp_path, recorder.asked))


@pytest.mark.parametrize("name", WRITES)
async def test_a_write_scans_no_growing_table(
    database: Database, tmp_path: Path, name: str
) -> None:
    asked: list[tuple[str, tuple[Value, ...]]] = []

    async def work(tx: Transaction) -> None:
        recorder = Recorder(tx.run)
        await WRITES[name](recorder)
        asked.extend(recorder.asked)

    await database.transaction(work)

    assert asked
    assert not scanned(await plans(tmp_path, asked))


async def test_a_scan_would_be_noticed(database: Database, tmp_path: Path) -> None:
    plan = await plans(tmp_path, [("SELECT id FROM jobs WHERE backend = ?", ("x",))])

    assert scanned(plan) == {"jobs"}


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError, match="read-only"):
        await database.read("INSERT INTO facts (name, value) VALUES ('a', 'b') RETURNING name")

    assert await count(database, "facts") == 0


async def test_the_server_has_a_clock_for_all(database: Database) -> None:
    before = time.time_ns() // 1_000_000

    told = await database.server_time()

    assert told is not None
    assert before <= told <= time.time_ns() // 1_000_000 + 1, "the server rounds"


async def test_an_error_tells_nothing_of_the_row(database: Database) -> None:
    await do(database, facts.put, "name", "a secret")

    with pytest.raises(StorageError) as caught:
        await execute(database, "INSERT INTO facts (name, value) VALUES ('name', 'a secret')")

    assert "unique" in str(caught.value)
    assert "a secret" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_transactions_that_cross_are_repeated(database: Database) -> None:
    await do(database, facts.put, "one", "0")
    await do(database, facts.put, "two", "0")
    both = asyncio.Barrier(2)

    def crossing(first: str, second: str) -> Callable[[Transaction], Awaitable[None]]:
        begun = 0

        async def work(tx: Transaction) -> None:
            nonlocal begun
            begun += 1
            await tx.run("UPDATE facts SET value = value || '!' WHERE name = ?", first)
            if begun == 1:
                await both.wait()
            await tx.run("UPDATE facts SET value = value || '!' WHERE name = ?", second)

        return work

    await asyncio.gather(
        database.transaction(crossing("one", "two")), database.transaction(crossing("two", "one"))
    )

    assert await facts.get(database, "one") == "0!!"
    assert await facts.get(database, "two") == "0!!"


async def test_a_transaction_whose_connection_is_lost_before_its_end_is_repeated_once(
    database: Database,
) -> None:
    begun = 0

    async def work(tx: Transaction) -> None:
        nonlocal begun
        begun += 1
        await facts.put(tx, f"attempt-{begun}", "value")
        if begun == 1:
            await tx.run("SELECT pg_terminate_backend(pg_backend_pid())")

    await database.transaction(work)

    assert await count(database, "facts") == 1
    assert await facts.get(database, "attempt-2") == "value"


async def test_a_statement_between_the_servers_last_words_and_the_end_of_its_connection(
    database: Database, tmp_path: Path
) -> None:
    url, begun = await ENGINES["postgres"].url(tmp_path), 0

    async def work(tx: Transaction) -> None:
        nonlocal begun
        begun += 1
        await facts.put(tx, f"attempt-{begun}", "value")
        if begun == 1:
            [row] = await tx.run("SELECT pg_backend_pid() AS pid")
            # The loop stands meanwhile. Of what then waits for it, two turns read the words only.
            server.run("psql", "-q", url, "-c", f"SELECT pg_terminate_backend({row['pid']}, 5000)")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await facts.put(tx, "too-late", "value")

    await database.transaction(work)

    assert begun == 2
    assert await count(database, "facts") == 1
    assert await facts.get(database, "attempt-2") == "value"


async def test_between_attempts_that_are_crossed_the_pauses_grow(database: Database) -> None:
    begun: list[float] = []

    async def work(tx: Transaction) -> None:
        begun.append(asyncio.get_running_loop().time())
        if len(begun) < 6:
            await tx.run("DO $$ BEGIN RAISE deadlock_detected; END $$")

    await database.transaction(work)

    gaps = [after - before for before, after in pairwise(begun)]
    least = [PAUSE_FIRST * 2**number / 2 for number in range(5)]
    assert all(gap >= pause for gap, pause in zip(gaps, least, strict=True))


async def test_what_goes_wrong_in_the_work_itself_is_raised_as_it_is(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        await facts.put(tx, "undone", "value")
        raise OSError("the work's own")

    with pytest.raises(OSError, match="the work's own"):
        await database.transaction(work)

    assert await count(database, "facts") == 0


@pytest.fixture
async def empty_url() -> AsyncIterator[str]:
    """A database without a table, of this test alone."""
    name = f"own_{time.time_ns()}"
    await create(name)
    yield at(server.url(), name)
    connection = await asyncpg.connect(server.url())
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()


async def test_several_processes_migrate_at_once_and_each_finds_it_done(empty_url: str) -> None:
    opened = await asyncio.gather(*(PostgresDatabase.open(empty_url) for _ in range(4)))

    for number, database in enumerate(opened):
        await do(database, facts.put, f"fact-{number}", "value")

    assert await count(opened[0], "facts") == 4
    await asyncio.gather(*(database.close() for database in opened))


@pytest.mark.parametrize(
    "holding",
    [f"SELECT pg_advisory_xact_lock({MIGRATING})", "CREATE TABLE schema_version (version BIGINT)"],
    ids=["another migrates", "a statement takes long"],
)
async def test_a_migration_waits_longer_than_any_other_statement(
    monkeypatch: pytest.MonkeyPatch, empty_url: str, holding: str
) -> None:
    monkeypatch.setattr(postgres_pool, "WAIT_SECONDS", 0.4)
    other, looking = [await asyncpg.connect(empty_url) for _ in range(2)]
    held = other.transaction()
    await held.start()
    await other.execute(holding)

    opening = [asyncio.create_task(PostgresDatabase.open(empty_url)) for _ in range(3)]
    while await waiting(looking, longer_than=0.6) < len(opening):
        done, _ = await asyncio.wait(opening, timeout=0.01)
        assert not done
    await held.rollback()
    opened = await asyncio.gather(*opening)

    assert await count(opened[0], "facts") == 0
    await asyncio.gather(*(each.close() for each in (*opened, other, looking)))


async def waiting(connection: asyncpg.Connection, *, longer_than: float) -> int:
    """How many connections wait for a lock, each for longer than so many seconds."""
    found = await connection.fetchval(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'"
        " AND clock_timestamp() - query_start > make_interval(secs => $1)",
        longer_than,
    )
    return int(found)


@pytest.fixture
async def poor_url(empty_url: str) -> AsyncIterator[str]:
    """The same database for a user who may do nothing there."""
    connection = await asyncpg.connect(empty_url)
    name = f"poor_{time.time_ns()}"
    await connection.execute(
        f"CREATE ROLE {name} LOGIN PASSWORD 'poor'; REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    )
    parts = urlsplit(empty_url)
    host = parts.netloc.rpartition("@")[2]
    yield urlunsplit(parts._replace(netloc=f"{name}:poor@{host}"))
    await connection.execute(f"DROP ROLE {name}")
    await connection.close()


async def test_a_user_without_rights_is_told_what_to_do(empty_url: str, poor_url: str) -> None:
    with pytest.raises(StorageError, match="make it the owner of the database") as migrating:
        await PostgresDatabase.open(poor_url)
    await (await PostgresDatabase.open(empty_url)).close()
    with pytest.raises(StorageError, match="make it the owner of the database") as looking:
        await schema_version(poor_url)
    with pytest.raises(StorageError, match="make it the owner of the database") as opening:
        await PostgresDatabase.open(poor_url)

    assert "permission denied for schema public" in str(migrating.value)
    assert "permission denied for table schema_version" in str(looking.value)
    assert str(opening.value) == str(looking.value)


async def test_a_newer_schema_is_refused_and_the_next_one_is_not(
    database: Database, tmp_path: Path
) -> None:
    rows = await database.read("SELECT version FROM schema_version")
    known = integer(rows[0], "version")
    url = await ENGINES["postgres"].url(tmp_path)

    await execute(database, "UPDATE schema_version SET version = ?", known + 1)
    await (await PostgresDatabase.open(url)).close()
    await execute(database, "UPDATE schema_version SET version = ?", known + 2)
    with pytest.raises(StorageError, match="start the version of the bot that wrote it"):
        await PostgresDatabase.open(url)


async def test_a_database_that_came_from_a_dump_is_known_from_the_one_that_was_written(
    empty_url: str,
) -> None:
    database = await PostgresDatabase.open(empty_url)
    written, after, again = ServerLineage(), ServerLineage(), ServerLineage()
    assert not await written.is_restored(database)
    written.keep(await database.transaction(written.advance))

    at_the_next_start = await ServerLineage().is_restored(database)
    await as_from_a_dump(empty_url)

    assert not at_the_next_start
    assert await after.is_restored(database)
    after.keep(await database.transaction(after.advance))
    assert not await again.is_restored(database)
    await database.close()


@pytest.mark.parametrize(
    ("stage", "minutes", "why"),
    [
        ("left", -1, "was copied to another one on .* and the community goes on"),
        ("leaving", 1, "is being copied to another one"),
        ("leaving", -1, None),
    ],
)
async def test_who_slept_while_the_community_left_writes_nothing_of_weight(
    database: Database, stage: str, minutes: int, why: str | None
) -> None:
    lineage = ServerLineage()
    await lineage.is_restored(database)
    lineage.keep(await database.transaction(lineage.advance))

    at = (await database.server_time() or 0) + minutes * 60_000
    await do(database, facts.put, moves.MOVE, f"{stage} an-id {at}")

    if why is None:
        await database.transaction(lineage.advance)
    else:
        with pytest.raises(BrokenError, match=f"^This database {why}"):
            await database.transaction(lineage.advance)


async def test_an_operator_can_say_that_it_was_put_back(database: Database) -> None:
    before, after = ServerLineage(), ServerLineage()
    await before.is_restored(database)
    before.keep(await database.transaction(before.advance))

    await execute(database, "UPDATE facts SET value = '' WHERE name = 'place'")

    assert await after.is_restored(database)


async def test_a_dump_that_is_put_back_under_a_process_ends_it(empty_url: str) -> None:
    database = await GuardedDatabase.open(lambda: PostgresDatabase.open(empty_url))
    lineage = ServerLineage()
    await lineage.is_restored(database)
    lineage.keep(await database.transaction(lineage.advance))

    await as_from_a_dump(empty_url)
    for _ in range(2):
        with pytest.raises(BrokenError, match="start the bot again"):
            await database.transaction(lineage.advance)

    assert "a backup was put back" in str(await database.broken())
    await database.close()


async def as_from_a_dump(url: str) -> None:
    """Make the table anew, as `pg_restore --clean` does."""
    connection = await asyncpg.connect(url)
    await connection.execute(
        "CREATE TABLE made_anew (LIKE jobs INCLUDING ALL); DROP TABLE jobs CASCADE;"
        " ALTER TABLE made_anew RENAME TO jobs"
    )
    await connection.close()


async def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with pytest.raises(StorageError, match="check DATABASE_URL") as caught:
        await PostgresDatabase.open("postgresql://bot:hidden@127.0.0.1:1/bot")

    assert "hidden" not in str(caught.value)
