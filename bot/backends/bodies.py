"""Request bodies with a picture in their middle, sent in small steps.

Encoding 10 MB in one go stops the event loop for 60 ms (reference: measured 2026-11), so the
file is read and encoded piece by piece in a thread, and its length is known beforehand.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from bot.backends.base import Source

# A multiple of 3, so that pieces of base64 join without padding between them.
_STEP_BYTES = 96 * 1024


@dataclass(frozen=True, kw_only=True)
class Body:
    """What comes before the picture, the picture, and what comes after it."""

    media_type: str
    head: bytes = b""
    path: Path
    size: int
    """Bytes of the picture as it lies on disk."""
    tail: bytes = b""
    in_base64: bool = False

    @property
    def length(self) -> int:
        """Bytes of the whole body."""
        picture = 4 * -(-self.size // 3) if self.in_base64 else self.size
        return len(self.head) + picture + len(self.tail)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Read the body from its beginning, a piece at a time.

        Raises:
            OSError: The picture cannot be read.
        """
        yield self.head
        with await asyncio.to_thread(self.path.open, "rb") as file:
            while piece := await asyncio.to_thread(self._piece, file.read):
                yield piece
        yield self.tail

    def _piece(self, read: Callable[[int], bytes]) -> bytes:
        data = read(_STEP_BYTES)
        return base64.b64encode(data) if self.in_base64 else data


def file_body(source: Source) -> Body:
    """Give the picture alone."""
    return Body(media_type=source.media_type, path=source.path, size=_size(source))


def json_body(document: Callable[[str], JsonValue], source: Source) -> Body:
    """Give a JSON document that holds the picture as a data URI.

    Args:
        document: Makes the document, given the text to put where the data URI belongs.
        source: The picture.

    Raises:
        OSError: The picture cannot be read.
    """
    # A random text, since the prompt, which is the member's, stands in the same document.
    mark = secrets.token_hex(16)
    head, tail = json.dumps(document(mark)).split(mark)
    return Body(
        media_type="application/json",
        head=f"{head}data:{source.media_type};base64,".encode(),
        path=source.path,
        size=_size(source),
        tail=tail.encode(),
        in_base64=True,
    )


def form_body(document: tuple[str, JsonValue], file: str, source: Source) -> Body:
    """Give multipart/form-data with a JSON part and the picture.

    Args:
        document: The name of the JSON part, and what it holds.
        file: The name of the picture's part.
        source: The picture.

    Raises:
        OSError: The picture cannot be read.
    """
    boundary = secrets.token_hex(16)
    name, content = document
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n'
        f"Content-Type: application/json\r\n\r\n{json.dumps(content)}\r\n"
        f'--{boundary}\r\nContent-Disposition: form-data; name="{file}"; '
        f'filename="{file_name(source)}"\r\nContent-Type: {source.media_type}\r\n\r\n'
    )
    return Body(
        media_type=f"multipart/form-data; boundary={boundary}",
        head=head.encode(),
        path=source.path,
        size=_size(source),
        tail=f"\r\n--{boundary}--\r\n".encode(),
    )


def file_name(source: Source) -> str:
    """Name the picture for a provider; a member's own file names stay here."""
    return f"source.{source.media_type.partition('/')[2]}"


def _size(source: Source) -> int:
    # From the file itself: a length that lies breaks the call after it was begun.
    return source.path.stat().st_size
