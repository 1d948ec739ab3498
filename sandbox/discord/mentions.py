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


def pings(texts: Iterable[str], allowed: dict[str, Any] | None) -> Pings:
    """Find whom these texts ping.

    Args:
        texts: Content and text components of the message.
        allowed: Its `allowed_mentions`; without them every mention pings.
    """
    text = "\n".join(texts)
    users, roles = ({int(n) for n in rule.findall(text)} for rule in (_USER, _ROLE))
    everyone = bool(_EVERYONE.search(text))
    if allowed is None:
        return Pings(frozenset(users), frozenset(roles), everyone)
    parse = allowed.get("parse") or []
    if "users" not in parse:
        users &= {int(n) for n in allowed.get("users") or []}
    if "roles" not in parse:
        roles &= {int(n) for n in allowed.get("roles") or []}
    return Pings(frozenset(users), frozenset(roles), everyone and "everyone" in parse)
