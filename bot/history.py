"""What happened in a server or to a member: the ledger and the changes, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.people import People
from storage import changes, entries
from storage.changes import Change
from storage.database import Query
from storage.entries import Entry

PAGE: Final = 10


@dataclass(frozen=True, kw_only=True)
class Page:
    """A part of it."""

    items: Sequence[Change | Entry]
    """At most ten, newest first."""
    more: bool
    """Whether there are older ones."""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Which part."""

    user_id: int | None
    """Whose; None: everything in the server."""
    before: int
    """What came after this moment is left out, so that it moves nothing to another page."""
    skip: int = 0
    """How many newer ones stand on the pages before."""


async def page(query: Query, people: People, server_id: int, cursor: Cursor) -> Page:
    """Read a page; of a member, what is about the member themselves or on their account."""
    bounds = {"before": cursor.before, "most": cursor.skip + PAGE + 1}
    if cursor.user_id is None:
        changed = await changes.of_server(query, server_id, **bounds)
        entered = await entries.of_server(query, server_id, **bounds)
    else:
        account_id = await people.account(query, cursor.user_id)
        # Changes from before an erasure are about the alias, those since are about the member.
        subjects = list(dict.fromkeys((cursor.user_id, account_id)))
        changed = await changes.about(query, server_id, subjects, **bounds)
        entered = await entries.of_member(query, server_id, account_id, **bounds)
    found = merged(changed, entered)[cursor.skip :]
    return Page(items=found[:PAGE], more=len(found) > PAGE)


def merged(changed: Sequence[Change], entered: Sequence[Entry]) -> list[Change | Entry]:
    """Both by time, newest first; of one moment, the change comes before what it brought about."""
    # Stable also when reversed, so that each keeps its own order.
    return sorted([*changed, *entered], key=lambda item: item.at, reverse=True)
