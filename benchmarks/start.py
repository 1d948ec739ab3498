"""From the start of the process until the bot is ready, on a database that has grown."""

from __future__ import annotations

import statistics
from dataclasses import replace
from pathlib import Path

from benchmarks.figures import Figure, Part
from benchmarks.orders import CREDITS, order
from benchmarks.stage import stage
from bot.clock import SystemClock
from bot.quotas import periods
from storage import accounts, jobs, ledger
from storage.database import Transaction
from storage.ledger import Line
from storage.sqlite import SqliteDatabase
from storage.states import EntryKind, LotKind

JOBS, UNFINISHED = 10_000, 50
ENTRIES = 50_000
MEMBERS = 500
PIECE = 500
"""Jobs that one transaction writes."""
STARTS = 3


async def start(folder: Path, result: bytes) -> Part:
    """Start both bots in turn, ours with a full database."""
    await fill(folder / "ours" / "bot.db")
    own = [await _start("ours", folder / "ours", result) for _ in range(STARTS)]
    straight = [await _start("baseline", folder / "baseline", result) for _ in range(STARTS)]
    part = Part(title="Start")
    part.figures = [
        Figure(
            what="start to ready, beyond discord.py's own",
            # The first one finds the unfinished jobs, and none has a chance to do better later.
            found=own[0] - statistics.median(straight),
            target=2,
            unit=" s",
        )
    ]
    part.text.append(
        f"With {JOBS:,} jobs, {UNFINISHED} of them unfinished, and {ENTRIES:,} entries of the"
        f" ledger: {own[0]:.2f} s, then {' and '.join(f'{one:.2f} s' for one in own[1:])}; the"
        f" baseline {statistics.median(straight):.2f} s."
    )
    return part


async def _start(kind: str, folder: Path, result: bytes) -> float:
    async with stage(kind, folder, result) as found:
        return await found.ready()


async def fill(path: Path) -> None:
    """Write a database as it is after some ten thousand remixes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    database = await SqliteDatabase.open(path)
    try:
        for first in range(0, JOBS, PIECE):

            async def work(tx: Transaction, first: int = first) -> None:
                for number in range(first, first + PIECE):
                    await _write(tx, number)

            await database.transaction(work)
    finally:
        await database.close()


async def _write(tx: Transaction, number: int) -> None:
    now, member = SystemClock().now() - JOBS + number, number % MEMBERS + 1
    account = await accounts.lock(tx, 1, member)
    account = await accounts.begin(tx, account, period_start=periods(now).day, now=now)
    await accounts.reserve(tx, account, CREDITS, allowance=None, now=now)
    job = await jobs.insert(
        tx,
        replace(
            order(member, now), owner="before", token="", period=1, budget_start=periods(now).month
        ),
    )
    if job is None:
        raise RuntimeError("an id was drawn twice")
    lines = [Line(lot_kind=LotKind.PERIOD, lot=account.period, amount=CREDITS)]
    finished = number >= UNFINISHED
    kinds = [EntryKind.RESERVE, *([EntryKind.SETTLE] if finished else [])]
    for kind in kinds:
        await ledger.record(
            tx, kind, at=now, server_id=1, user_id=member, job_id=job.id, lines=lines
        )
    for _ in range(ENTRIES // JOBS - len(kinds)):
        await ledger.record(
            tx,
            EntryKind.GRANT,
            at=now,
            server_id=1,
            user_id=member,
            job_id=None,
            lines=[Line(lot_kind=LotKind.GRANT, lot=number, amount=CREDITS)],
        )
    if finished:
        await tx.run(
            "UPDATE jobs SET state = 'succeeded', shown = 'yes', finished = ?, settled = ?"
            " WHERE id = ?",
            *(now, CREDITS, job.id),
        )
