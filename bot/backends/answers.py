"""What all providers' answers share: parsing that forgives, Retry-After, and their pictures."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from bot.backends.base import Output, ProviderName
from bot.backends.errors import BackendError
from bot.backends.exchange import Answer
from bot.backends.failures import Link, download
from bot.backends.http import Session
from bot.backends.http_errors import Broken, Dead, Forbidden, HttpFault, TooLarge
from bot.backends.inline import is_inline, save
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


def parse(model: type[_M], body: bytes | bytearray | str) -> _M | None:
    """Read JSON into a model; None where it does not fit."""
    try:
        return model.model_validate_json(body)
    except ValidationError:
        return None


def word(text: str | None) -> str:
    """Give a provider's code for the log, unless it is not a mere code."""
    return text if text and _WORD.fullmatch(text) else "?"


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


async def fetch(
    session: Session, output: Output, to: Path, pace: Pace, *, provider: ProviderName
) -> None:
    """Stream a result into a file, or write one that came inside the answer.

    Raises:
        Rejected: There is nothing to be read at its link, now or later.
        Unavailable: It could not be read just now.
    """
    if output.url is None:
        raise _unread(provider, Link.WITHHELD, "the picture was withheld", pace)
    try:
        if is_inline(output.url):
            await asyncio.to_thread(save, output.url, to, limit=PICTURE_BYTES)
        else:
            await session.download(output.url, to, limit=PICTURE_BYTES, deadline=pace.transfer)
    except HttpFault as fault:
        detail = f"{type(fault).__name__}: {fault}"
        raise _unread(provider, _LINKS[type(fault)], detail, pace) from None


_LINKS: Mapping[type[HttpFault], Link] = {
    Dead: Link.DEAD,
    Forbidden: Link.PRIVATE,
    TooLarge: Link.LARGE,
    Broken: Link.BROKEN,
}


def _unread(provider: ProviderName, link: Link, detail: str, pace: Pace) -> BackendError:
    return download(provider, link).error(detail, retry_in=pace.retry)
