"""Ideogram's own words: its forms and its answers.

Source: Ideogram's OpenAPI, "Remix (legacy)" and "Remix with Ideogram 3.0" (2026-06-17).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from pydantic import JsonValue

from bot.backends.answers import Maybe, Parsed, word
from bot.backends.base import Call, Output, Source
from bot.backends.compose import document, pictures
from bot.backends.entry import Entry
from bot.backends.signs import Sign

LEGACY_PATH = "/remix"

# Not image_request or image_weight, of which the picture is no part.
_ABOUT_IMAGE = re.compile(r"\bimage(_file)?\b")


class Picture(Parsed):
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


class Models(Parsed):
    """The operator's own models, of which it is enough that they are listed."""

    models: list[JsonValue]


class Made(Parsed):
    """What a paid call is answered with, and the ticket for it."""

    created: Maybe[datetime] = None
    """When Ideogram took the request; seen with a "T" and with a space in its middle."""
    data: tuple[Maybe[Picture], ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Those that can be made sense of."""
        return tuple(picture for picture in self.data if picture)


class Error(Parsed):
    """A refusal; its text may quote the prompt, so it is read for one word and never kept."""

    error: Maybe[str] = None
    message: Maybe[str] = None
    detail: Maybe[str] = None
    reject_reason: Maybe[str] = None

    @property
    def sign(self) -> Sign:
        """What of it decides anything."""
        text = self.error or self.message or self.detail or ""
        about = "image" if _ABOUT_IMAGE.search(text.lower()) else ""
        return Sign(code=self.reject_reason or "", parameter=about)

    @property
    def text(self) -> str:
        """What of it can be logged."""
        return f" {word(self.reject_reason)}" if self.reject_reason else ""


def path(entry: Entry) -> str:
    """Give where a call is sent: newer endpoints stand in the place of the model."""
    return entry.model if entry.model.startswith("/") else LEGACY_PATH


def fields(entry: Entry, call: Call) -> Iterator[tuple[str, JsonValue | Source]]:
    """Give the fields of a call's form: in one JSON part of the older API, flat in the newer."""
    source = call.source
    size = None if source is None else (source.width, source.height)
    asked = document(entry, call.request, size)
    if path(entry) == LEGACY_PATH:
        yield "image_request", {**asked, "model": entry.model}
    else:
        for name, value in asked.items():
            # A list is as many fields of one name.
            yield from ((name, item) for item in (value if isinstance(value, list) else [value]))
    for feature, picture in pictures(entry, call):
        yield entry.inputs[feature].name, picture
