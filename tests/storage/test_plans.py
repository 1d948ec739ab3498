"""What is asked often finds its rows by an index, however many jobs there have been."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from storage import (
    accounts,
    calls,
    changes,
    drafts,
    entries,
    jobs,
    ledger,
    messages,
    spending,
    waiting,
)
from storage.database import Database, Row, Transaction, Value, text
from storage.states import JobState, Shown
from tests.storage.rows import MEMBER, NOW, SERVER, execute

GROWING = (
    *("jobs", "calls", "ledger", "ledger_lines", "messages", "accounts", "budgets", "changes"),
    *("job", "call", "entry", "line", "closing"),
)
"""Tables that keep a row for everything that ever happened, also as queries call them."""


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
    "the look for late answers": lambda reader: jobs.unconfirmed_since(reader, NOW),
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
    "a member's changes": lambda reader: changes.about(
        reader.read, SERVER, (MEMBER, -1), before=NOW, most=11
    ),
}

WRITES: dict[str, Callable[..., Awaitable[object]]] = {
    "erasing tokens": lambda tx: jobs.erase_tokens(tx, now=NOW),
    "taking over": lambda tx: jobs.take_over(tx, "this", dead_since=NOW, late_since=NOW),
    "a double press": lambda tx: jobs.pressed_since(
        tx, SERVER, MEMBER, "button", since=NOW, now=NOW
    ),
    "a hint": lambda tx: calls.note_hint(tx, "secret", "fal", "theirs", now=NOW),
    "cancelling": lambda tx: jobs.request_cancel(tx, "id"),
    "locking": lambda tx: accounts.lock(tx, SERVER, MEMBER),
}


async def plan(database: Database, asked: list[tuple[str, tuple[Value, ...]]]) -> list[str]:
    assert asked, "nothing was asked"
    steps: list[str] = []
    for sql, values in asked:
        rows = await database.read(f"EXPLAIN QUERY PLAN {sql}", *values)
        steps += [text(row, "detail") for row in rows]
    return steps


def assert_no_scan(steps: list[str]) -> None:
    for step in steps:
        verb, table, *rest = step.split()
        by_small_index = " ".join(rest).endswith(("INDEX jobs_unfinished", "INDEX calls_open"))
        assert verb != "SCAN" or table not in GROWING or by_small_index, steps


@pytest.mark.parametrize("name", READS)
async def test_a_read_scans_no_growing_table(database: Database, name: str) -> None:
    recorder = Recorder(database.read)

    await READS[name](recorder)

    assert_no_scan(await plan(database, recorder.asked))


async def test_a_report_finds_the_jobs_of_a_server_by_their_time(database: Database) -> None:
    recorder = Recorder(database.read)

    await READS["a report"](recorder)

    steps = await plan(database, recorder.asked)
    by_time = "SEARCH job USING INDEX jobs_of_server (server_id=? AND created>? AND created<?)"
    assert steps.count(by_time) == 2, steps


@pytest.mark.parametrize("name", WRITES)
async def test_a_write_scans_no_growing_table(database: Database, name: str) -> None:
    asked: list[tuple[str, tuple[Value, ...]]] = []

    async def work(tx: Transaction) -> None:
        recorder = Recorder(tx.run)
        await WRITES[name](recorder)
        asked.extend(recorder.asked)

    await database.transaction(work)

    assert_no_scan(await plan(database, asked))


async def test_a_scan_would_be_noticed(database: Database) -> None:
    with pytest.raises(AssertionError):
        assert_no_scan(await plan(database, [("SELECT id FROM jobs WHERE backend = ?", ("x",))]))


async def test_the_index_of_the_sweep_holds_only_work_that_is_left(database: Database) -> None:
    """It may be scanned, because a job leaves it when its end has been shown."""
    rows = await database.read("SELECT sql FROM sqlite_master WHERE name = 'jobs_unfinished'")
    _, _, condition = text(rows[0], "sql").partition("WHERE ")
    columns = (
        "id, interaction_id, server_id, channel_id, user_id, fence, owner, backend, request,"
        " source, token_ends, upload_limit, credits_each, micros_each, reserved, period,"
        " month_start, day_start, created, attempts, due, cancel, gift"
    )
    for number, (state, shown) in enumerate((s, sh) for s in JobState for sh in Shown):
        await execute(
            database,
            f"INSERT INTO jobs ({columns}, state, shown) VALUES"  # noqa: S608 - our own names
            f" (?, ?, 1, 1, 1, 1, 'x', 'x', '', '', 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, ?, ?)",
            str(number),
            number,
            state,
            shown,
        )

    left = await database.read(f"SELECT id FROM jobs WHERE {condition}")  # noqa: S608 - the schema's

    unfinished, ended_unshown = 3 * len(Shown), 4
    assert len(left) == unfinished + ended_unshown
