"""Opening the database that a DATABASE_URL names, and the spool that goes with it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from storage.database import Database, StorageError
from storage.lineage import Lineage
from storage.server_lineage import ServerLineage
from storage.shared_spool import SharedSpool
from storage.spool import DEFAULT_CAP, Spool
from storage.sqlite import SqliteDatabase

SQLITE = "sqlite:///"
"""Before the path of a file; four slashes begin an absolute one."""
POSTGRES = ("postgresql://", "postgres://")


def is_shared(url: str) -> bool:
    """Whether several processes can have the database open."""
    return url.startswith(POSTGRES)


def file_of(url: str) -> Path | None:
    """The SQLite file that an address names; None where it names a server."""
    return None if is_shared(url) else Path(url.removeprefix(SQLITE))


def folder_of(url: str) -> Path:
    """The folder in which the rest lies by default: the file's own, or the working folder."""
    file = file_of(url)
    return Path() if file is None else file.parent


async def open_database(url: str) -> Database:
    """Open a database, creating its tables and bringing them up to date.

    Raises:
        StorageError: It cannot be opened.
    """
    file = file_of(url)
    if file is not None:
        return await SqliteDatabase.open(file)
    with _extra():
        from storage.postgres import PostgresDatabase  # noqa: PLC0415
    return await PostgresDatabase.open(url)


async def schema_of_server(url: str) -> int:
    """Connect to a PostgreSQL server, changing nothing there, and give its database's schema.

    Raises:
        StorageError: It cannot be reached, or lets nobody in.
    """
    with _extra():
        from storage.postgres_schema import schema_version  # noqa: PLC0415
    return await schema_version(url)


@contextmanager
def _extra() -> Generator[None]:
    """Say what is missing: who stays with a file need not have PostgreSQL's part."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise StorageError(
            f"PostgreSQL needs {error.name}: install the bot with its extra `postgres`."
        ) from None


def open_lineage(url: str) -> Lineage | ServerLineage:
    """What tells at the start whether the database was restored."""
    file = file_of(url)
    return ServerLineage() if file is None else Lineage(file)


def open_spool(root: Path, database: Database, *, cap: int = DEFAULT_CAP) -> Spool:
    """Open the spool: a folder, or a table where several processes share the database."""
    if database.exclusive:
        return Spool(root, cap=cap)
    return SharedSpool(root, database, cap=cap)
