"""The ledger is read newest first, an entry a line."""

from __future__ import annotations

from storage import entries, ledger
from storage.database import Database
from storage.ledger import Line
from storage.states import EntryKind, LotKind
from tests.storage.rows import MEMBER, NOW, SERVER, do, execute, insert


async def enter(
    database: Database, kind: EntryKind, *amounts: int, at: int = NOW, **of: object
) -> None:
    lines = [
        Line(lot_kind=LotKind.GRANT, lot=number, amount=amount)
        for number, amount in enumerate(amounts)
    ]
    whose = {"server_id": SERVER, "user_id": MEMBER, "job_id": None, **of}
    await do(database, ledger.record, kind, at=at, lines=lines, **whose)


async def test_an_entry_has_the_sum_of_its_lines_and_what_its_job_says(
    database: Database,
) -> None:
    job = await insert(database, user_id=MEMBER, account_id=-7)
    await execute(database, "UPDATE jobs SET settled = 5 WHERE id = ?", job.id)
    await enter(database, EntryKind.RESERVE, 4, 2, job_id=job.id, user_id=-7)
    await enter(database, EntryKind.SETTLE, 0, -1, at=NOW + 1, job_id=job.id, user_id=-7)
    await enter(database, EntryKind.EXPIRE, 3, at=NOW + 2, user_id=-7)

    found = await entries.of_member(database.read, SERVER, -7, before=NOW + 2, most=9)

    assert [(one.kind, one.amount, one.user_id, one.backend, one.settled) for one in found] == [
        (EntryKind.EXPIRE, 3, -7, None, None),
        (EntryKind.SETTLE, -1, MEMBER, "fal-v3", 5),
        (EntryKind.RESERVE, 6, MEMBER, "fal-v3", 5),
    ]


async def test_entries_of_one_moment_stand_in_the_order_in_which_they_came_about(
    database: Database,
) -> None:
    for kind in (EntryKind.EXPIRE, EntryKind.RESERVE, EntryKind.RENEW, EntryKind.REFUND):
        await enter(database, kind, 1)

    found = await entries.of_server(database.read, SERVER, before=NOW, most=9)

    assert [one.kind for one in found] == ["refund", "reserve", "expire", "renew"]


async def test_later_entries_other_servers_and_what_moderators_did_are_left_out(
    database: Database,
) -> None:
    await enter(database, EntryKind.RENEW, at=NOW + 1)
    await enter(database, EntryKind.RENEW, server_id=SERVER + 1)
    await enter(database, EntryKind.GRANT, -5)
    await enter(database, EntryKind.REVOKE, 5)
    await enter(database, EntryKind.RENEW, user_id=MEMBER + 1)

    server = await entries.of_server(database.read, SERVER, before=NOW, most=9)
    member = await entries.of_member(database.read, SERVER, MEMBER, before=NOW, most=9)

    assert [one.user_id for one in server] == [MEMBER + 1]
    assert member == []


async def test_no_more_are_read_than_asked_for(database: Database) -> None:
    for number in range(5):
        await enter(database, EntryKind.RENEW, at=NOW - number)

    found = await entries.of_server(database.read, SERVER, before=NOW, most=3)

    assert [one.at for one in found] == [NOW, NOW - 1, NOW - 2]
