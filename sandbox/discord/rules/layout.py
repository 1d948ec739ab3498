"""Rows, sections, galleries and the other parts that a member only looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sandbox.discord.rules.controls import CONTROL_RULES
from sandbox.discord.rules.tree import SELECTS, ComponentType, Part
from sandbox.discord.rules.values import (
    Payload,
    check_number,
    check_objects,
    check_text,
    check_url,
    objects,
    require_text,
    unknown_keys,
)

TEXT_LENGTH = 4000
MAX_GALLERY = 10
MAX_ROW = 5
_ALT_LENGTH = 1024
_URL_LENGTH = 2048
_REMOTE = ("http", "https", "attachment")


def _check_row(part: Part) -> Iterator[str]:
    where, children = f"{part.where}.components", objects(part.payload.get("components"))
    yield from unknown_keys(part.where, part.payload, ("type", "id", "components"))
    yield from check_objects(where, part.payload.get("components"), 1, MAX_ROW)
    selects = [child for child in children if child.get("type") in tuple(SELECTS)]
    if selects and len(children) > 1:
        yield f"{where}: a select fills its row, nothing can stand beside it"


def _check_section(part: Part) -> Iterator[str]:
    texts = part.payload.get("components")
    yield from unknown_keys(part.where, part.payload, ("type", "id", "components", "accessory"))
    yield from check_objects(f"{part.where}.components", texts, 1, 3)
    if not isinstance(part.payload.get("accessory"), dict):
        yield f"{part.where}.accessory: is missing"


def _check_text(part: Part) -> Iterator[str]:
    yield from unknown_keys(part.where, part.payload, ("type", "id", "content"))
    content = part.payload.get("content")
    yield from require_text(f"{part.where}.content", content, most=TEXT_LENGTH)
    if isinstance(content, str) and content and not content.strip():
        yield f"{part.where}.content: holds only white space"


def _check_gallery(part: Part) -> Iterator[str]:
    where, items = f"{part.where}.items", part.payload.get("items")
    yield from unknown_keys(part.where, part.payload, ("type", "id", "items"))
    yield from check_objects(where, items, 1, MAX_GALLERY)
    for index, item in enumerate(objects(items)):
        place = f"{where}[{index}]"
        yield from unknown_keys(place, item, ("media", "description", "spoiler"))
        yield from _check_media(f"{place}.media", item.get("media"))
        yield from _check_alt(place, item)


def _check_thumbnail(part: Part) -> Iterator[str]:
    known = ("type", "id", "media", "description", "spoiler")
    yield from unknown_keys(part.where, part.payload, known)
    yield from _check_media(f"{part.where}.media", part.payload.get("media"))
    yield from _check_alt(part.where, part.payload)


def _check_file(part: Part) -> Iterator[str]:
    yield from unknown_keys(part.where, part.payload, ("type", "id", "file", "spoiler"))
    yield from _check_media(f"{part.where}.file", part.payload.get("file"), ("attachment",))


def _check_alt(where: str, payload: Payload) -> Iterator[str]:
    alt = payload.get("description")
    yield from check_text(f"{where}.description", alt, least=1, most=_ALT_LENGTH)


def _check_media(where: str, media: object, schemes: tuple[str, ...] = _REMOTE) -> Iterator[str]:
    if not isinstance(media, dict):
        yield f"{where}: is missing"
        return
    yield from unknown_keys(where, media, ("url",))
    yield from check_url(f"{where}.url", media.get("url"), schemes=schemes, most=_URL_LENGTH)


def _check_separator(part: Part) -> Iterator[str]:
    yield from unknown_keys(part.where, part.payload, ("type", "id", "divider", "spacing"))
    if part.payload.get("spacing", 1) not in (1, 2):
        yield f"{part.where}.spacing: is neither 1 nor 2"


def _check_container(part: Part) -> Iterator[str]:
    known = ("type", "id", "components", "accent_color", "spoiler")
    yield from unknown_keys(part.where, part.payload, known)
    yield from check_objects(f"{part.where}.components", part.payload.get("components"), 1, 40)
    colour = part.payload.get("accent_color")
    yield from check_number(f"{part.where}.accent_color", colour, 0, 0xFFFFFF)


MESSAGE_RULES: dict[ComponentType, Callable[[Part], Iterator[str]]] = {
    **CONTROL_RULES,
    ComponentType.ROW: _check_row,
    ComponentType.SECTION: _check_section,
    ComponentType.TEXT: _check_text,
    ComponentType.THUMBNAIL: _check_thumbnail,
    ComponentType.GALLERY: _check_gallery,
    ComponentType.FILE: _check_file,
    ComponentType.SEPARATOR: _check_separator,
    ComponentType.CONTAINER: _check_container,
}
"""The rule of each kind that may stand in a message."""


def media_urls(part: Part) -> list[str]:
    """The links to pictures and files that one component shows."""
    media = [item.get("media") for item in objects(part.payload.get("items"))]
    media += [part.payload.get("media"), part.payload.get("file")]
    urls = [one.get("url") for one in media if isinstance(one, dict)]
    return [url for url in urls if isinstance(url, str)]
