"""Links lead to trusted hosts or the public internet, and end in whole files."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.backends.addresses import is_public, is_public_name
from bot.backends.base import Source
from bot.backends.bodies import file_body
from bot.backends.exchange import origin
from bot.backends.http import Http
from bot.backends.http_errors import Broken, Dead, Forbidden, HttpFault, TooLarge
from tests.backends.conftest import QUICK, Loopback
from tests.tls import NO_TLS

PRIVATE = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.1", "255.255.255.255", "224.0.0.1", "198.18.0.1", "::1", "::", "fd00::1", "fe80::1",
    "fe80::1%eth0", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "162.159.128.233", "2606:4700::6810:84e5", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", [*PRIVATE, "localhost", "a.localhost", "db.internal", "127.1", "2130706433", "0x7f.1"]
)
def test_a_proxy_is_not_asked_for_private_names(host: str) -> None:
    assert not is_public_name(host)


@pytest.mark.parametrize("host", [*PUBLIC, "cdn.discordapp.com", "v3.fal.media"])
def test_a_proxy_is_asked_for_public_names(host: str) -> None:
    assert is_public_name(host)


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://h/", "https://", "//h/x", "https://u:p@h/", "https://h:99999/", "file:///etc"],
)
def test_other_things_than_http_have_no_origin(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        origin(url)


def test_an_origin_names_its_port() -> None:
    assert origin("https://queue.fal.run/a?b") == ("https", "queue.fal.run", 443)
    assert origin("http://127.0.0.1:81") == ("http", "127.0.0.1", 81)


async def read(
    url: str,
    to: Path,
    *,
    trusted: tuple[str, ...] = (),
    limit: int = 10**6,
    deadline: float = 20,
    tls: ssl.SSLContext = NO_TLS,
    **options: Any,
) -> bytes:
    http = Http(trusted=trusted, pace=QUICK, tls=tls, **options)
    async with http.session() as session:
        await session.download(url, to, limit=limit, deadline=deadline)
    return to.read_bytes()


def resolving(*answers: tuple[str, ...]) -> Callable[[str, int], object]:
    left = list(answers)

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return left.pop(0)

    return resolve


async def redirecting(loopback: Loopback, to: str) -> str:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": to})

    return await loopback.web(web.get("/", answer))


async def serving(loopback: Loopback, data: bytes, seen: list[web.Request] | None = None) -> str:
    async def answer(request: web.Request) -> web.Response:
        if seen is not None:
            seen.append(request)
        return web.Response(body=data)

    return await loopback.web(web.get("/", answer))


async def test_a_link_is_saved_whole_without_credentials(
    loopback: Loopback, tmp_path: Path
) -> None:
    data, seen = bytes(range(256)) * 3000, []
    address = await serving(loopback, data, seen)

    assert await read(address, tmp_path / "to", trusted=(address,)) == data
    assert seen[0].headers["Accept-Encoding"] == "identity"
    assert not {"Authorization", "Api-Key", "Cookie"} & set(seen[0].headers)


async def test_a_redirect_between_trusted_hosts_is_followed(
    loopback: Loopback, tmp_path: Path
) -> None:
    address = await serving(loopback, b"there")
    first = await redirecting(loopback, address)

    assert await read(first, tmp_path / "to", trusted=(first, address)) == b"there"


async def test_a_redirect_to_a_private_host_is_refused_unseen(
    loopback: Loopback, tmp_path: Path
) -> None:
    seen: list[web.Request] = []
    private = await serving(loopback, b"secret", seen)
    first = await redirecting(loopback, private)

    with pytest.raises(Forbidden):
        await read(first, tmp_path / "to", trusted=(first,))

    assert seen == []
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_redirect_to_a_private_address_is_refused(
    loopback: Loopback, tmp_path: Path, address: str
) -> None:
    host = f"[{address.partition('%')[0]}]" if ":" in address else address
    first = await redirecting(loopback, f"https://{host}/latest/meta-data")

    with pytest.raises(Forbidden):
        await read(first, tmp_path / "to", trusted=(first,))


@pytest.mark.parametrize("found", [("10.0.0.1",), ("8.8.8.8", "127.0.0.1"), ("::ffff:10.0.0.1",)])
async def test_a_name_with_one_private_address_is_refused(
    tmp_path: Path, found: tuple[str, ...]
) -> None:
    with pytest.raises(Forbidden):
        await read("https://cdn.example/a", tmp_path / "to", resolve=resolving(found))


@pytest.mark.parametrize(
    "url", ["http://8.8.8.8/a", "https://u:p@8.8.8.8/a", "ftp://8.8.8.8/a", ""]
)
async def test_other_than_plain_https_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Forbidden):
        await read(url, tmp_path / "to", resolve=resolving(("8.8.8.8",)))


async def test_behind_a_proxy_private_names_are_refused(nowhere: str, tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        await read("https://127.1/a", tmp_path / "to", proxy=nowhere)
    with pytest.raises(Broken):
        await read("https://cdn.example/a", tmp_path / "to", proxy=nowhere)


async def test_a_proxy_is_given_the_name_to_resolve(loopback: Loopback, tmp_path: Path) -> None:
    lines: list[bytes] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await reader.readline())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    proxy = await loopback.raw(relay)
    url = "http://sandbox.example/a"

    assert await read(url, tmp_path / "to", trusted=(url,), proxy=proxy) == b"ok"
    assert lines == [b"GET http://sandbox.example/a HTTP/1.1\r\n"]


async def test_endless_redirects_are_broken(loopback: Loopback, tmp_path: Path) -> None:
    address = await redirecting(loopback, "/")

    with pytest.raises(Broken, match="redirects"):
        await read(address, tmp_path / "to", trusted=(address,))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, Dead),
        (403, Dead),
        (410, Dead),
        (204, Dead),
        (429, Broken),
        (500, Broken),
        (503, Broken),
    ],
)
async def test_a_status_says_whether_a_link_is_dead(
    loopback: Loopback, tmp_path: Path, status: int, error: type[HttpFault]
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status)

    address = await loopback.web(web.get("/", answer))

    with pytest.raises(error, match=str(status)):
        await read(address, tmp_path / "to", trusted=(address,))


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"Content-Length: 9000\r\n\r\n" + b"x" * 9000, TooLarge),
        (b"Transfer-Encoding: chunked\r\n\r\n2328\r\n" + b"x" * 9000 + b"\r\n0\r\n\r\n", TooLarge),
        (b"\r\n" + b"x" * 9000, TooLarge),
        (b"Content-Length: 900\r\n\r\n" + b"x" * 100, Broken),
        (b"Transfer-Encoding: chunked\r\n\r\n64\r\n" + b"x" * 100 + b"\r\n", Broken),
    ],
    ids=["announced", "chunked", "unannounced", "cut", "chunks cut"],
)
async def test_no_part_of_a_file_is_left(
    loopback: Loopback, tmp_path: Path, said: bytes, error: type[HttpFault]
) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n" + said)
        await writer.drain()

    address = await loopback.raw(say)

    with pytest.raises(error):
        await read(address, tmp_path / "to", trusted=(address,), limit=1000)
    assert list(tmp_path.iterdir()) == []


async def test_a_trickling_file_ends_at_the_deadline(loopback: Loopback, tmp_path: Path) -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    address = await loopback.raw(trickle)

    with pytest.raises(Broken, match="TimeoutError"):
        await read(address, tmp_path / "to", trusted=(address,), deadline=0.3)
    assert list(tmp_path.iterdir()) == []


async def test_a_full_disk_is_not_called_a_broken_link(loopback: Loopback, tmp_path: Path) -> None:
    address = await serving(loopback, b"data")

    with pytest.raises(FileNotFoundError):
        await read(address, tmp_path / "no such folder" / "to", trusted=(address,))


async def test_a_file_is_sent_to_a_link_with_its_length_and_no_key(
    loopback: Loopback, large_source: Source
) -> None:
    seen: list[tuple[bytes, dict[str, str]]] = []

    async def take(request: web.Request) -> web.Response:
        seen.append((await request.read(), dict(request.headers)))
        return web.Response(status=201)

    address = await loopback.web(web.put("/", take))
    async with Http(trusted=(address,), pace=QUICK, tls=NO_TLS).session() as session:
        status = await session.upload(address, file_body(large_source), deadline=5)

    [(data, headers)] = seen
    assert status == 201
    assert data == large_source.path.read_bytes()
    assert headers["Content-Length"] == str(large_source.size)
    assert headers["Content-Type"] == "image/png"
    assert "Authorization" not in headers


async def test_a_file_is_not_sent_to_a_private_link(loopback: Loopback, source: Source) -> None:
    async def take(request: web.Request) -> web.Response:
        raise AssertionError

    address = await loopback.web(web.put("/", take))
    async with Http(pace=QUICK, tls=NO_TLS).session() as session:
        with pytest.raises(Forbidden):
            await session.upload(address, file_body(source), deadline=1)


def certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Give a server's TLS with a certificate for a name, and a client's that knows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file = folder / "server.pem"
    file.write_bytes(
        pem
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())


async def tls_server(loopback: Loopback, tls: ssl.SSLContext, heads: list[bytes]) -> int:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        await reader.read()

    return int((await loopback.raw(answer, ssl=tls)).rpartition(":")[2])


async def test_a_connection_goes_to_the_address_that_was_checked(
    loopback: Loopback, tmp_path: Path
) -> None:
    heads: list[bytes] = []
    server, client = certified("pictures.example", tmp_path)
    port = await tls_server(loopback, server, heads)
    url = f"https://pictures.example:{port}"

    data = await read(
        f"{url}/a.png",
        tmp_path / "to",
        trusted=(url,),
        tls=client,
        # The name has one address when asked once; asked again, the test breaks.
        resolve=resolving(("127.0.0.1",)),
    )

    assert data == b"ok"
    assert f"Host: pictures.example:{port}".encode() in heads[0]


async def test_the_next_address_is_tried_where_one_refuses(
    loopback: Loopback, tmp_path: Path
) -> None:
    heads: list[bytes] = []
    server, client = certified("pictures.example", tmp_path)
    port = await tls_server(loopback, server, heads)
    url = f"https://pictures.example:{port}"
    assert ipaddress.ip_address("127.0.0.2").is_loopback

    data = await read(
        url, tmp_path / "to", trusted=(url,), tls=client,
        resolve=resolving(("127.0.0.2", "127.0.0.1")),
    )  # fmt: skip

    assert data == b"ok"


async def test_a_certificate_of_another_name_is_refused(loopback: Loopback, tmp_path: Path) -> None:
    heads: list[bytes] = []
    server, client = certified("pictures.example", tmp_path)
    port = await tls_server(loopback, server, heads)
    url = f"https://other.example:{port}"

    with pytest.raises(Broken, match="certificate"):
        await read(
            url, tmp_path / "to", trusted=(url,), tls=client, resolve=resolving(("127.0.0.1",))
        )

    assert heads == []
