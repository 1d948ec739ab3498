"""A report of Runware, which nobody signs: the secret in the address is all that vouches for it.

Source: runware.ai/docs, "Webhooks" (2026-11): the JSON of an answer, one for each picture.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from bot.backends.answers import Parsed, parse
from bot.hooks.reports import RefusedError, strict_id

_IDS = ("imageUUID", "taskUUID")


class _Report(Parsed):
    data: JsonValue = None
    errors: JsonValue = None


async def read(headers: Mapping[str, str], body: bytes) -> str:  # noqa: ARG001 - one of the readers
    """See `bot.hooks.reports.Reader`.

    The id is that of the picture, where there is one: so each further picture is news.
    """
    report = parse(_Report, body)
    for item in [] if report is None else [*_items(report.data), *_items(report.errors)]:
        for name in _IDS:
            if name in item:
                return strict_id(item[name])
    raise RefusedError("it names no task")


def _items(value: JsonValue) -> list[dict[str, JsonValue]]:
    """A list of objects, or one alone: Runware's pages show both."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]
