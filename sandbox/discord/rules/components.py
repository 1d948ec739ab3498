"""The components of a message as a whole: what the V2 flag allows, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.discord.rules.layout import MESSAGE_RULES, TEXT_LENGTH
from sandbox.discord.rules.tree import (
    CLASSIC,
    ComponentType,
    Part,
    check_ids,
    check_places,
)
from sandbox.discord.rules.values import length

MAX_PARTS = 40
MAX_CLASSIC_ROWS = 5


def check_components(parts: list[Part], *, v2: bool) -> Iterator[str]:
    """Check the components of a message, each alone and all together.

    Args:
        parts: All of them, nested ones included.
        v2: Whether the message has, or gets, the Components V2 flag.

    Yields:
        One sentence per problem, beginning with the place in the payload.
    """
    yield from check_places(parts)
    yield from check_ids(parts)
    for part in parts:
        rule = MESSAGE_RULES.get(part.kind) if part.kind else None
        if rule and part.kind in part.allowed:
            yield from rule(part)
    yield from _check_v2(parts) if v2 else _check_classic(parts)


def _check_v2(parts: list[Part]) -> Iterator[str]:
    if len(parts) > MAX_PARTS:
        yield f"components: {len(parts)} in all, nested ones counted; at most {MAX_PARTS}"
    texts = (part for part in parts if part.kind is ComponentType.TEXT)
    characters = sum(length(part.payload.get("content")) for part in texts)
    if characters > TEXT_LENGTH:
        yield f"components: {characters} characters of text in all; at most {TEXT_LENGTH}"


def _check_classic(parts: list[Part]) -> Iterator[str]:
    for part in parts:
        if part.kind and part.kind in part.allowed and part.kind not in CLASSIC:
            yield f"{part.where}: a {part.kind.name} needs the Components V2 flag (1 << 15)"
    rows = sum(part.kind is ComponentType.ROW for part in parts)
    if rows > MAX_CLASSIC_ROWS:
        yield f"components: {rows} rows; at most {MAX_CLASSIC_ROWS}"
