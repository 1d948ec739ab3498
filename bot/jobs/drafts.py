"""Orders that wait for their member to start them, and may change until then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from bot.backends.base import Request
from bot.jobs.context import Context
from bot.jobs.record import (
    PICTURES,
    REQUEST,
    Pictures,
    SourceRef,
    write_pictures,
    write_request,
)
from bot.jobs.submit import Order, new_id
from storage import drafts
from storage.database import Transaction
from storage.drafts import DraftRow


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One of several pictures of which one is to be chosen."""

    name: str
    picture: SourceRef
    spoiler: bool = False
    """Whether it was hidden until clicked, and what is made of it is to be."""


CANDIDATES: Final = TypeAdapter(tuple[Candidate, ...])


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An order that was not started."""

    user_id: int
    """Whose it is."""
    request: Request
    pictures: Pictures
    parent_id: str | None
    """The job on whose card it began."""
    choices: tuple[Candidate, ...] = ()
    """The pictures of which one is still to be chosen as the source; they never change."""


async def keep_draft(context: Context, order: Order) -> str:
    """Keep an order; gives the draft's id, which becomes its job's."""
    draft = Draft(
        user_id=order.user_id,
        request=order.request,
        pictures=order.pictures,
        parent_id=order.parent_id,
    )
    return await keep(context, draft)


async def keep(context: Context, draft: Draft) -> str:
    """Keep a draft; gives its id, which becomes its job's."""
    row = DraftRow(
        id=new_id(),
        user_id=draft.user_id,
        request=write_request(draft.request),
        source=write_pictures(draft.pictures),
        parent_id=draft.parent_id,
        created=context.clock.now(),
        choices=CANDIDATES.dump_json(draft.choices).decode() if draft.choices else None,
    )

    async def work(tx: Transaction) -> None:
        await drafts.insert(tx, row)

    await context.database.transaction(work)
    return row.id


async def read_draft(context: Context, draft_id: str) -> Draft | None:
    """A draft that was kept; None where it has run out."""
    row = await drafts.get(context.database, draft_id)
    return None if row is None else _read(row)


async def change(context: Context, draft_id: str, alter: Callable[[Draft], Draft]) -> Draft | None:
    """Change a draft in one transaction, so that of two changes at once neither is lost.

    Args:
        context: Where it is kept.
        draft_id: Which.
        alter: Gives request and pictures as they shall be; may be called again. What it
            raises leaves the draft as it was.

    Returns:
        The draft as it is now; None where it has run out.
    """

    async def work(tx: Transaction) -> Draft | None:
        row = await drafts.lock(tx, draft_id)
        if row is None:
            return None
        draft = alter(_read(row))
        await drafts.change(
            tx,
            draft_id,
            request=write_request(draft.request),
            source=write_pictures(draft.pictures),
        )
        return draft

    return await context.database.transaction(work)


def _read(row: DraftRow) -> Draft:
    return Draft(
        user_id=row.user_id,
        request=REQUEST.validate_json(row.request),
        pictures=PICTURES.validate_json(row.source),
        parent_id=row.parent_id,
        choices=CANDIDATES.validate_json(row.choices) if row.choices else (),
    )
