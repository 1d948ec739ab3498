"""Empty databases on a PostgreSQL server, and the server."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.storage import server

ENGINES = ("sqlite", "postgres")


@contextmanager
def serving(engine: str) -> Generator[str | None]:
    """Give the address of a PostgreSQL server, as the tests have one; None where none is wanted."""
    if engine != "postgres":
        yield None
        return
    server.name_run()
    try:
        yield server.url()
    finally:
        server.stop()


@asynccontextmanager
async def database(address: str) -> AsyncGenerator[str]:
    """Make one, give its address, and remove it afterwards.

    Args:
        address: The address of any database of the server, by a user who may create others.
    """
    name = f"torture_{secrets.token_hex(6)}"
    await _tell(address, f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
    finally:
        await _tell(address, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _tell(address: str, order: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(order)
    finally:
        await connection.close()
