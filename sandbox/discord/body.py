"""Bodies of requests: JSON, or multipart with JSON and files.

Source: Discord's documentation, reference, "Uploading Files", read 2026-11.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.discord.errors import INVALID_JSON, TOO_LARGE, ApiError, invalid
from sandbox.discord.uploads import REQUEST_LIMIT, Upload

_FILE_PART = re.compile(r"files\[(\d+)\]")


@dataclass(frozen=True, kw_only=True)
class Body:
    """What a request carries."""

    payload: Any = None
    """The JSON: an object, a list, or None where there is no body."""
    files: list[Upload] = field(default_factory=list)
    """`files[0]` and so on."""

    @property
    def message(self) -> dict[str, Any]:
        """The payload, which must be an object.

        Raises:
            ApiError: It is something else.
        """
        if not isinstance(self.payload, dict):
            raise invalid("the body is not an object")
        return self.payload


async def read_body(request: web.Request) -> Body:
    """Read a request to its end.

    Raises:
        ApiError: It is larger than 25 MiB, its JSON is broken or its files are misnamed.
    """
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    data = await _read_all(request)
    return Body(payload=_parse(data) if data else None)


async def _read_all(request: web.Request) -> bytes:
    data = bytearray()
    async for chunk in request.content.iter_any():
        if len(data) <= REQUEST_LIMIT:
            data += chunk
    if len(data) > REQUEST_LIMIT:
        raise ApiError(TOO_LARGE)
    return bytes(data)


async def _read_multipart(request: web.Request) -> Body:
    # Parts are read to the end even when there is too much: a client that is still sending
    # would see a broken connection instead of the answer.
    size = 0
    payload: Any = None
    files: dict[int, Upload] = {}
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise invalid("nested multipart")
        data = await _read_part(part, REQUEST_LIMIT - size)
        size += len(data)
        if part.name == "payload_json":
            payload = _parse(data)
        elif match := _FILE_PART.fullmatch(part.name or ""):
            files[int(match[1])] = Upload(
                part.filename or "", data, part.headers.get("Content-Type")
            )
        else:
            raise invalid(f"unknown part {part.name!r}")
    if size > REQUEST_LIMIT or (request.content_length or 0) > REQUEST_LIMIT:
        raise ApiError(TOO_LARGE)
    if sorted(files) != list(range(len(files))):
        raise invalid(f"files are numbered {sorted(files)}")
    return Body(payload=payload, files=[files[index] for index in sorted(files)])


async def _read_part(part: BodyPartReader, limit: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        if len(data) <= limit:
            data += chunk
    return bytes(data)


def _parse(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise ApiError(INVALID_JSON) from error
