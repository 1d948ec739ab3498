"""The pictures that Runware keeps for its users, and how a task names one."""

from __future__ import annotations

import asyncio
import io
import uuid

from aiohttp import ClientSession
from PIL import Image

from sandbox.clock import SandboxClock
from sandbox.providers.runware.errors import TaskError
from sandbox.providers.sources import (
    Picture,
    SourceError,
    SourceFault,
    decode_base64,
    inspect,
    is_link,
    read_picture,
)

# No limit is published; this is what the stand-in's server takes at most.
MAX_PICTURE_BYTES = 25_000_000
_LONGEST_SIDE = 2048
_LIFE = 30 * 24 * 3600.0


class Images:
    """Uploaded pictures by UUID, forgotten 30 days after their last use."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[bytes, float]] = {}

    def keep(self, data: bytes) -> str:
        """Keep a picture and return its UUID."""
        name = str(uuid.uuid4())
        self._kept[name] = (data, self._clock.now())
        return name

    async def upload(self, text: str, session: ClientSession) -> str:
        """Keep a picture in the size in which Runware stores it.

        Raises:
            TaskError: It cannot be used.
        """
        picture = await self.read(text, session, parameter="image")
        return self.keep(await asyncio.to_thread(_shrunk, picture.data))

    async def read(self, text: str, session: ClientSession, *, parameter: str) -> Picture:
        """Return the picture that a UUID, link, data URI or base64 text names.

        Raises:
            TaskError: It names none.
        """
        try:
            if text.startswith("data:") or is_link(text):
                return await read_picture(text, session, most_bytes=MAX_PICTURE_BYTES)
            data = self._find(text) if _is_uuid(text) else decode_base64(text)
            return await inspect(data, most_bytes=MAX_PICTURE_BYTES)
        except SourceError as error:
            # Codes INFERRED.
            lost = error.fault is SourceFault.DOWNLOAD
            code = "downloadFailed" if lost else "invalidReferenceImages"
            raise TaskError(code, str(error), parameter=parameter) from error

    def _find(self, name: str) -> bytes:
        data, used = self._kept.get(name, (b"", 0.0))
        if not data or used + _LIFE < self._clock.now():
            raise SourceError(SourceFault.LOAD, "no picture has this UUID")
        self._kept[name] = (data, self._clock.now())
        return data


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _shrunk(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as picture:
        if max(picture.size) <= _LONGEST_SIDE:
            return data
        picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
        file = io.BytesIO()
        picture.save(file, "PNG", compress_level=1)
        return file.getvalue()
