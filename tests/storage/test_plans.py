"""What is asked often finds its rows by an index, however many jobs there have been."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

import pytest

from bot.backends.base import ProviderName, Request
from bot.jobs import reservation, settlement, standing
from bot.jobs.places import Counted, Places
from bot.jobs.record import Pictures, read, write_pictures, write_request
from bot.jobs.room import enter
from bot.jobs.settlement import NOTHING, Bill
from bot.people import People
from bot.quotas import Price
from storage import (
    accounts,
    budgets,
    calls,
    card_reports,
    changes,
    consents,
    drafts,
    entries,
    erasures,
    facts,
    grants,
    jobs,
    ledger,
    messages,
    prompt_rules,
    servers,
    slots,
    spending,
    spool_files,
    suspensions,
    waiting,
)
from storage.budgets import Scope
from storage.calls import CallRow
from storage.database import Database, Row, Transaction, Value, text
from storage.job_rows import JobRow
from storage.states import CallOutcome, JobState, Shown
from storage.suspensions import Suspension
from tests.jobs.surroundings import UNLIMITED
from tests.storage.rows import MEMBER, NOW, SERVER, execute, new_job

GROWING = (
    *("jobs", "calls", "ledger", "ledger_lines", "messages", "accounts", "budgets", "changes"),
    *("grants", "suspensions", "consents", "erasures", "drafts", "rule_hits", "card_reports"),
    *("servers", "quota_rules", "prompt_rules", "facts", "spool_files", "waiting", "log_posts"),
    *("job", "call", "entry", "line", "closing"),
)
"""Tables that keep a row for everything that ever happened, also as queries call them."""
PEOPLE = People(b"key")
COST = Price(credits_each=6, micros_each=60_000, count=1)


class Recorder:
    """Passes statements on to a transaction or a database, and keeps them."""

    def __init__(self, run: Callable[..., Awaitable[list[Row]]]) -> None:
        self._run = run
        self.asked: list[tuple[str, tuple[Value, ...]]] = []

    async def run(self, sql: str, *values: Value) -> list[Row]:
        self.asked.append((sql, values))
        return await self._run(sql, *values)

    read = run


READS: dict[str, Callable[..., Awaitable[object]]] = {
    "a card": lambda reader: jobs.get(reader, "id"),
    "the messages of a card": lambda reader: messages.by_part(reader, "id"),
    "the call of a job": lambda reader: calls.latest(reader, "id"),
    "the calls of a job": lambda reader: calls.of_job(reader, "id"),
    "the look for hints": lambda reader: calls.hinted(reader, "this", late_since=NOW),
    "the places that members hold": lambda reader: waiting.in_flight(reader.read, "fal"),
    "a member's last jobs": lambda reader: jobs.recent(reader, SERVER, MEMBER, limit=10),
    "a member's account": lambda reader: accounts.get(reader.read, SERVER, MEMBER),
    "the sweep": lambda reader: jobs.with_work_left(reader, "this"),
    "the look for late answers": lambda reader: jobs.unconfirmed_since(reader, "this", NOW),
    "a member's fold": lambda reader: ledger.fold(reader, SERVER, MEMBER, 1),
    "a draft": lambda reader: drafts.get(reader, "id"),
    "a report": lambda reader: spending.spent(reader.read, SERVER, since=NOW, until=NOW + 1),
    "a server's ledger": lambda reader: entries.of_server(reader.read, SERVER, before=NOW, most=11),
    "a member's ledger": lambda reader: entries.of_member(
        reader.read, SERVER, MEMBER, before=NOW, most=11
    ),
    "a server's changes": lambda reader: changes.of_server(
        reader.read, SERVER, before=NOW, most=11
    ),
    "a server": lambda reader: servers.get(reader.read, SERVER),
    "whether a member was erased": lambda reader: erasures.is_erased(reader.read, -1),
    "a member's suspension": lambda reader: suspensions.get(reader.read, SERVER, MEMBER, now=NOW),
    "a server's rules": lambda reader: prompt_rules.of_server(reader.read, SERVER),
    "what was hit": lambda reader: prompt_rules.hits_by_rule(reader.read, SERVER, since=NOW),
    "what a member said of their pictures": lambda reader: consents.of(reader.read, MEMBER, SERVER),
    "all that they said": lambda reader: consents.all_of(reader.read, MEMBER),
    "what a member has left": lambda reader: standing.look(
        reader.read, SERVER, MEMBER, role_ids=(), limits=UNLIMITED, now=NOW
    ),
    "a member's grants": lambda reader: grants.open_of(reader.read, SERVER, MEMBER),
    "what a server spent": lambda reader: budgets.used(
        reader.read, Scope.SERVER_MONTH, SERVER, starts=NOW
    ),
    "the line at a provider": lambda reader: waiting.line(reader.read, "fal", now=NOW),
    "the places at a provider": lambda reader: slots.used(reader, "fal"),
    "what cancelled jobs ask": lambda reader: jobs.to_cancel(reader, "this"),
    "a fact": lambda reader: facts.get(reader, "name"),
    "the pictures of a job": lambda reader: spool_files.names(reader.read, "id"),
    "a picture of a job": lambda reader: spool_files.get(reader.read, "id", "source"),
    "a member's changes": lambda reader: changes.about(
        reader.read, SERVER, (MEMBER, -1), before=NOW, most=11
    ),
}


async def _running(tx: Transaction) -> tuple[JobRow, CallRow]:
    """Take a job as far as it is when its provider works on it."""
    request = write_request(Request(backend="fal-v3", prompt="a copper city"))
    job = new_job(pressed="button", request=request, source=write_pictures(Pictures()))
    row = await reservation.reserve(tx, job, COST, UNLIMITED, people=PEOPLE)
    row = await jobs.change(tx, row.id, fence=row.fence, message_id=1)
    places = Places(limit=1, counted=Counted.CALLS)
    assert await enter(tx, row, ProviderName.FAL, places, pictures=1, now=NOW) == 1
    await jobs.advance(tx, row.id, JobState.SUBMITTING, fence=row.fence)
    call = await calls.intend(
        tx,
        row.id,
        backend=row.backend,
        key="key",
        secret="secret",
        provider=ProviderName.FAL,
        slots=1,
        now=NOW,
    )
    await calls.accept(tx, call, "ticket", now=NOW)
    return await jobs.advance(tx, row.id, JobState.RUNNING, fence=row.fence), call


async def _given_back(tx: Transaction) -> None:
    row, call = await _running(tx)
    row = await settlement.close(
        tx,
        read(row),
        JobState.SUCCEEDED,
        Bill(credits=6, spent_credits=6, spent_micros=60_000),
        call=call,
        outcome=CallOutcome.DONE,
        now=NOW,
    )
    await messages.add(tx, row.id, 1, 2)
    await settlement.give_back(tx, read(row), now=NOW)


async def _refunded(tx: Transaction) -> None:
    row, call = await _running(tx)
    row = await settlement.close(
        tx, read(row), JobState.FAILED, NOTHING, call=call, outcome=CallOutcome.FAILED, now=NOW
    )
    await jobs.mark_shown(tx, row.id, Shown.YES, fence=row.fence)


WRITES: dict[str, Callable[..., Awaitable[object]]] = {
    "erasing tokens": lambda tx: jobs.erase_tokens(tx, now=NOW),
    "taking over": lambda tx: jobs.take_over(tx, "this", dead_since=NOW, late_since=NOW),
    "a double press": lambda tx: jobs.pressed_since(
        tx, SERVER, MEMBER, "button", since=NOW, until=NOW
    ),
    "a hint": lambda tx: calls.note_hint(tx, "secret", "fal", "theirs", now=NOW),
    "cancelling": lambda tx: jobs.request_cancel(tx, "id"),
    "locking": lambda tx: accounts.lock(tx, SERVER, MEMBER),
    "a remix that could not be shown": _given_back,
    "a remix that is refunded": _refunded,
    "suspending": lambda tx: suspensions.put(
        tx, SERVER, MEMBER, Suspension(until=None, reason=None)
    ),
    "how many cards a member reported": lambda tx: card_reports.count_since(tx, MEMBER, NOW),
}


async def plan(database: Database, asked: list[tuple[str, tuple[Value, ...]]]) -> list[str]:
    assert asked, "nothing was asked"
    steps: list[str] = []
    for sql, values in asked:
        rows = await database.read(f"EXPLAIN QUERY PLAN {sql}", *values)
        steps += [text(row, "detail") for row in rows]
    return steps


def assert_no_scan(steps: list[str], *, but: Collection[str] = ()) -> None:
    for step in steps:
        verb, table, *rest = step.split()
        by_small_index = " ".join(rest).endswith(("INDEX jobs_unfinished", "INDEX calls_open"))
        assert verb != "SCAN" or table not in {*GROWING} - {*but} or by_small_index, steps


@pytest.mark.parametrize("name", READS)
async def test_a_read_scans_no_growing_table(embedded: Database, name: str) -> None:
    recorder = Recorder(embedded.read)

    await READS[name](recorder)

    assert_no_scan(await plan(embedded, recorder.asked))


async def test_a_report_finds_the_jobs_of_a_server_by_their_time(embedded: Database) -> None:
    recorder = Recorder(embedded.read)

    await READS["a report"](recorder)

    steps = await plan(embedded, recorder.asked)
    by_time = "SEARCH job USING INDEX jobs_of_server (server_id=? AND created>? AND created<?)"
    assert steps.count(by_time) == 2, steps


@pytest.mark.parametrize("name", WRITES)
async def test_a_write_scans_no_growing_table(embedded: Database, name: str) -> None:
    asked: list[tuple[str, tuple[Value, ...]]] = []

    async def work(tx: Transaction) -> None:
        recorder = Recorder(tx.run)
        await WRITES[name](recorder)
        asked.extend(recorder.asked)

    await embedded.transaction(work)

    assert_no_scan(await plan(embedded, asked))


async def test_a_scan_would_be_noticed(embedded: Database) -> None:
    with pytest.raises(AssertionError):
        assert_no_scan(await plan(embedded, [("SELECT id FROM jobs WHERE backend = ?", ("x",))]))


async def test_the_index_of_the_sweep_holds_only_work_that_is_left(embedded: Database) -> None:
    """It may be scanned, because a job leaves it when its end has been shown."""
    rows = await embedded.read("SELECT sql FROM sqlite_master WHERE name = 'jobs_unfinished'")
    _, _, condition = text(rows[0], "sql").partition("WHERE ")
    columns = (
        "id, interaction_id, server_id, channel_id, user_id, fence, owner, backend, request,"
        " source, token_ends, upload_limit, credits_each, micros_each, reserved, period,"
        " month_start, day_start, created, attempts, due, cancel, gift"
    )
    for number, (state, shown) in enumerate((s, sh) for s in JobState for sh in Shown):
        await execute(
            embedded,
            f"INSERT INTO jobs ({columns}, state, shown) VALUES"  # noqa: S608 - our own names
            f" (?, ?, 1, 1, 1, 1, 'x', 'x', '', '', 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, ?, ?)",
            str(number),
            number,
            state,
            shown,
        )

    left = await embedded.read(f"SELECT id FROM jobs WHERE {condition}")  # noqa: S608 - the schema's

    unfinished, ended_unshown = 3 * len(Shown), 4
    assert len(left) == unfinished + ended_unshown
