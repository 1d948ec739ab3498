"""Files that people and the bot send: their names, types and sizes in pixels."""

from __future__ import annotations

import io
import mimetypes
import re
import warnings
from dataclasses import dataclass

from PIL import Image

FILE_LIMIT = 10 * 1024 * 1024
"""Bytes of one file, for members and servers without Nitro or boosts."""
REQUEST_LIMIT = 25 * 1024 * 1024
"""Bytes of a whole request (reference, "Uploading Files"; resources/message, "Limitations")."""

_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}


@dataclass(frozen=True)
class Upload:
    """A file as it is sent."""

    filename: str
    data: bytes
    content_type: str | None = None
    description: str | None = None

    @property
    def name(self) -> str:
        """The name that Discord gives the file: no spaces, no signs outside of [A-Za-z0-9_.-]."""
        return re.sub(r"[^A-Za-z0-9_.-]", "", self.filename.replace(" ", "_")) or "file"

    def kind(self) -> str:
        """Return the content type: the one given, else what the name says, which may be a lie.

        discord.py sends "application/octet-stream" for everything, so that is no answer.
        """
        if self.content_type not in (None, "application/octet-stream"):
            return str(self.content_type)
        by_suffix = _TYPES.get(self.name.rpartition(".")[2].lower())
        return by_suffix or mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    def dimensions(self) -> tuple[int, int] | None:
        """Return width and height, if the data begins like a picture that can be read."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # hostile pictures are this sandbox's daily bread
            try:
                with Image.open(io.BytesIO(self.data)) as picture:
                    return picture.size
            except Exception:  # noqa: BLE001 - Pillow raises anything on broken headers
                return None
