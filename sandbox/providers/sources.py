"""How the stand-ins read the pictures that a request names: data URIs, base64, loopback links."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession
from PIL import Image, UnidentifiedImageError

from sandbox.providers.sizes import Size

MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
"""What all three providers take, by Pillow's name."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SourceFault(StrEnum):
    """What is wrong with a picture."""

    DOWNLOAD = "download"
    """Its link could not be read."""
    LOAD = "load"
    """It is no picture, or not one of the formats that are taken."""
    SIZE = "size"
    """It has too many bytes."""


class SourceError(Exception):
    """A picture that a request names cannot be used."""

    def __init__(self, fault: SourceFault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture that was read and found whole."""

    data: bytes
    media_type: str
    size: Size


async def read_picture(text: str, session: ClientSession, *, most_bytes: int) -> Picture:
    """Read the picture behind a data URI or a link.

    Raises:
        SourceError: It cannot be used.
    """
    if text.startswith("data:"):
        data = decode_data_uri(text)
    elif is_link(text):
        data = await download(text, session, most_bytes=most_bytes)
    else:
        raise SourceError(SourceFault.DOWNLOAD, "neither a data URI nor an http link")
    return await inspect(data, most_bytes=most_bytes)


async def inspect(data: bytes, *, most_bytes: int) -> Picture:
    """Prove that the bytes are a whole picture of a format that is taken.

    Raises:
        SourceError: They are not.
    """
    if len(data) > most_bytes:
        raise SourceError(SourceFault.SIZE, f"{len(data)} bytes, over {most_bytes}")
    return await asyncio.to_thread(_inspect, data)


def is_link(text: str) -> bool:
    """Say whether a text is an http link."""
    return text.startswith(("http://", "https://"))


def is_loopback(url: str) -> bool:
    """Say whether a link stays on this machine; the stand-ins follow no other."""
    return urlsplit(url).hostname in _LOOPBACK


async def download(url: str, session: ClientSession, *, most_bytes: int) -> bytes:
    """Read a link, without any header that a browser would not send.

    Raises:
        SourceError: It leads away from this machine or nowhere, or to too much.
    """
    if not is_loopback(url):
        raise SourceError(SourceFault.DOWNLOAD, "the stand-in reaches only loopback")
    try:
        async with session.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                raise SourceError(SourceFault.DOWNLOAD, f"the link answered {answer.status}")
            data = await answer.content.read(most_bytes + 1)
            while len(data) <= most_bytes and (more := await answer.content.readany()):
                data += more
    except (ClientError, TimeoutError) as error:
        raise SourceError(SourceFault.DOWNLOAD, "the link could not be read") from error
    return data


def decode_data_uri(text: str) -> bytes:
    """Return the bytes of a base64 data URI.

    Raises:
        SourceError: It is not one.
    """
    head, comma, body = text.partition(",")
    if not comma or not head.endswith(";base64"):
        raise SourceError(SourceFault.LOAD, "the data URI is not in base64")
    return decode_base64(body)


def decode_base64(text: str) -> bytes:
    """Return the bytes of base64 text.

    Raises:
        SourceError: It is not base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SourceError(SourceFault.LOAD, "broken base64") from error


def data_uri(data: bytes, media_type: str) -> str:
    """Return bytes as a base64 data URI."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _inspect(data: bytes) -> Picture:
    try:
        with Image.open(io.BytesIO(data), formats=tuple(MEDIA_TYPES)) as picture:
            picture.load()
            size, media_type = Size(*picture.size), MEDIA_TYPES[picture.format or ""]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise SourceError(SourceFault.LOAD, "not a picture") from error
    return Picture(data=data, media_type=media_type, size=size)
