"""Embeds: lengths alone and in all (docs, resources/message.mdx "Embed Limits", 2026-11-21)."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.discord.rules.values import (
    Payload,
    check_objects,
    check_text,
    length,
    objects,
    require_text,
    unknown_keys,
)

MAX_EMBEDS = 10
MAX_CHARACTERS = 6000
# "flags" is not documented; discord.py sends it and Discord drops it.
_KEYS = (
    *("type", "url", "title", "color", "timestamp", "description", "author", "image"),
    *("thumbnail", "footer", "fields", "provider", "video", "flags"),
)
_CONTENT = ("title", "description", "author", "image", "thumbnail", "footer", "fields", "video")


def check_embeds(value: object) -> Iterator[str]:
    """Check the embeds of a message, each alone and all together."""
    yield from check_objects("embeds", value, 0, MAX_EMBEDS)
    embeds = objects(value)
    for index, embed in enumerate(embeds):
        yield from _check_embed(f"embeds[{index}]", embed)
    characters = sum(map(_characters, embeds))
    if characters > MAX_CHARACTERS:
        yield f"embeds: {characters} characters in all; at most {MAX_CHARACTERS}"


def _check_embed(where: str, embed: Payload) -> Iterator[str]:
    yield from unknown_keys(where, embed, _KEYS)
    if not any(embed.get(key) for key in _CONTENT):
        yield f"{where}: is empty"
    yield from check_text(f"{where}.title", embed.get("title"), most=256)
    yield from check_text(f"{where}.description", embed.get("description"), most=4096)
    footer, author = _part(embed, "footer"), _part(embed, "author")
    yield from check_text(f"{where}.footer.text", footer.get("text"), most=2048)
    yield from check_text(f"{where}.author.name", author.get("name"), most=256)
    yield from check_objects(f"{where}.fields", embed.get("fields"), 0, 25)
    for index, field in enumerate(objects(embed.get("fields"))):
        place = f"{where}.fields[{index}]"
        yield from unknown_keys(place, field, ("name", "value", "inline"))
        yield from require_text(f"{place}.name", field.get("name"), most=256)
        yield from require_text(f"{place}.value", field.get("value"), most=1024)


def _part(embed: Payload, key: str) -> Payload:
    value = embed.get(key)
    return value if isinstance(value, dict) else {}


def _characters(embed: Payload) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [_part(embed, "footer").get("text"), _part(embed, "author").get("name")]
    for field in objects(embed.get("fields")):
        texts += [field.get("name"), field.get("value")]
    return sum(map(length, texts))


def embed_urls(value: object) -> list[str]:
    """The links to pictures in the embeds of a message."""
    urls: list[object] = []
    for embed in objects(value):
        urls += [_part(embed, key).get("url") for key in ("image", "thumbnail", "video")]
        urls += [_part(embed, key).get("icon_url") for key in ("footer", "author")]
    return [url for url in urls if isinstance(url, str)]
