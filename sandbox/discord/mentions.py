"""Whom a message pings.

Source: Discord's documentation, resources/message, "Allowed Mentions Object", read 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)")


@dataclass(frozen=True)
class Pings:
    """Those whom a message notifies."""

    users: frozenset[int] = field(default_factory=frozenset)
    roles: frozenset[int] = field(default_factory=frozenset)
    everyone: bool = False

    def __bool__(self) -> bool:
        return bool(self.users or self.roles or self.everyone)


def pings(
    texts: Iterable[str], allowed: dict[str, Any] | None, *, replied: int | None = None
) -> Pings:
    """Find whom a message pings.

    Args:
        texts: Its content and text components.
        allowed: Its `allowed_mentions`; without them every mention pings, and the reply too.
        replied: The author of the message that it replies to, whom it pings only where
            `replied_user` says so.
    """
    text = "\n".join(texts)
    users, roles = ({int(n) for n in rule.findall(text)} for rule in (_USER, _ROLE))
    everyone = bool(_EVERYONE.search(text))
    author = set() if replied is None else {replied}
    if allowed is None:
        return Pings(frozenset(users | author), frozenset(roles), everyone)
    parse = allowed.get("parse") or []
    if "users" not in parse:
        users &= {int(n) for n in allowed.get("users") or []}
    if "roles" not in parse:
        roles &= {int(n) for n in allowed.get("roles") or []}
    if allowed.get("replied_user"):
        users |= author
    return Pings(frozenset(users), frozenset(roles), everyone and "everyone" in parse)
