"""What an answer of a provider means: parsing that forgives, and the three errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from bot.backends.base import (
    BackendError,
    Output,
    Reason,
    Rejected,
    Unavailable,
    Unconfirmed,
)
from bot.backends.bodies import Body
from bot.backends.http import Answer, Session
from bot.backends.http_errors import Broken, HttpFault, MaybeSent, NotSent
from bot.backends.pace import Pace

PICTURE_BYTES = 25_000_000
"""The largest result that is read."""

_T = TypeVar("_T")
_M = TypeVar("_M", bound=BaseModel)
_WORD = re.compile(r"[\w.:-]{1,64}", re.ASCII)


class Parsed(BaseModel):
    """Base of what is read from a provider: unknown keys are ignored.

    Its errors never quote the input, which may hold prompts and signed links.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


def _forgive(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    try:
        return validate(value)
    except ValidationError:
        return None


Maybe = Annotated[_T | None, WrapValidator(_forgive)]
"""A field that is None where it is not as expected: a paid picture is worth more than it."""


def parse(model: type[_M], body: bytes | str) -> _M | None:
    """Read JSON into a model; None where it does not fit."""
    try:
        return model.model_validate_json(body)
    except ValidationError:
        return None


def word(text: str | None) -> str:
    """Give a provider's code for the log, unless it is not a mere code."""
    return text if text and _WORD.fullmatch(text) else "?"


def unreadable(error: OSError) -> Rejected:
    """Say that a source could not be read; nothing was sent."""
    return Rejected(Reason.BAD_IMAGE, f"the source could not be read: {type(error).__name__}")


async def buy(
    session: Session,
    url: str,
    *,
    headers: Mapping[str, str],
    content: Body | JsonValue,
    pace: Pace,
    synchronous: bool = False,
) -> Answer:
    """Send a paid call once.

    Raises:
        Unavailable: Certainly nothing was sent.
        Unconfirmed: It may have been carried out.
    """
    try:
        return await session.paid(
            url,
            headers=headers,
            content=content,
            deadline=pace.synchronous if synchronous else pace.submit,
            read=pace.synchronous_read if synchronous else None,
        )
    except NotSent as fault:
        raise Unavailable(Reason.UPSTREAM, str(fault), retry_in=pace.retry) from None
    except MaybeSent as fault:
        raise Unconfirmed(Reason.UPSTREAM, str(fault)) from None


def refusal(answer: Answer, detail: str, pace: Pace) -> BackendError:
    """Say what it means that a paid call was answered with this status, not 2xx.

    Only answers that providers document as "not run" count as such; a server's error, or
    anything unheard of, may follow on work that was begun.
    """
    status = answer.status
    if status == 429:
        return Unavailable(Reason.BUSY, detail, retry_in=retry_after(answer, pace))
    if status in (401, 402, 403):
        return Rejected(Reason.ACCOUNT, detail)
    if status in (413, 415):
        return Rejected(Reason.BAD_IMAGE, detail)
    if 400 <= status < 500 and status != 408:
        return Rejected(Reason.BAD_REQUEST, detail)
    return Unconfirmed(Reason.UPSTREAM, detail)


def retry_after(answer: Answer, pace: Pace) -> float:
    """Read Retry-After, in seconds or as a date, within sensible bounds."""
    text = answer.headers.get("retry-after", "")
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return pace.retry
    # A comparison with "nan" is never true, so the order of these two matters.
    return min(max(pace.retry, seconds), pace.retry_longest)


async def fetch(session: Session, output: Output, to: Path, pace: Pace) -> None:
    """Stream a result into a file.

    Raises:
        Rejected: There is nothing to be read at its link, now or later.
        Unavailable: It could not be read just now.
    """
    if output.url is None:
        raise Rejected(Reason.NO_RESULT, "the picture was withheld")
    try:
        await session.download(output.url, to, limit=PICTURE_BYTES, deadline=pace.transfer)
    except Broken as fault:
        raise Unavailable(Reason.UPSTREAM, str(fault), retry_in=pace.retry) from None
    except HttpFault as fault:
        detail = f"{type(fault).__name__}: {fault}"
        raise Rejected(Reason.NO_RESULT, detail, billed=True) from None
