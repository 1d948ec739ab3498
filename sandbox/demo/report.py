"""What came of it: read from the database, the messages and the bills, never from the script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.backends.base import Operation
from bot.backends.catalogue import CATALOGUE
from bot.jobs.record import Job, read
from sandbox.demo.script import Act
from sandbox.providers import Providers
from sandbox.providers.server import Server
from storage.database import Database, integer, text
from storage.job_rows import job_row
from storage.ledger import fold
from storage.states import JobState, Shown

MICROS = Decimal(1_000_000)
GUESSED, GUESSED_MODEL = "ideogram-auto", "AUTO"
"""The backend whose price nobody tells beforehand, and its name on the bill."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that is told, and all that is wrong."""

    table: list[str]
    faults: list[str]


async def report(database: Database, providers: Providers, acts: Sequence[Act]) -> Report:
    """Read what the bot recorded and compare it with what the stand-ins saw."""
    rows = await database.read("SELECT * FROM jobs ORDER BY created, id")
    jobs = [read(job_row(row)) for row in rows]
    faults = [
        *_unused_backends(jobs),
        *_unmasked(jobs),
        *_unshown(jobs, acts),
        *await _false_accounts(database),
        *await _false_bills(database, providers),
    ]
    return Report(table=[*_table(jobs), "", *_bills(providers)], faults=faults)


def _table(jobs: Sequence[Job]) -> list[str]:
    lines = [f"{'command':<10}{'backend':<20}{'strength':>8}{'seconds':>9}{'credits':>9}  seed"]
    for job in jobs:
        row = job.row
        seconds = f"{((row.finished or 0) - row.created) / 1000:.2f}" if row.finished else "-"
        seed = job.outcome.results[0].seed if job.outcome and job.outcome.results else "-"
        settled = "-" if row.settled is None else row.settled
        strength = job.request.strength or "-"
        lines.append(
            f"/{job.request.operation:<9}{row.backend:<20}{strength:>8}{seconds:>9}{settled:>9}"
            f"  {seed}"
        )
    return lines


def _bills(providers: Providers) -> list[str]:
    """What the stand-ins say that they made and charge."""
    lines = [f"{'billed by':<30}{'works':>8}{'pictures':>9}{'dollars':>9}"]
    for name, server in _servers(providers).items():
        pictures = sum(line.pictures for line in server.bill)
        lines.append(f"{name:<30}{len(server.bill):>8}{pictures:>9}{server.bill.total:>9}")
    return lines


def _servers(providers: Providers) -> dict[str, Server]:
    return {
        "fal": providers.fal,
        "runware": providers.runware,
        "ideogram": providers.ideogram,
    }


def _unused_backends(jobs: Sequence[Job]) -> list[str]:
    """Backends on which nothing was made and shown."""
    shown = {(job.request.operation, job.row.backend) for job in jobs if _is_shown(job)}
    return [
        f"no card of {entry.operation} {entry.name} was shown"
        for entry in CATALOGUE
        if (entry.operation, entry.name) not in shown
    ]


def _unmasked(jobs: Sequence[Job]) -> list[str]:
    """Edits that were made without a mask."""
    return [
        f"an edit on {job.row.backend} had no mask"
        for job in jobs
        if job.request.operation is Operation.EDIT and not (job.outcome and job.outcome.masked)
    ]


def _unshown(jobs: Sequence[Job], acts: Sequence[Act]) -> list[str]:
    """Acts whose card lacks its pictures, or a job that says that it is shown there."""
    made = {(job.row.interaction_id, job.row.message_id) for job in jobs if _is_shown(job)}
    return [
        f"{act.what} on {act.subject} was not shown"
        for act in acts
        if (act.shot.id, act.card.id) not in made or not act.card.media() or act.card.deleted
    ]


def _is_shown(job: Job) -> bool:
    return job.state is JobState.SUCCEEDED and job.row.shown is Shown.YES


async def _false_accounts(database: Database) -> list[str]:
    """Accounts that differ from the fold of their ledger."""
    faults: list[str] = []
    for row in await database.read("SELECT * FROM accounts"):
        server, user = integer(row, "server_id"), integer(row, "user_id")
        folded = await fold(database, server, user, integer(row, "period"))
        stored = (integer(row, "used"), integer(row, "held"))
        if stored != (folded.used, folded.held) or integer(row, "running"):
            faults.append(f"the account of member {user} differs from its ledger")
    return faults


async def _false_bills(database: Database, providers: Providers) -> list[str]:
    """Providers whose bill differs from what the bot recorded."""
    rows = await database.read(
        "SELECT provider, backend, SUM(cost_micros) AS cost FROM calls GROUP BY provider, backend"
    )
    recorded: Counter[tuple[str, bool]] = Counter()
    for row in rows:
        recorded[text(row, "provider"), text(row, "backend") == GUESSED] += integer(row, "cost")
    billed: Counter[tuple[str, bool]] = Counter()
    for name, server in _servers(providers).items():
        for line in server.bill:
            billed[name, line.model == GUESSED_MODEL] += int(line.usd * MICROS)
    # Of the one whose model is the provider's own choice, the dearest is recorded.
    return [
        f"{name} bills ${billed[name, guessed] / MICROS}, "
        f"and the bot recorded ${recorded[name, guessed] / MICROS}"
        for name, guessed in {*billed, *recorded}
        if billed[name, guessed] > recorded[name, guessed]
        or (billed[name, guessed] < recorded[name, guessed] and not guessed)
    ]
