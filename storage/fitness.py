"""Whether two databases are fit for a copy of the one to be made in the other."""

from __future__ import annotations

from collections.abc import Callable

from storage import moves, rows
from storage.database import Database, StorageError, integer, integer_or_none
from storage.inspection import inspect
from storage.migrate import migrations
from storage.moves import Stage
from storage.opening import file_of, schema_of_server
from storage.tables import tables


def require_two(source: str, target: str) -> None:
    """Check that two addresses do not name one database.

    Raises:
        StorageError: They do.
    """
    files = [file.resolve() for file in (file_of(source), file_of(target)) if file is not None]
    if source == target or (len(files) == 2 and files[0] == files[1]):
        raise StorageError("FROM and TO are the same database; name a new one as TO.")


async def require_schema(url: str) -> None:
    """Check that a database needs no change before it can be copied: none is made in it.

    Raises:
        StorageError: It is not there, is damaged, or of another version.
    """
    file, newest = file_of(url), migrations()[-1][0]
    version = await schema_of_server(url) if file is None else (await inspect(file)).version
    if version == 0:
        raise StorageError("there is no database of the bot in FROM; correct its address.")
    if version < newest:
        raise StorageError(
            f"FROM has schema {version}, this version of the bot has {newest}; start the bot on "
            "it once, stop it, and copy then."
        )
    if version > newest:
        raise StorageError(
            f"FROM has schema {version}, this version of the bot knows {newest}; copy with the "
            "version that wrote it."
        )


async def require_alone(database: Database, *, lease: int, clock: Callable[[], int]) -> None:
    """Check that no process is at work on a database.

    Args:
        database: A file has been locked by now, so nobody is.
        lease: Milliseconds after which a process without a sign of life counts as dead.
        clock: Gives milliseconds, where the database has no clock of its own.

    Raises:
        StorageError: One may be.
    """
    if database.exclusive:
        return
    found = await database.read("SELECT MAX(heartbeat) AS last FROM processes")
    last = integer_or_none(found[0], "last")
    now = await database.server_time() or clock()
    if last is not None and last > now - lease:
        raise StorageError(
            "a bot is at work on FROM, or was killed a short while ago; stop it with SIGTERM, or "
            f"wait for {lease // 1000} seconds."
        )


async def require_empty(database: Database) -> None:
    """Check that a database has the tables of this version, and nothing in them.

    Raises:
        StorageError: It holds something, or is of a later version.
    """
    move = await moves.known(database)
    if move is not None and move.stage is Stage.ARRIVING:
        raise StorageError(
            "TO holds half a copy of an earlier try; remove it, and copy into an empty database."
        )
    found = [table.name for table in tables() if await rows.has_any(database.read, table)]
    if found or move is not None:
        raise StorageError(
            f"TO is not empty: it has {', '.join(found) or 'been moved'}; name a new database."
        )
    version = await database.read("SELECT version FROM schema_version")
    if integer(version[0], "version") != migrations()[-1][0]:
        raise StorageError("TO was made by a later version of the bot; name a new database.")
