"""The files that a stand-in serves: uploads and results, by the sandbox's clock."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

from sandbox.clock import SandboxClock

# Enough for some hundred pictures; the oldest go first, so that a long run stays small.
CAPACITY_BYTES = 256 * 2**20

_CREDENTIALS = ("Authorization", "Api-Key")


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    data: bytes
    media_type: str
    expires_at: float | None
    """Epoch seconds of the sandbox's clock; None lasts."""
    location: str | None = None
    """Where its link redirects to, instead of giving the file."""


class FileStore:
    """Files by path, which can expire."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._size = 0

    def put(
        self,
        path: str,
        data: bytes,
        media_type: str,
        *,
        life: float | None = None,
        location: str | None = None,
    ) -> None:
        """Keep a file, for `life` seconds if that is given; `location` redirects its link."""
        self.drop(path)
        expires_at = None if life is None else self._clock.now() + life
        self._files[path] = StoredFile(
            data=data, media_type=media_type, expires_at=expires_at, location=location
        )
        self._size += len(data)
        while self._size > CAPACITY_BYTES and len(self._files) > 1:
            self.drop(next(iter(self._files)))

    def get(self, path: str) -> StoredFile | None:
        """Return a file that exists and has not expired."""
        found = self._files.get(path)
        if found is None or (found.expires_at is not None and found.expires_at < self._clock.now()):
            return None
        return found

    def drop(self, path: str) -> None:
        """Forget a file, whether or not there is one."""
        gone = self._files.pop(path, None)
        self._size -= len(gone.data) if gone else 0

    def answer(self, request: web.Request, path: str) -> web.Response:
        """Answer a request for a file: public, so a key that comes along is a leak."""
        if leaks_credentials(request):
            return web.Response(status=400, text="a public link was sent a key")
        found = self.get(path)
        if found is None:
            return web.Response(status=404, text="not found")
        if found.location is not None:
            return web.Response(status=302, headers={"Location": found.location})
        return web.Response(body=found.data, headers={"Content-Type": found.media_type})


def leaks_credentials(request: web.Request) -> bool:
    """Say whether a request that needs no key brought one.

    The real hosts would let it pass; here it fails, so that a client that sends its key
    to hosts that are not the provider's is found out.
    """
    return any(name in request.headers for name in _CREDENTIALS)
