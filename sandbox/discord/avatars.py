"""Avatars, and the part of the CDN that serves them: unsigned links that do not expire.

Source: Discord's documentation, reference, "Image Formatting" and "CDN Endpoints", read
2026-11: PNG, JPEG, WebP, and GIF where the hash begins with "a_"; `size` is a power of two from
16 to 4096. That a picture is never made larger than it was uploaded, and what is refused how, is
not documented.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from aiohttp import web
from PIL import Image

if TYPE_CHECKING:
    from sandbox.discord.world import World

DEFAULTS = ("#5865f2", "#757e8a", "#3ba55c", "#faa61a", "#ed4245", "#eb459f")
"""The colours of the default avatars, by index."""
DEFAULT_SIZE = 256
"""Pixels of a default avatar's side; it has no other size."""
_SIZES = frozenset(str(1 << power) for power in range(4, 13))
_FORMATS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP", "gif": "GIF"}


@dataclass(frozen=True, kw_only=True)
class Avatar:
    """An uploaded picture and the hash that stands for it."""

    hash: str
    data: bytes

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Take an upload.

        Raises:
            ValueError: It is not a picture that Discord takes.
        """
        try:
            with Image.open(io.BytesIO(data), formats=[*_FORMATS.values()]) as picture:
                picture.load()
                moves = getattr(picture, "is_animated", False)
        except (OSError, SyntaxError) as error:
            raise ValueError(f"this is no avatar: {error}") from error
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return cls(hash=f"a_{digest}" if moves else digest, data=data)

    def rendered(self, form: str, largest: int | None) -> bytes:
        """Return the picture as the CDN serves it.

        Args:
            form: The ending of the link.
            largest: Pixels of the longer side, at most.
        """
        with Image.open(io.BytesIO(self.data)) as picture:
            if form == "gif":
                return _saved(picture, "GIF", save_all=True)
            still = picture.convert("RGB" if form in ("jpg", "jpeg") else "RGBA")
        if largest is not None:
            still.thumbnail((largest, largest))
        return _saved(still, _FORMATS[form])


def _saved(picture: Image.Image, form: str, *, save_all: bool = False) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **({"save_all": True} if save_all else {}))
    return buffer.getvalue()


def routes(world: World) -> list[web.RouteDef]:
    """Return the CDN's routes of avatars."""

    async def of_user(request: web.Request) -> web.Response:
        user = world.users.get(int(request.match_info["user_id"]))
        return _serve(request, user.avatar if user else None)

    async def of_member(request: web.Request) -> web.Response:
        guild = world.guilds.get(int(request.match_info["guild_id"]))
        member = guild.members.get(int(request.match_info["user_id"])) if guild else None
        return _serve(request, member.avatar if member else None)

    async def default(request: web.Request) -> web.Response:
        colour = DEFAULTS[int(request.match_info["index"])]
        picture = Image.new("RGB", (DEFAULT_SIZE, DEFAULT_SIZE), colour)
        return web.Response(body=_saved(picture, "PNG"), content_type="image/png")

    name = r"{hash:\w+}.{form:\w+}"
    return [
        web.get(rf"/avatars/{{user_id:\d+}}/{name}", of_user),
        web.get(rf"/guilds/{{guild_id:\d+}}/users/{{user_id:\d+}}/avatars/{name}", of_member),
        web.get(rf"/embed/avatars/{{index:[0-{len(DEFAULTS) - 1}]}}.png", default),
    ]


def _serve(request: web.Request, avatar: Avatar | None) -> web.Response:
    form, size = request.match_info["form"], request.query.get("size")
    if avatar is None or avatar.hash != request.match_info["hash"]:
        return web.Response(status=404, text="Not Found")
    wrong_form = form not in _FORMATS or (form == "gif" and not avatar.hash.startswith("a_"))
    if wrong_form or (size is not None and size not in _SIZES):
        return web.Response(status=400, text="Bad Request")
    data = avatar.rendered(form, None if size is None else int(size))
    return web.Response(body=data, content_type=f"image/{_FORMATS[form].lower()}")
