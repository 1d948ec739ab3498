"""The proxy and the certificates with which clients are led to a stand-in."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sandbox.providers import Fal
from sandbox.tls import Authority
from sandbox.tunnel import Tunnel

JWKS = "https://rest.fal.ai/.well-known/jwks.json"


@pytest.fixture
async def fal() -> AsyncIterator[Fal]:
    async with Fal() as server:
        yield server


def client(tunnel: Tunnel, trusted: Path) -> httpx.AsyncClient:
    context = ssl.create_default_context(cafile=trusted)
    return httpx.AsyncClient(proxy=tunnel.url, verify=context, trust_env=False)


async def test_a_name_leads_to_its_stand_in_and_no_other_anywhere(fal: Fal, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    port = await fal.listen_tls(authority.server("rest.fal.ai"))

    async with Tunnel({"rest.fal.ai": port}) as tunnel, client(tunnel, authority.file) as http:
        answer = await http.get(JWKS)
        with pytest.raises(httpx.ProxyError):
            await http.get("https://example.com/")
        plain = await http.get("http://rest.fal.ai/")

    assert answer.json() == fal.webhooks.keys.jwks()
    assert plain.status_code == 403
    assert tunnel.refused == ["example.com:443", "http://rest.fal.ai/"]


async def test_a_certificate_is_good_for_its_names_alone(fal: Fal, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    port = await fal.listen_tls(authority.server("fal.run", "127.0.0.1"))

    async with Tunnel({"rest.fal.ai": port}) as tunnel, client(tunnel, authority.file) as http:
        with pytest.raises(httpx.ConnectError, match="Hostname mismatch"):
            await http.get(JWKS)
    context = ssl.create_default_context(cafile=authority.file)
    async with httpx.AsyncClient(verify=context, trust_env=False) as http:
        direct = await http.get(f"https://127.0.0.1:{port}/rest/.well-known/jwks.json")

    assert direct.status_code == 200


async def test_nobody_believes_another_authority(fal: Fal, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    port = await fal.listen_tls(Authority(tmp_path).server("rest.fal.ai"))
    other = Authority(tmp_path / "other")

    async with Tunnel({"rest.fal.ai": port}) as tunnel, client(tunnel, other.file) as http:
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            await http.get(JWKS)
