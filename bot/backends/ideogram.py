"""Ideogram's own API, in its older form: one call, answered when the pictures are made."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from pathlib import Path

from pydantic import JsonValue

from bot.backends import answers
from bot.backends.answers import Maybe, Parsed, parse, word
from bot.backends.base import (
    BackendError,
    Call,
    Finished,
    Output,
    Progress,
    ProviderAccess,
    Reason,
    Rejected,
    Unavailable,
    Unconfirmed,
)
from bot.backends.bodies import form_body
from bot.backends.compose import document
from bot.backends.entry import Entry
from bot.backends.http import Answer, Session
from bot.backends.pace import Pace

_BASE = "https://api.ideogram.ai"
# Not image_request or image_weight, of which the picture is no part.
_ABOUT_IMAGE = re.compile(r"\bimage(_file)?\b")


class _Picture(Parsed):
    """One picture as Ideogram gives it, and as the ticket keeps it."""

    url: Maybe[str] = None
    prompt: Maybe[str] = None
    resolution: Maybe[str] = None
    upscaled_resolution: Maybe[str] = None
    is_image_safe: Maybe[bool] = None
    seed: Maybe[int] = None
    style_type: Maybe[str] = None

    @property
    def output(self) -> Output:
        """The same in our words; an unsafe picture has no link, or loses it here."""
        safe = self.is_image_safe is not False and bool(self.url)
        return Output(
            url=self.url if safe else None,
            seed=self.seed,
            prompt=self.prompt,
            resolution=self.upscaled_resolution or self.resolution,
            style=self.style_type,
            safe=safe,
        )


class _Answer(Parsed):
    data: tuple[Maybe[_Picture], ...]


class _Error(Parsed):
    error: Maybe[str] = None
    message: Maybe[str] = None
    detail: Maybe[str] = None
    reject_reason: Maybe[str] = None


class Ideogram:
    """One model at Ideogram, for one job.

    A paid call takes as long as the work; the ticket is its answer, so there is nothing to
    wait for, to find again, or to cancel.

    Source: Ideogram's OpenAPI, "Remix (legacy)" (2026-06-17); its pages "Errors" and "Rate
    limits" (2026-11).
    """

    def __init__(self, entry: Entry, session: Session, access: ProviderAccess, pace: Pace) -> None:
        self._entry = entry
        self._session = session
        self._pace = pace
        self._url = f"{access.url or _BASE}/remix"
        self._headers = {"Api-Key": access.key}

    async def submit(self, call: Call) -> str:
        if call.source is None:
            raise ValueError("no source")
        try:
            body = form_body(
                ("image_request", _document(self._entry, call)), "image_file", call.source
            )
        except OSError as error:
            raise answers.unreadable(error) from error
        answer = await answers.buy(
            self._session,
            self._url,
            headers=self._headers,
            content=body,
            pace=self._pace,
            synchronous=True,
        )
        if not 200 <= answer.status < 300:
            raise _refused(answer, self._pace)
        made = parse(_Answer, answer.body)
        pictures = tuple(one for one in made.data if one) if made else ()
        if not pictures:
            raise Unconfirmed(Reason.UPSTREAM, "Ideogram's answer could not be read")
        return _Answer(data=pictures).model_dump_json()

    async def probe(self) -> None:
        raise Unavailable(Reason.UPSTREAM, "Ideogram was not asked", retry_in=self._pace.retry)

    async def find(
        self,
        key: str,
        *,
        count: int,  # noqa: ARG002 - in vain
        hint: str | None = None,  # noqa: ARG002 - in vain
    ) -> str | None:
        raise Unconfirmed(Reason.UPSTREAM, f"Ideogram cannot be asked for {key}")

    async def watch(
        self,
        ticket: str,
        *,
        age: float,  # noqa: ARG002 - there is nothing to wait for
    ) -> AsyncGenerator[Progress]:
        made = parse(_Answer, ticket)
        if made is None:
            raise Unconfirmed(Reason.UPSTREAM, "the ticket is none of Ideogram's")
        yield Finished(outputs=tuple(one.output for one in made.data if one), cost=None)

    async def cancel(self, ticket: str) -> bool:  # noqa: ARG002 - the work is done already
        return False

    async def fetch(self, output: Output, to: Path) -> None:
        await answers.fetch(self._session, output, to, self._pace)


def _document(entry: Entry, call: Call) -> dict[str, JsonValue]:
    source = call.source
    size = None if source is None else (source.width, source.height)
    return {**document(entry, call.request, size), "model": entry.model}


def _refused(answer: Answer, pace: Pace) -> BackendError:
    """Say what a refusal means; its text is read for one word and never kept."""
    error = parse(_Error, answer.body) or _Error()
    reason = f" {word(error.reject_reason)}" if error.reject_reason else ""
    detail = f"Ideogram answered {answer.status}{reason}"
    if answer.status == 422:
        return Rejected(Reason.POLICY, detail)
    text = (error.error or error.message or error.detail or "").lower()
    if answer.status == 400 and _ABOUT_IMAGE.search(text):
        return Rejected(Reason.BAD_IMAGE, detail)
    return answers.refusal(answer, detail, pace)
