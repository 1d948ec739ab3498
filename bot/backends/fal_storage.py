"""Pictures on their way to fal: inside the call while they are small, else by its storage."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence

from bot.backends import fal_failures as failures
from bot.backends.answers import Parsed, parse, retry_after
from bot.backends.base import Source
from bot.backends.bodies import file_body, file_name
from bot.backends.errors import BackendError
from bot.backends.exchange import Answer
from bot.backends.failures import Step
from bot.backends.http import Session
from bot.backends.http_errors import Broken, Forbidden, TooLarge
from bot.backends.pace import Pace

INLINE_BYTES = 4_000_000
"""Of all pictures of a call. fal names no limit for data URIs; above this they are uploaded."""
_STORED_SECONDS = 86_400


class _Upload(Parsed):
    upload_url: str
    file_url: str


class FalStorage:
    """fal's storage, for one job. Whatever goes wrong here, nothing was bought yet.

    Source: fal-js `storage.ts` and docs.fal.ai, "fal CDN" (2026-11).
    """

    def __init__(self, session: Session, url: str, headers: Mapping[str, str], pace: Pace) -> None:
        self._session = session
        self._url = f"{url}/storage/upload/initiate?storage_type=fal-cdn-v3"
        life = json.dumps({"expiration_duration_seconds": _STORED_SECONDS})
        self._headers = {**headers, "X-Fal-Object-Lifecycle-Preference": life}
        self._pace = pace

    async def keep(self, pictures: Sequence[Source]) -> list[str]:
        """Put pictures there for a day; gives their public links in the same order.

        Raises:
            BackendError: One of them could not be put there, in the time of a single one.
        """
        try:
            async with asyncio.timeout(self._pace.answer + self._pace.transfer):
                return [await self._keep(picture) for picture in pictures]
        except (Broken, TooLarge, TimeoutError) as fault:
            raise self._error(failures.CUT, f"fal's storage: {fault}") from None
        except Forbidden as fault:
            raise self._error(failures.PRIVATE, str(fault)) from None

    async def _keep(self, picture: Source) -> str:
        upload = await self._announce(picture)
        status = await self._session.upload(
            upload.upload_url, file_body(picture), deadline=self._pace.transfer
        )
        if not 200 <= status < 300:
            raise self._error(failures.NOT_TAKEN, f"fal's storage answered {status} to the file")
        return upload.file_url

    async def _announce(self, picture: Source) -> _Upload:
        answer = await self._session.request(
            "POST",
            self._url,
            headers=self._headers,
            content={"content_type": picture.media_type, "file_name": file_name(picture)},
        )
        upload = parse(_Upload, answer.body) if 200 <= answer.status < 300 else None
        if upload is None:
            raise refused(Step.UPLOAD, answer, self._pace)
        return upload

    def _error(self, sign: str, detail: str) -> BackendError:
        return failures.row(Step.UPLOAD, sign).error(detail, retry_in=self._pace.retry)


def refused(step: Step, answer: Answer, pace: Pace) -> BackendError:
    """Give the error that an answer of fal's means, at a step before the work is accepted."""
    row, detail = failures.judge(step, answer)
    return row.error(detail, retry_in=retry_after(answer, pace))
