"""Files of a message: what is uploaded, what stays, what is listed and what is shown.

Sources: Discord's docs, reference.mdx "Uploading Files" and resources/message.mdx (read
2026-11-21); that a Components V2 message takes new files by an edit only with an `attachments`
array: discord/discord-api-docs issue 7529.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.discord.rules.values import (
    Payload,
    check_objects,
    check_text,
    check_unique,
    objects,
    unknown_keys,
)

MAX_FILES = 10
_SCHEME = "attachment://"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,260}")
_SMALLEST_SNOWFLAKE = 1 << 22
# discord.py sends a kept attachment back with all that it knows of it; Discord reads the first
# four.
_ATTACHMENT_KEYS = (
    *("id", "filename", "description", "title"),
    *("url", "proxy_url", "size", "spoiler", "is_spoiler", "width", "height", "content_type"),
    *("duration_secs", "waveform", "flags"),
)


@dataclass(frozen=True, kw_only=True)
class Files:
    """The files of one request to send or edit a message."""

    uploaded: list[str]
    """Names of the files that come with this request, in the order of `files[n]`."""
    kept: list[str]
    """Names of the files that the message already has and that stay."""

    @property
    def names(self) -> list[str]:
        """All files that the message has afterwards."""
        return [*self.uploaded, *self.kept]


def check_names(files: Files) -> Iterator[str]:
    """Not too many, no two alike, and names that Discord does not change."""
    if len(files.names) > MAX_FILES:
        yield f"files: {len(files.names)} in all; at most {MAX_FILES}"
    yield from check_unique("files: name", files.names)
    for name in files.uploaded:
        if not _NAME.fullmatch(name):
            yield f"files: Discord changes the name {name!r}; use letters, digits and _ . -"


def check_attachments(value: object, files: Files, *, editing: bool) -> Iterator[str]:
    """Each entry of `attachments` names one file of this request or one that stays."""
    yield from check_objects("attachments", value)
    entries = objects(value)
    for index, entry in enumerate(entries):
        yield from _check_entry(f"attachments[{index}]", entry, files)
    yield from check_unique("attachments: id", (str(entry.get("id")) for entry in entries))
    if isinstance(value, list):
        yield from _check_listed(entries, files, editing=editing)


def _check_entry(where: str, entry: Payload, files: Files) -> Iterator[str]:
    yield from unknown_keys(where, entry, _ATTACHMENT_KEYS)
    yield from check_text(f"{where}.description", entry.get("description"), most=1024)
    number = _number(entry)
    if number is None:
        yield f"{where}.id: {entry.get('id')!r} is neither an index nor a snowflake"
    elif number < len(files.uploaded):
        name = entry.get("filename")
        if name is not None and name != files.uploaded[number]:
            yield f"{where}.filename: {name!r}, but files[{number}] is {files.uploaded[number]!r}"
    elif number < _SMALLEST_SNOWFLAKE:
        yield f"{where}.id: there is no files[{number}] in this request"


def _check_listed(entries: list[Payload], files: Files, *, editing: bool) -> Iterator[str]:
    numbers = [number for entry in entries if (number := _number(entry)) is not None]
    for index, name in enumerate(files.uploaded):
        if index not in numbers:
            yield f"attachments: does not list files[{index}], {name!r}"
    stay = sum(number >= _SMALLEST_SNOWFLAKE for number in numbers)
    if stay and not editing:
        yield "attachments: a new message has no earlier files to keep"
    elif stay != len(files.kept):
        yield f"attachments: keeps {stay} files, the message has {len(files.kept)} of these"


def _number(entry: Payload) -> int | None:
    value = entry.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    return int(value) if isinstance(value, str) and value.isdecimal() else None


def check_references(urls: list[str], files: Files) -> Iterator[str]:
    """Each `attachment://` link names a file that the message has afterwards."""
    for url in urls:
        name = url.removeprefix(_SCHEME)
        if url.startswith(_SCHEME) and name not in files.names:
            yield f"{url} names no file of this message"


def check_shown(urls: list[str], files: Files) -> Iterator[str]:
    """Each file is shown by a component of a V2 message.

    Discord accepts a file that none shows, and then nobody sees it. Here that is a fault.
    """
    shown = {_name(url) for url in urls}
    for name in files.names:
        if name not in shown:
            yield f"files: no component shows {name!r}, so nobody can see it"


def _name(url: str) -> str:
    if url.startswith(_SCHEME):
        return url.removeprefix(_SCHEME)
    return urlsplit(url).path.rpartition("/")[2]
