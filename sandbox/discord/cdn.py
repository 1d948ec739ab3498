"""The CDN: files behind signed links that expire.

Source: Discord's documentation, reference, "Signed Attachment CDN URLs": `ex` and `is` are
hexadecimal times, `hm` a signature. How long links live is not documented; Discord's
announcement of 2024-04-19 says one day. Uploads to a command live shorter by an unnamed time.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.discord.snowflakes import Snowflakes
from sandbox.discord.uploads import Upload

LINK_SECONDS = 24 * 60 * 60
EPHEMERAL_LINK_SECONDS = 60 * 60


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file on the CDN."""

    id: int
    channel_id: int
    filename: str
    data: bytes
    content_type: str
    dimensions: tuple[int, int] | None
    description: str | None
    ephemeral: bool

    @property
    def path(self) -> str:
        """The path of its link."""
        folder = "ephemeral-attachments" if self.ephemeral else "attachments"
        return f"/{folder}/{self.channel_id}/{self.id}/{quote(self.filename)}"

    @property
    def pixels(self) -> dict[str, int]:
        """Width and height as attachments and media carry them; nothing for other files."""
        if self.dimensions is None:
            return {}
        return {"width": self.dimensions[0], "height": self.dimensions[1]}


class Cdn:
    """Keeps files and hands out links to them."""

    def __init__(self, clock: SandboxClock, ids: Snowflakes) -> None:
        self.base = ""
        """Scheme, host and port; known once the server listens."""
        self._clock = clock
        self._ids = ids
        self._files: dict[str, StoredFile] = {}
        self._key = secrets.token_bytes(32)

    def add(self, upload: Upload, channel_id: int, *, ephemeral: bool = False) -> StoredFile:
        """Keep a file.

        Args:
            upload: Its name, bytes and description.
            channel_id: The channel that it belongs to; part of its path.
            ephemeral: An upload to a command or modal, not to a message.
        """
        file = StoredFile(
            id=self._ids.new(),
            channel_id=channel_id,
            filename=upload.name,
            data=upload.data,
            content_type=upload.kind(),
            dimensions=upload.dimensions(),
            description=upload.description,
            ephemeral=ephemeral,
        )
        self._files[file.path] = file
        return file

    def remove(self, file: StoredFile) -> None:
        """Forget a file: its links lead nowhere from now on."""
        self._files.pop(file.path, None)

    def url(self, file: StoredFile) -> str:
        """Return a fresh link, valid for `LINK_SECONDS` or `EPHEMERAL_LINK_SECONDS`."""
        issued = int(self._clock.now())
        lifetime = EPHEMERAL_LINK_SECONDS if file.ephemeral else LINK_SECONDS
        issued_hex, expires_hex = f"{issued:x}", f"{issued + lifetime:x}"
        signature = self._sign(file.path, expires_hex, issued_hex)
        return f"{self.base}{file.path}?ex={expires_hex}&is={issued_hex}&hm={signature}&"

    def attachment(self, file: StoredFile) -> dict[str, Any]:
        """Return the attachment object of a file, with a fresh link."""
        url = self.url(file)
        payload: dict[str, Any] = {
            "id": str(file.id),
            "filename": file.filename,
            "size": len(file.data),
            "url": url,
            "proxy_url": url,
            "content_type": file.content_type,
            **file.pixels,
        }
        if file.description is not None:
            payload["description"] = file.description
        if file.ephemeral:
            payload["ephemeral"] = True
        return payload

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a request for a file; 404 where the link is wrong, dead or of nothing."""
        file = self._files.get(request.rel_url.raw_path)
        if file is None or not self._valid(request, file.path):
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=file.data, content_type=file.content_type)

    def _valid(self, request: web.Request, path: str) -> bool:
        expires, issued = request.query.get("ex", ""), request.query.get("is", "")
        signature = request.query.get("hm", "")
        if not hmac.compare_digest(signature, self._sign(path, expires, issued)):
            return False
        return int(expires, 16) > self._clock.now()

    def _sign(self, path: str, expires: str, issued: str) -> str:
        text = f"{path}|{expires}|{issued}"
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
