"""fal's own Python client, unmodified, against the stand-in over TLS."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sandbox.providers.account import Account
from tests.sandbox.clients.conftest import FIVE, V2A, Conductor, World, arguments

CLIENT = Path(__file__).with_name("fal_python.py")


async def run(world: World, *works: dict[str, Any]) -> list[dict[str, Any]]:
    env = {"SSL_CERT_FILE": str(world.authority.file)}
    return await world.run(sys.executable, CLIENT, env=env, works=works)


async def test_fal_client_subscribes_to_all_five_endpoints_with_logs_and_updates(
    world: World,
) -> None:
    Conductor(world.fal)
    works = [{"subscribe": endpoint, "arguments": arguments(endpoint)} for endpoint in FIVE]

    done = await run(world, *works)

    for endpoint, end in zip(FIVE, done, strict=True):
        kinds = list(dict.fromkeys(update["kind"] for update in end["updates"]))
        assert kinds == ["Queued", "InProgress", "Completed"], endpoint
        assert end["updates"][0] == {"kind": "Queued", "position": 0}
        assert end["updates"][-1]["logs"] == ["Request started", "Request completed"]
        assert end["result"]["seed"] == 7
        [image] = end["result"]["images"]
        assert image["url"].startswith("https://v3.fal.media/files/")
    assert [charge.model for charge in world.fal.bill] == list(FIVE)
    assert world.tunnel.refused == []


async def test_fal_client_reads_an_error_by_its_type(world: World) -> None:
    asked = arguments(V2A) | {"prompt": "__policy__"}

    [end] = await run(world, {"subscribe": V2A, "arguments": asked})

    assert (end["status"], end["type"]) == (422, "content_policy_violation")
    assert end["detail"][0]["loc"] == ["body", "prompt"]
    assert end["updates"][-1]["kind"] == "Completed"


async def test_fal_client_reads_the_text_of_a_locked_account(world: World) -> None:
    world.fal.account = Account.LOCKED

    [end] = await run(world, {"subscribe": "fal-ai/ideogram/v2/turbo", "arguments": {"prompt": ""}})

    assert end["status"] == 403
    assert "Exhausted balance" in end["detail"]


async def test_fal_client_finds_its_handle_again_and_cannot_cancel_what_is_done(
    world: World,
) -> None:
    [by_handle, at_once] = await run(
        world,
        {"handle": V2A, "arguments": arguments(V2A)},
        {"run": V2A, "arguments": arguments(V2A)},
    )

    assert by_handle == {"same": True, "cancel": 400}
    assert at_once["result"]["seed"] == 7
