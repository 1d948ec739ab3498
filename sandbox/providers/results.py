"""What becomes of a finished picture when its prompt asks for a spoilt one.

What a spoilt picture is, is the same for all providers; where it is put is each one's own.
"""

from __future__ import annotations

from sandbox.providers.files import FileStore
from sandbox.providers.pictures import Order, Pictures
from sandbox.providers.triggers import Trigger, Triggers


class Results:
    """Paints results and keeps them behind their links.

    Attributes:
        elsewhere: Where the links of `__elsewhere__` redirect to.
        oversize: Bytes by which `__oversized__` makes a file larger.
    """

    def __init__(self, pictures: Pictures, files: FileStore) -> None:
        self._pictures = pictures
        self._files = files
        self.elsewhere = "http://169.254.169.254/latest/meta-data/"
        self.oversize = 60_000_000

    async def paint(self, order: Order, triggers: Triggers) -> bytes:
        """Paint one order; the triggers may spoil the file."""
        if Trigger.GARBAGE in triggers:
            return b"no picture"
        data = await self._pictures.make(order)
        if Trigger.TRUNCATED in triggers:
            return data[: len(data) // 2]
        if Trigger.OVERSIZED in triggers:
            return data + bytes(self.oversize)
        return data

    def keep(
        self,
        path: str,
        data: bytes,
        media_type: str,
        triggers: Triggers,
        *,
        life: float | None = None,
    ) -> None:
        """Keep a result behind its link, for `life` seconds; the triggers may spoil the link."""
        if Trigger.GONE in triggers:
            return
        kind = "text/html" if Trigger.MISLABELLED in triggers else media_type
        location = self.elsewhere if Trigger.ELSEWHERE in triggers else None
        self._files.put(path, data, kind, life=life, location=location)
