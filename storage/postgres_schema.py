"""The schema on a PostgreSQL server, which one of several processes brings up to date."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from storage.migrate import pending, statements
from storage.postgres_faults import repeated, told
from storage.postgres_pool import pool
from storage.tables import tables

if TYPE_CHECKING:
    from storage.postgres_pool import Connection

TYPES = {"int": "BIGINT", "blob": "BYTEA", "strict": ""}
MIGRATING = 0x72656D6978
"""The advisory lock under which one process at a time migrates; any number that is ours."""


async def schema_version(url: str) -> int:
    """Connect to a server without changing anything there, and read its database's schema; 0: none.

    Raises:
        StorageError: It cannot be reached, lets nobody in, or may not be read.
    """
    connections = await pool(url, 1, read_only=True)
    with told():
        async with connections, connections.acquire() as connection:
            return await version_of(connection)


async def migrate(url: str) -> None:
    """Bring the schema up to date, or wait until another process has."""
    # A long table takes its time, and nobody can go on before.
    connections = await pool(url, 1, read_only=False, patient=True)
    with told():
        async with connections, connections.acquire() as connection:
            # Held for as long as the connection.
            await connection.execute("SELECT pg_advisory_lock($1)", MIGRATING)
            for version, script in pending(await version_of(connection)):
                await repeated(partial(_apply, connection, version, script))


async def _apply(connection: Connection, version: int, script: str) -> None:
    with told():
        async with connection.transaction():
            await _have_alone(connection)
            for statement in statements(script, TYPES):
                await connection.execute(statement)
            await connection.execute("UPDATE schema_version SET version = $1", version)


async def _have_alone(connection: Connection) -> None:
    """Wait until nobody works on a table, and let nobody begin.

    A migration that took them in its own order would meet transactions that hold the others. Theirs
    is: an account, or a job where no money is moved, then all else, and the budgets last.
    """
    found = await connection.fetch(
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
    )
    ours = {table.name for table in tables()} & {row["name"] for row in found}
    if ours:
        names = ", ".join(f'"{name}"' for name in sorted(ours, key=_rank))
        await connection.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")


def _rank(table: str) -> tuple[bool, bool, bool, str]:
    return table != "accounts", table != "jobs", table == "budgets", table


async def version_of(connection: Connection) -> int:
    """The version of the schema; 0 where there is none."""
    if await connection.fetchval("SELECT to_regclass('schema_version')") is None:
        return 0
    return cast("int", await connection.fetchval("SELECT version FROM schema_version"))
