"""Orders that were quoted and wait for their member to start them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.backends.base import Request
from bot.jobs.context import Context
from bot.jobs.record import PICTURES, REQUEST, Pictures, write_pictures, write_request
from bot.jobs.submit import Order, new_id
from storage import drafts
from storage.database import Transaction
from storage.drafts import DraftRow


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An order that was quoted."""

    request: Request
    pictures: Pictures
    parent_id: str | None


async def keep_draft(context: Context, order: Order) -> str:
    """Keep an order; gives the draft's id, which becomes its job's."""
    draft = DraftRow(
        id=new_id(),
        user_id=order.user_id,
        request=write_request(order.request),
        source=write_pictures(order.pictures),
        parent_id=order.parent_id,
        created=context.clock.now(),
    )

    async def work(tx: Transaction) -> None:
        await drafts.insert(tx, draft)

    await context.database.transaction(work)
    return draft.id


async def read_draft(context: Context, draft_id: str) -> Draft | None:
    """A draft that was kept; None where it has run out."""
    row = await drafts.get(context.database, draft_id)
    if row is None:
        return None
    return Draft(
        request=REQUEST.validate_json(row.request),
        pictures=PICTURES.validate_json(row.source),
        parent_id=row.parent_id,
    )
