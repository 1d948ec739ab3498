"""fal under its own host names, for clients that run unmodified in a process of their own."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sandbox.providers import Fal
from sandbox.providers.fal.addresses import HOSTS
from sandbox.providers.fal.work import State
from sandbox.tls import Authority
from sandbox.tunnel import Tunnel
from tests.sandbox.providers.callers import mask, photo

V2A = "fal-ai/ideogram/v2a/remix"
FIVE = (
    V2A,
    "fal-ai/ideogram/v3/remix",
    "fal-ai/ideogram/v2/turbo",
    "fal-ai/ideogram/v2/turbo/remix",
    "fal-ai/ideogram/v2/turbo/edit",
)
"""The endpoints for which the clients are tried."""


def attached(data: bytes) -> dict[str, str]:
    """A picture that the client is to upload first."""
    return {"bytes": base64.b64encode(data).decode()}


def arguments(endpoint: str) -> dict[str, Any]:
    """What the endpoint needs, and no more."""
    asked: dict[str, Any] = {"prompt": "a copper city", "seed": 7}
    if not endpoint.endswith("/turbo"):
        asked["image_url"] = attached(photo(kind="PNG"))
    if endpoint.endswith("/edit"):
        asked["mask_url"] = attached(mask())
    return asked


class Conductor:
    """Moves each work on when its client has seen where it stands, and no sooner."""

    def __init__(self, fal: Fal) -> None:
        self._fal = fal
        self._seen: Counter[tuple[str, State]] = Counter()
        # It takes no request: it only looks at them as they come.
        fal.faults.add(path="/requests/|/fal-ai/", times=None, match=self._look)

    def _look(self, request: web.Request) -> bool:
        if request.method == "POST":
            self._fal.queue_gate.clear()
            self._fal.gate.clear()
        elif request.path.endswith("/status"):
            work = self._fal.works[request.path.split("/")[-2]]
            self._seen[work.id, work.state] += 1
            gates = {State.IN_QUEUE: self._fal.queue_gate, State.IN_PROGRESS: self._fal.gate}
            if self._seen[work.id, work.state] == 2 and work.state in gates:
                gates[work.state].set()
        return False


@dataclass(frozen=True, kw_only=True)
class World:
    """fal, and how a client is made to take it for the real one."""

    fal: Fal
    tunnel: Tunnel
    authority: Authority

    async def run(
        self, *command: str | Path, env: Mapping[str, str], works: Sequence[Any]
    ) -> list[dict[str, Any]]:
        """Let a client do its works, and return what came of each."""
        known = {"PATH": os.environ["PATH"], "FAL_KEY": self.fal.key, **self.tunnel.env(), **env}
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            env=known,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, problems = await process.communicate(json.dumps(works).encode())
        assert process.returncode == 0, problems.decode()
        return json.loads(out)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    authority = Authority(tmp_path)
    async with Fal() as fal:
        fal.latency = 0.0
        port = await fal.listen_tls(authority.server(*HOSTS))
        async with Tunnel(dict.fromkeys(HOSTS, port)) as tunnel:
            yield World(fal=fal, tunnel=tunnel, authority=authority)
