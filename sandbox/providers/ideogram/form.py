"""How Ideogram's stand-in reads a multipart form: nothing but the parts that are documented."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import BodyPartReader, web
from pydantic import ValidationError

from sandbox.providers.sources import Picture, SourceError, inspect

MAX_PICTURE_BYTES = 10_000_000
_MAX_TEXT_BYTES = 100_000


class BadForm(Exception):
    """The form is not what the documents say."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a form."""

    name: str
    data: bytes
    file: bool
    """Whether it came with a file name."""
    media_type: str | None
    """What it says of itself; None for a plain field."""


class Form:
    """The parts of one form, in the order in which they came."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = list(parts)

    @property
    def names(self) -> set[str]:
        """What the parts are called."""
        return {part.name for part in self._parts}

    def all(self, name: str) -> list[Part]:
        """Return all parts of one name."""
        return [part for part in self._parts if part.name == name]

    def one(self, name: str) -> Part:
        """Return the only part of a name.

        Raises:
            BadForm: There is none, or more than one.
        """
        found = self.all(name)
        if not found:
            raise BadForm(f"missing part: {name}")
        if len(found) > 1:
            raise BadForm(f"{name} comes twice")
        return found[0]

    async def picture(self, name: str) -> Picture:
        """Return the only file of a name, proved to be a picture.

        Raises:
            BadForm: It is missing or cannot be used.
        """
        self.one(name)
        return (await self.pictures(name))[0]

    async def pictures(self, name: str) -> list[Picture]:
        """Return all files of a name, which are limited all together.

        Raises:
            BadForm: One cannot be used.
        """
        left, found = MAX_PICTURE_BYTES, list[Picture]()
        for part in self.all(name):
            if not part.file:
                raise BadForm(f"{name} must be a file")
            try:
                picture = await inspect(part.data, most_bytes=left)
            except SourceError as error:
                raise BadForm(f"{name}: {error}") from error
            left -= len(picture.data)
            found.append(picture)
        return found

    def text(self, name: str) -> str:
        """Return the only field of a name.

        Raises:
            BadForm: It is missing, a file, or no text.
        """
        return text_of(self.one(name), ("text/plain",))

    def json(self, name: str) -> Any:
        """Return what the JSON in the only field of a name says.

        Raises:
            BadForm: It is missing, a file, or no JSON.
        """
        try:
            return json.loads(text_of(self.one(name), ("application/json",)))
        except ValueError as error:
            raise BadForm(f"{name} is not JSON") from error


def text_of(part: Part, media_types: tuple[str, ...]) -> str:
    """Return the text of a field that says to be one of these types, or nothing of itself.

    Raises:
        BadForm: It says otherwise, or is no text.
    """
    kind = part.media_type and part.media_type.partition(";")[0]
    if part.file or (kind is not None and kind not in media_types):
        raise BadForm(f"{part.name} must be {' or '.join(media_types)}")
    if len(part.data) > _MAX_TEXT_BYTES:
        raise BadForm(f"{part.name} is too long")
    try:
        return part.data.decode()
    except UnicodeDecodeError as error:
        raise BadForm(f"{part.name} is not UTF-8") from error


async def read_form(request: web.Request, allowed: Iterable[str]) -> Form:
    """Read a form that may have these parts.

    Raises:
        BadForm: It is none, or has others.
    """
    if request.content_type != "multipart/form-data":
        raise BadForm("Content-Type must be multipart/form-data")
    parts: list[Part] = []
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise BadForm("a part is multipart itself")
            if part.name is None or part.name not in allowed:
                raise BadForm(f"unknown part: {part.name}")
            parts.append(await _read(part, part.name))
    except (ValueError, RuntimeError) as error:
        raise BadForm("the form is broken") from error
    return Form(parts)


async def _read(part: BodyPartReader, name: str) -> Part:
    return Part(
        name=name,
        data=bytes(await part.read()),
        file=part.filename is not None,
        media_type=part.headers.get("Content-Type"),
    )


def sentence(error: ValidationError) -> str:
    """Return what is wrong with a request in one line."""
    problem = error.errors(include_url=False, include_context=False)[0]
    return f"{'.'.join(map(str, problem['loc'])) or 'request'}: {problem['msg']}"
