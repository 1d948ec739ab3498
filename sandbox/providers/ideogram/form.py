"""How Ideogram's stand-in reads a multipart form: exactly two parts, each as documented."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import BodyPartReader, web
from pydantic import ValidationError

from sandbox.providers.ideogram.request import ImageRequest
from sandbox.providers.sources import Picture, SourceError, inspect

MAX_PICTURE_BYTES = 10_000_000
_MAX_REQUEST_BYTES = 100_000


class BadForm(Exception):
    """The form is not what the documents say."""


async def read_form(request: web.Request) -> tuple[ImageRequest, Picture, Any]:
    """Return the request, the picture and the request's JSON as it came.

    Raises:
        BadForm: A part is missing, unknown or wrong.
    """
    parts = await _read_parts(request)
    missing = {"image_request", "image_file"} - parts.keys()
    if missing:
        raise BadForm(f"missing part: {', '.join(sorted(missing))}")
    try:
        body = json.loads(parts["image_request"])
        wanted = ImageRequest.model_validate(body)
    except ValidationError as error:
        raise BadForm(_sentence(error)) from error
    except ValueError as error:
        raise BadForm("image_request is not JSON") from error
    try:
        picture = await inspect(parts["image_file"], most_bytes=MAX_PICTURE_BYTES)
    except SourceError as error:
        raise BadForm(f"image_file: {error}") from error
    return wanted, picture, body


async def _read_parts(request: web.Request) -> dict[str, bytes]:
    if request.content_type != "multipart/form-data":
        raise BadForm("Content-Type must be multipart/form-data")
    parts: dict[str, bytes] = {}
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise BadForm("a part is multipart itself")
            name = _checked_name(part, parts)
            parts[name] = bytes(await part.read())
    except (ValueError, RuntimeError) as error:
        raise BadForm("the form is broken") from error
    if len(parts.get("image_request", b"")) > _MAX_REQUEST_BYTES:
        raise BadForm("image_request is too long")
    return parts


def _checked_name(part: BodyPartReader, parts: dict[str, bytes]) -> str:
    media_type = part.headers.get("Content-Type")
    match part.name:
        case "image_request":
            if media_type not in (None, "application/json"):
                raise BadForm("image_request must be application/json")
        case "image_file":
            if part.filename is None:
                raise BadForm("image_file must be a file")
        case name:
            raise BadForm(f"unknown part: {name}")
    if part.name in parts:
        raise BadForm(f"{part.name} comes twice")
    return part.name


def _sentence(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False)[0]
    return f"{'.'.join(map(str, problem['loc'])) or 'image_request'}: {problem['msg']}"
