"""Under which addresses fal is reached: its own host names, or paths of one port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from aiohttp import web

HOSTS: Mapping[str, str] = {
    "queue.fal.run": "queue",
    "fal.run": "run",
    "rest.fal.ai": "rest",
    "rest.alpha.fal.ai": "rest",
    "v3.fal.media": "files",
}
"""Each of fal's host names, and the path under which the stand-in has the same."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """What the links in fal's answers begin with, without a slash at the end."""

    queue: str
    files: str

    @classmethod
    def of(cls, request: web.Request) -> Self:
        """Return those by which this client reaches the stand-in."""
        if request.host in HOSTS:
            return cls(queue="https://queue.fal.run", files="https://v3.fal.media")
        here = f"{request.scheme}://{request.host}"
        return cls(queue=f"{here}/queue", files=f"{here}/files")

    def own_file(self, link: str) -> str | None:
        """Return the path of one of fal's own public files, if the link leads to one."""
        start = f"{self.files}/"
        return link.removeprefix(start) if link.startswith(start) else None
