"""fal's uploads and public files (fal, "fal CDN"; fal-js `storage.ts`, 2026-08-02)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.providers.fal.access import check_account, read_life
from sandbox.providers.fal.addresses import Addresses
from sandbox.providers.fal.errors import WorkError
from sandbox.providers.files import leaks_credentials
from sandbox.providers.server import BadBody, Server, answer

_TOKEN_LIFE = 3600.0
_STORAGE_TYPES = ("gcs", "fal-cdn", "fal-cdn-v3")


@dataclass(frozen=True, kw_only=True)
class _Upload:
    """A file that was announced."""

    media_type: str
    signature: str
    life: float | None
    """Seconds."""


class Storage:
    """The part of the stand-in that takes files and gives them out."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tokens: dict[str, float] = {}
        self._uploads: dict[str, _Upload] = {}

    def rest(self, prefix: str, guarded: Callable[[Handler], Handler]) -> Iterable[web.RouteDef]:
        """Name the routes of the REST host; `guarded` lets only those with the key through."""
        return (
            web.post(f"{prefix}/storage/upload/initiate", guarded(self._initiate)),
            web.post(f"{prefix}/storage/auth/token", guarded(self._token)),
        )

    def files(self, prefix: str) -> Iterable[web.RouteDef]:
        """Name the routes of the host of the public files."""
        return (
            web.put(f"{prefix}/upload/{{path:.+}}", self._put),
            web.post(f"{prefix}/files/upload", self._upload),
            web.get(f"{prefix}/{{path:files/.+}}", self._file),
        )

    async def _initiate(self, request: web.Request) -> web.Response:
        try:
            body = await self._server.read_object(request)
            life = read_life(request)
        except (BadBody, ValueError) as error:
            return answer({"detail": str(error)}, status=422)
        if not all(isinstance(body.get(name), str) for name in ("content_type", "file_name")):
            return answer({"detail": "content_type and file_name are required"}, status=422)
        if request.query.get("storage_type") not in _STORAGE_TYPES:
            return answer({"detail": "unknown storage_type"}, status=422)
        path = f"files/{secrets.token_hex(8)}_{_plain(body['file_name'])}"
        self._uploads[path] = upload = _Upload(
            media_type=body["content_type"],
            signature=secrets.token_hex(16),
            life=life,
        )
        base = Addresses.of(request).files
        target = f"{base}/upload/{path}?signature={upload.signature}"
        return answer({"upload_url": target, "file_url": f"{base}/{path}"})

    async def _put(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        upload = self._uploads.get(path)
        signed = upload is not None and request.query.get("signature") == upload.signature
        if upload is None or not signed or leaks_credentials(request):
            return web.Response(status=403, text="SignatureDoesNotMatch")
        if request.content_type != upload.media_type:
            return web.Response(status=400, text="Content-Type differs from the signed one")
        data = await request.read()
        self._server.files.put(path, data, upload.media_type, life=upload.life)
        return web.Response(status=200)

    async def _token(self, request: web.Request) -> web.Response:
        if request.query.get("storage_type") != "fal-cdn-v3":
            return answer({"detail": "unknown storage_type"}, status=422)
        token, expires = secrets.token_hex(16), self._server.clock.now() + _TOKEN_LIFE
        self._tokens[token] = expires
        return answer(
            {
                "token": token,
                "token_type": "Bearer",
                "base_url": Addresses.of(request).files,
                "expires_at": datetime.fromtimestamp(expires, UTC).isoformat(),
            }
        )

    async def _upload(self, request: web.Request) -> web.Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or self._tokens.get(token, 0.0) < self._server.clock.now():
            return answer({"detail": "Invalid or expired token"}, status=401)
        try:
            check_account(self._server.account)
            life = read_life(request)
        except WorkError as error:
            return answer(error.failure.body, status=error.failure.status)
        except ValueError as error:
            return answer({"detail": str(error)}, status=422)
        name = _plain(request.headers.get("X-Fal-File-Name", "file"))
        path = f"files/{secrets.token_hex(8)}_{name}"
        self._server.files.put(path, await request.read(), request.content_type, life=life)
        return answer({"access_url": f"{Addresses.of(request).files}/{path}"})

    async def _file(self, request: web.Request) -> web.Response:
        return self._server.files.answer(request, request.match_info["path"])


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)[-64:]
