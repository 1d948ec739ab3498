"""Empty databases on a PostgreSQL server."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg


@asynccontextmanager
async def database(server: str) -> AsyncIterator[str]:
    """Make one, give its address, and remove it afterwards.

    Args:
        server: The address of any database of the server, by a user who may create others.
    """
    name = f"torture_{secrets.token_hex(6)}"
    await _tell(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        await _tell(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _tell(server: str, order: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(order)
    finally:
        await connection.close()
