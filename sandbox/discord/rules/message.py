"""A message that is sent or edited, and the placeholder that a deferral shows."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntFlag

from sandbox.discord.rules.components import check_components
from sandbox.discord.rules.embeds import check_embeds, embed_urls
from sandbox.discord.rules.files import (
    Files,
    check_attachments,
    check_names,
    check_references,
    check_shown,
)
from sandbox.discord.rules.layout import media_urls
from sandbox.discord.rules.tree import IN_MESSAGE, Part, walk
from sandbox.discord.rules.values import (
    Payload,
    check_count,
    check_objects,
    check_text,
    number,
    unknown_keys,
)

CONTENT_LENGTH = 2000


class MessageFlag(IntFlag):
    """The flags that an application may set (docs, resources/message.mdx, 2026-11-21)."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


_ON_EDIT = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2
_ON_CREATE = _ON_EDIT | MessageFlag.EPHEMERAL | MessageFlag.SUPPRESS_NOTIFICATIONS
_KEYS = frozenset(
    {
        *("content", "embeds", "components", "attachments", "flags", "allowed_mentions", "poll"),
        *("tts", "nonce", "enforce_nonce", "message_reference", "sticker_ids"),
        *("username", "avatar_url", "thread_name", "applied_tags"),
    }
)
# discord.py sends "tts" with every edit; Discord drops it there.
_EDIT_KEYS = _KEYS - {"nonce", "enforce_nonce", "message_reference", "username", "avatar_url"}
_NOT_IN_V2 = ("content", "embeds", "poll", "sticker_ids")
_BODY = ("content", "embeds", "components", "attachments")
_MENTION_KEYS = ("parse", "roles", "users", "replied_user")


def check_message(
    payload: Payload, *, files: list[str], kept: list[str], editing: bool, v2_before: bool
) -> list[str]:
    """Find what Discord's schema cannot see in a message that is sent or edited.

    Args:
        payload: The message, in a callback its `data`, in a multipart request its `payload_json`.
        files: Names of the files that come with this request, in the order of `files[n]`.
        kept: Names of the files that the message has and keeps: all of them where an edit has no
            `attachments`, else those that it lists by their ids.
        editing: An edit of a message, `UPDATE_MESSAGE` included, rather than a new one.
        v2_before: The message had the Components V2 flag before this edit.

    Returns:
        One sentence per problem; empty where Discord would accept and show all of it.
    """
    own = Files(uploaded=files, kept=kept)
    v2 = v2_before or bool(number(payload.get("flags"), 0) & MessageFlag.COMPONENTS_V2)
    parts = walk(payload, IN_MESSAGE)
    return [
        *unknown_keys("message", payload, _EDIT_KEYS if editing else _KEYS),
        *_check_flags(payload, editing=editing, v2_before=v2_before),
        *_check_texts(payload),
        *_check_mentions(payload.get("allowed_mentions")),
        *check_embeds(payload.get("embeds")),
        *check_objects("components", payload.get("components")),
        *check_components(parts, v2=v2),
        *_check_exclusive(payload, v2=v2),
        *_check_empty(payload, own, editing=editing and v2 == v2_before, v2=v2),
        *_check_files(payload, own, parts, editing=editing, v2=v2),
    ]


def check_defer(payload: Payload | None) -> list[str]:
    """Check the `data` of a deferred answer: it can only say whether it is ephemeral.

    The Components V2 flag comes with the edit that follows (docs, receiving-and-responding.mdx,
    read 2026-11-21).
    """
    problems = list(unknown_keys("defer", payload or {}, ("flags",)))
    flags = (payload or {}).get("flags")
    if flags is not None and number(flags, -1) not in (0, MessageFlag.EPHEMERAL):
        problems.append(f"defer: flags are {flags!r}, only EPHEMERAL (64) is allowed")
    return problems


def _check_flags(payload: Payload, *, editing: bool, v2_before: bool) -> Iterator[str]:
    flags = payload.get("flags")
    if flags is None:
        return
    if number(flags, -1) < 0:
        yield f"flags: {flags!r} is not a set of flags"
        return
    # As an int: the complement of an IntFlag holds only the bits that have names.
    wrong = flags & ~int(_ON_EDIT if editing else _ON_CREATE)
    if wrong:
        yield f"flags: {wrong:#x} cannot be set {'by an edit' if editing else 'by a bot'}"
    if v2_before and not flags & MessageFlag.COMPONENTS_V2:
        yield "flags: the Components V2 flag cannot be removed"


def _check_texts(payload: Payload) -> Iterator[str]:
    yield from check_text("content", payload.get("content"), most=CONTENT_LENGTH)
    yield from check_count("sticker_ids", payload.get("sticker_ids"), 0, 3)
    nonce = payload.get("nonce")
    if nonce is not None and len(str(nonce)) > 25:
        yield "nonce: has more than 25 characters"


def _check_mentions(value: object) -> Iterator[str]:
    if not isinstance(value, dict):
        if value is not None:
            yield "allowed_mentions: is not an object"
        return
    yield from unknown_keys("allowed_mentions", value, _MENTION_KEYS)
    parse = value.get("parse")
    parse = parse if isinstance(parse, list) else []
    for kind in parse:
        if kind not in ("roles", "users", "everyone"):
            yield f"allowed_mentions.parse: unknown kind {kind!r}"
    for kind in ("roles", "users"):
        yield from check_count(f"allowed_mentions.{kind}", value.get(kind), 0, 100)
        if kind in parse and value.get(kind):
            yield f"allowed_mentions: {kind} are both parsed and listed"


def _check_exclusive(payload: Payload, *, v2: bool) -> Iterator[str]:
    for key in _NOT_IN_V2:
        if v2 and payload.get(key):
            yield f"{key}: not allowed in a Components V2 message"


def _check_empty(payload: Payload, files: Files, *, editing: bool, v2: bool) -> Iterator[str]:
    # An edit leaves alone what it does not name, so only one that empties all of it is seen here.
    if v2:
        if ("components" in payload or not editing) and not payload.get("components"):
            yield "message: is empty, a Components V2 message is its components"
        return
    if editing and not all(key in payload for key in _BODY):
        return
    content = payload.get("content")
    text = isinstance(content, str) and content.strip()
    others = ("embeds", "components", "poll", "sticker_ids")
    if not (text or files.names or _is_forward(payload) or any(map(payload.get, others))):
        yield "message: is empty"


def _is_forward(payload: Payload) -> bool:
    reference = payload.get("message_reference")
    return isinstance(reference, dict) and reference.get("type") == 1


def _check_files(
    payload: Payload, files: Files, parts: list[Part], *, editing: bool, v2: bool
) -> Iterator[str]:
    urls = [url for part in parts for url in media_urls(part)]
    yield from check_names(files)
    yield from check_attachments(payload.get("attachments"), files, editing=editing)
    yield from check_references([*urls, *embed_urls(payload.get("embeds"))], files)
    if not v2:
        return
    if editing and files.uploaded and not isinstance(payload.get("attachments"), list):
        yield "attachments: an edit that adds files to a Components V2 message must list them"
    if "components" in payload:
        yield from check_shown(urls, files)
    elif files.uploaded:
        yield "files: no component of this request shows what it uploads"
