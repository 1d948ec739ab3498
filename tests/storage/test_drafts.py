"""Drafts change under a lock, on every engine."""

from __future__ import annotations

import asyncio
import json

from storage import drafts
from storage.database import Database, Transaction
from storage.drafts import DraftRow
from tests.storage.rows import NOW, do

DRAFT = DraftRow(id="a", user_id=1, request="[]", source="{}", parent_id="p", created=NOW)


async def test_a_draft_becomes_what_it_is_changed_to(database: Database) -> None:
    other = DraftRow(id="b", user_id=1, request="[]", source="{}", parent_id=None, created=NOW)
    for draft in (DRAFT, other):
        await do(database, drafts.insert, draft)

    assert await do(database, drafts.lock, "a") == DRAFT
    await do(database, drafts.change, "a", request="[1]", source="[2]")

    assert await drafts.get(database, "a") == DraftRow(
        id="a", user_id=1, request="[1]", source="[2]", parent_id="p", created=NOW
    )
    assert await drafts.get(database, "b") == other


async def test_a_draft_that_is_gone_cannot_be_locked(database: Database) -> None:
    assert await do(database, drafts.lock, "a") is None


async def test_twenty_changes_at_once_are_all_kept(database: Database) -> None:
    await do(database, drafts.insert, DRAFT)

    async def append(number: int) -> None:
        async def work(tx: Transaction) -> None:
            draft = await drafts.lock(tx, "a")
            assert draft is not None
            longer = json.dumps([*json.loads(draft.request), number])
            await drafts.change(tx, "a", request=longer, source=draft.source)

        await database.transaction(work)

    await asyncio.gather(*map(append, range(20)))

    draft = await drafts.get(database, "a")
    assert draft is not None
    assert sorted(json.loads(draft.request)) == list(range(20))
