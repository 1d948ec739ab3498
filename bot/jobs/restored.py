"""Jobs of a database that was put back to an earlier state: nothing more is bought for them.

They may have been carried out between the making of the copy and its coming back.
"""

from __future__ import annotations

import logging

from bot.jobs.context import Context
from bot.jobs.record import Job
from storage import lineage
from storage.database import Transaction

log = logging.getLogger(__name__)


async def heed(context: Context) -> None:
    """Find out at the start whether the database was restored, now or before."""
    life, database = context.lineage, context.database
    if life is not None and await life.is_restored(database):

        async def work(tx: Transaction) -> int:
            await lineage.close_past(tx)
            return await life.advance(tx)

        life.keep(await database.transaction(work))
        log.warning("database.restored")
    context.restored_until = await lineage.restored_until(database)


def is_of_the_past(context: Context, job: Job) -> bool:
    """Whether a job was in the database when it was restored, so that it may have been paid."""
    return context.restored_until is not None and job.row.created <= context.restored_until
