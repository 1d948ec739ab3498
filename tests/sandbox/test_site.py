"""A stand-in that is stopped leaves no connection open."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import pytest
from aiohttp import web

from sandbox.site import Site


@pytest.mark.parametrize("turns", range(8))
async def test_whoever_has_just_connected_is_told_of_the_end(turns: int) -> None:
    runner = web.AppRunner(web.Application(), shutdown_timeout=0.1)
    await runner.setup()
    await Site(runner, "127.0.0.1", 0).start()
    with socket.create_connection(runner.addresses[0][:2]) as client:
        client.setblocking(False)
        for _ in range(turns):
            await asyncio.sleep(0)

        await runner.cleanup()

        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):  # Nobody had accepted it.
                assert await asyncio.get_running_loop().sock_recv(client, 1) == b""
