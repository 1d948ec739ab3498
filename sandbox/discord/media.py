"""Pictures of other sites in embeds and components, as Discord's media proxy serves them.

Source: Discord's documentation, resources/message, "Embed Image Structure", read 2026-11:
`proxy_url` is "a proxied url of the image". That its links are signed and do not expire, and have
the form of /external/{signature}/{scheme}/{host}/{path}, is what is seen in Discord's clients.
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.discord.cdn import Cdn
from sandbox.discord.uploads import Upload


class MediaProxy:
    """Keeps copies of pictures of other sites."""

    def __init__(self, cdn: Cdn) -> None:
        self._cdn = cdn
        self._copies: dict[str, Upload] = {}

    def link(self, data: bytes, url: str) -> str:
        """Copy a picture and return the link to the copy.

        Args:
            data: The picture; what is none is served all the same.
            url: Where it stands, where a bot cannot reach it.
        """
        parts = urlsplit(url)
        signature = hashlib.sha256(url.encode()).hexdigest()[:43]
        path = f"/external/{signature}/{parts.scheme}/{parts.netloc}{parts.path}"
        self._copies[path] = Upload(parts.path.rpartition("/")[2], data)
        return f"{self._cdn.base}{path}"

    def embed_image(
        self, data: bytes, url: str = "https://pictures.invalid/picture.png"
    ) -> dict[str, Any]:
        """Return the `image` or `thumbnail` of an embed as Discord fills it in.

        Args:
            data: The picture.
            url: Where it stands, where a bot cannot reach it.
        """
        copy = Upload(url.rpartition("/")[2], data)
        size = copy.dimensions()
        pixels = {} if size is None else {"width": size[0], "height": size[1]}
        return {
            "url": url,
            "proxy_url": self.link(data, url),
            "content_type": copy.kind(),
            **pixels,
        }

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a request for a copy."""
        copy = self._copies.get(request.rel_url.path)
        if copy is None:
            return web.Response(status=404, text="Not Found")
        return web.Response(body=copy.data, content_type=copy.kind())
