"""Bodies with a picture in them are whole, of known length, and sent in small pieces."""

from __future__ import annotations

import base64
import email
import email.policy
import json
import random
import tempfile
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.backends.base import Source
from bot.backends.bodies import Body, form_body, json_body
from bot.backends.http import Http
from tests.backends.conftest import QUICK, Loopback
from tests.tls import NO_TLS

LARGEST_PIECE = 300_000


async def whole(body: Body) -> bytes:
    pieces = [piece async for piece in body.pieces()]
    assert max(map(len, pieces)) <= LARGEST_PIECE
    assert sum(map(len, pieces)) == body.length
    return b"".join(pieces)


@given(data=st.binary(max_size=400), prompt=st.text())
async def test_a_json_body_holds_the_picture_as_a_data_uri(data: bytes, prompt: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        path.write_bytes(data)
        source = Source(path=path, media_type="image/webp", size=0, width=1, height=1)

        body = json_body(lambda uris: [{"prompt": prompt, "image": uris[0]}], [source])
        [document] = json.loads(await whole(body))

    head, _, picture = document["image"].partition(",")
    assert document["prompt"] == prompt
    assert head == "data:image/webp;base64"
    assert base64.b64decode(picture, validate=True) == data


async def test_a_large_json_body_arrives_whole(loopback: Loopback, large_source: Source) -> None:
    seen: list[web.Request] = []
    bodies: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(request)
        bodies.append(await request.read())
        return web.json_response({})

    address = await loopback.web(web.post("/", take))
    body = json_body(lambda uris: {"image": uris[0]}, [large_source])
    async with Http(pace=QUICK, tls=NO_TLS).session() as session:
        await session.paid(address, headers={}, content=body, deadline=10)

    picture = json.loads(bodies[0])["image"].partition(",")[2]
    assert base64.b64decode(picture) == large_source.path.read_bytes()
    assert seen[0].headers["Content-Length"] == str(body.length)
    assert "Transfer-Encoding" not in seen[0].headers


async def test_a_form_holds_its_two_parts(large_source: Source) -> None:
    body = form_body([("request", {"prompt": 'a "b"\r\n--x'}), ("file", large_source)])

    raw = await whole(body)

    head = f"Content-Type: {body.media_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + raw, policy=email.policy.HTTP)
    assert isinstance(message, EmailMessage)
    request, file = message.iter_parts()
    assert request.get_content_type() == "application/json"
    assert json.loads(request.get_content()) == {"prompt": 'a "b"\r\n--x'}
    assert file["Content-Disposition"] == 'form-data; name="file"; filename="source.png"'
    assert file.get_content_type() == "image/png"
    assert large_source.path.read_bytes() in raw


@given(
    pictures=st.lists(st.binary(max_size=300), min_size=1, max_size=6),
    order=st.randoms(use_true_random=False),
)
async def test_several_pictures_stand_where_they_belong(
    pictures: list[bytes], order: random.Random
) -> None:
    names = [str(number) for number in range(len(pictures))]
    with tempfile.TemporaryDirectory() as folder:
        sources = [
            picture_at(Path(folder) / name, data)
            for name, data in zip(names, pictures, strict=True)
        ]

        def document(uris: Sequence[str]) -> JsonValue:
            # The order in the document need not be that of the pictures.
            found = list(zip(names, uris, strict=True))
            order.shuffle(found)
            return {"list": [{name: uri} for name, uri in found], "last": 1}

        raw = json.loads(await whole(json_body(document, sources)))

    assert raw["last"] == 1
    found = {name: uri for one in raw["list"] for name, uri in one.items()}
    for name, data in zip(names, pictures, strict=True):
        assert base64.b64decode(found[name].partition(",")[2], validate=True) == data


async def test_a_prompt_of_32_hexadecimal_digits_is_no_picture(source: Source) -> None:
    prompt = "0123456789abcdef" * 2

    raw = json.loads(
        await whole(json_body(lambda uris: {"prompt": prompt, "image": uris[0]}, [source]))
    )

    assert raw["prompt"] == prompt
    assert base64.b64decode(raw["image"].partition(",")[2]) == source.path.read_bytes()


def picture_at(path: Path, data: bytes) -> Source:
    path.write_bytes(data)
    return Source(path=path, media_type="image/png", size=0, width=1, height=1)


async def test_a_form_takes_texts_numbers_lists_and_several_files_of_one_name(
    source: Source, large_source: Source
) -> None:
    fields: list[tuple[str, JsonValue | Source]] = [
        ("prompt", "a \u00fc"),
        ("seed", 7),
        ("palette", {"name": "EMBER"}),
        ("styles", source),
        ("styles", large_source),
    ]
    body = form_body(fields)

    raw = await whole(body)

    head = f"Content-Type: {body.media_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + raw, policy=email.policy.HTTP)
    assert isinstance(message, EmailMessage)
    prompt, seed, palette, *files = message.iter_parts()
    assert prompt.get_payload(decode=True) == "a \u00fc".encode()
    assert seed.get_payload(decode=True) == b"7"
    assert palette.get_content_type() == "application/json"
    assert json.loads(palette.get_content()) == {"name": "EMBER"}
    assert ['name="styles"' in str(file["Content-Disposition"]) for file in files] == [True, True]
    assert [file.get_content_type() for file in files] == ["image/png", "image/png"]
    assert source.path.read_bytes() in raw
    assert large_source.path.read_bytes() in raw


def test_a_source_that_is_gone_is_told_before_anything_is_sent(source: Source) -> None:
    source.path.unlink()

    with pytest.raises(FileNotFoundError):
        json_body(lambda uris: {"image": uris[0]}, [source])
