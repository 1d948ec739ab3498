"""Request bodies with pictures in their middle, sent in small steps.

Encoding 10 MB in one go stops the event loop for 60 ms (reference: measured 2026-11), so a
file is read and encoded piece by piece in a thread, and its length is known beforehand.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from bot.backends.base import Source

# A multiple of 3, so that pieces of base64 join without padding between them.
_STEP_BYTES = 192 * 1024
# Any text like a mark, which is one only if it was drawn for a picture.
_MARK = re.compile(r"(?<=\")([0-9a-f]{32})(?=\")")


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """A picture in a body."""

    path: Path
    size: int
    """Bytes as it lies on disk."""
    in_base64: bool = False

    @property
    def length(self) -> int:
        """Bytes that it takes in the body."""
        return 4 * -(-self.size // 3) if self.in_base64 else self.size

    async def pieces(self) -> AsyncIterator[bytes]:
        """Read it from its beginning, a piece at a time."""
        for start in range(0, self.size, _STEP_BYTES):
            yield await asyncio.to_thread(self._piece, start)

    def _piece(self, start: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(start)
            data = file.read(_STEP_BYTES)
        return base64.b64encode(data) if self.in_base64 else data


@dataclass(frozen=True, kw_only=True)
class Body:
    """Texts and pictures in the order in which they are sent."""

    media_type: str
    parts: tuple[bytes | Embedded, ...]

    @property
    def length(self) -> int:
        """Bytes of the whole body."""
        return sum(len(part) if isinstance(part, bytes) else part.length for part in self.parts)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Read the body from its beginning, a piece at a time.

        Raises:
            OSError: A picture cannot be read.
        """
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
            else:
                async for piece in part.pieces():
                    yield piece


def file_body(source: Source) -> Body:
    """Give a picture alone."""
    return Body(media_type=source.media_type, parts=(_embedded(source),))


def json_body(document: Callable[[Sequence[str]], JsonValue], sources: Sequence[Source]) -> Body:
    """Give a JSON document that holds pictures as data URIs.

    Args:
        document: Makes the document, given for each picture the text to put where its data
            URI belongs; each must stand in it once.
        sources: At least one.

    Raises:
        OSError: A picture cannot be read.
    """
    # Random texts, since the prompt, which is the member's, stands in the same document.
    marks = {secrets.token_hex(16): source for source in sources}
    parts: list[bytes | Embedded] = []
    for text in _MARK.split(json.dumps(document(tuple(marks)))):
        source = marks.get(text)
        if source is None:
            parts.append(text.encode())
        else:
            parts.append(f"data:{source.media_type};base64,".encode())
            parts.append(_embedded(source, in_base64=True))
    return Body(media_type="application/json", parts=tuple(parts))


def form_body(fields: Iterable[tuple[str, JsonValue | Source]]) -> Body:
    """Give multipart/form-data: files, JSON for objects and lists, and plain texts.

    Args:
        fields: Names, of which several may be alike, and what they hold.

    Raises:
        OSError: A picture cannot be read.
    """
    boundary = secrets.token_hex(16)
    parts: list[bytes | Embedded] = []
    for name, content in fields:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
        if isinstance(content, Source):
            head += f'; filename="{file_name(content)}"\r\nContent-Type: {content.media_type}'
            parts += [f"{head}\r\n\r\n".encode(), _embedded(content), b"\r\n"]
        else:
            kind, text = _field(content)
            parts.append(f"{head}{kind}\r\n\r\n{text}\r\n".encode())
    parts.append(f"--{boundary}--\r\n".encode())
    return Body(media_type=f"multipart/form-data; boundary={boundary}", parts=tuple(parts))


def file_name(source: Source) -> str:
    """Name the picture for a provider; a member's own file names stay here."""
    return f"source.{source.media_type.partition('/')[2]}"


def _field(content: JsonValue) -> tuple[str, str]:
    """Give what follows the name of a field, and its text."""
    if isinstance(content, str):
        return "", content
    kind = "\r\nContent-Type: application/json" if isinstance(content, dict | list) else ""
    return kind, json.dumps(content)


def _embedded(source: Source, *, in_base64: bool = False) -> Embedded:
    # Its size is the file's own: a length that lies breaks the call after it was begun.
    return Embedded(path=source.path, size=source.path.stat().st_size, in_base64=in_base64)
