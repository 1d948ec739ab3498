"""A member who is erased is nowhere any more, and whatever counts about them stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import logbook
from bot.jobs import settlement, standing
from bot.jobs.record import PICTURES, read
from bot.jobs.reservation import DeniedError
from bot.people import ERASED
from bot.privacy.erasing import FIRST_GAP_SECONDS, MOST_ATTEMPTS
from bot.quotas import Denial
from bot.servers import UNSET
from storage import accounts, card_reports, consents, jobs, ledger, suspensions
from storage.consents import Consent
from storage.database import Transaction
from storage.quota_rules import QuotaRule, RuleKind
from storage.states import CallOutcome, JobState
from tests.privacy.lives import (
    ALICE,
    BOB,
    DAY,
    HERE,
    LIMITS,
    LINK,
    THERE,
    KilledError,
    Lives,
    Mortal,
    without,
)


async def _spoil(tx: Transaction, job_id: str) -> None:
    """Make a job's request what nobody can read."""
    await tx.run("UPDATE jobs SET request = '{' WHERE id = ?", job_id)


async def look(lives: Lives, server_id: int) -> standing.Standing:
    """What Alice may spend."""
    account_id = await lives.people.account(lives.query, ALICE)
    return await standing.look(
        lives.query, server_id, account_id, role_ids=(), limits=LIMITS, now=lives.clock.now()
    )


async def test_an_erased_member_is_in_no_table(lives: Lives) -> None:
    await lives.live()
    await lives.made(BOB, author_id=ALICE)
    rule = QuotaRule(kind=RuleKind.MEMBER, subject_id=ALICE, credits=50)
    await lives.moderation.quotas.set_rule(lives.by(user_id=ALICE), rule)
    await lives.do(consents.put, ALICE, HERE, Consent.REFUSE, now=1)
    assert list(await lives.mentions(ALICE))

    await lives.erased()

    assert list(await lives.mentions(ALICE)) == []
    kept = str({k: v for k, v in (await lives.everything()).items() if k != "jobs"})
    own = str(await lives.rows("SELECT * FROM jobs WHERE user_id < 0"))
    assert [word for word in ("harbour", "boats", LINK, "a draft") if word in kept + own] == []


async def test_who_is_named_in_the_reason_of_anothers_suspension_is_named_no_more(
    lives: Lives,
) -> None:
    await lives.live()
    reason = f"hunts <@{ALICE}>"
    suspend = lives.moderation.suspensions.suspend
    await suspend(lives.by(), BOB, until=None, reason=reason)

    await lives.erased()

    assert list(await lives.mentions(ALICE)) == []
    (row,) = await lives.rows("SELECT reason FROM suspensions WHERE user_id = ?", BOB)
    assert row["reason"] == f"hunts {ERASED}"


async def test_an_erasure_resets_nothing(lives: Lives) -> None:
    await lives.live()
    rule = QuotaRule(kind=RuleKind.MEMBER, subject_id=ALICE, credits=50)
    await lives.moderation.quotas.set_rule(lives.by(), rule)
    await lives.do(consents.put, ALICE, HERE, Consent.REFUSE, now=1)
    before = [await look(lives, server) for server in (HERE, THERE)]
    books = await lives.everything()

    await lives.erased()

    after = [await look(lives, server) for server in (HERE, THERE)]
    alias = lives.people.alias(ALICE)
    unnamed = [
        replace(
            one,
            account=replace(one.account, user_id=alias),
            grants=[replace(grant, user_id=alias) for grant in one.grants],
            erased=True,
        )
        for one in before
    ]
    assert after == unnamed
    assert after[0].account.used == 4
    assert after[1].suspension is not None
    assert await consents.of(lives.query, alias, HERE) is Consent.REFUSE
    now = await lives.everything()
    for table in ("ledger", "ledger_lines", "budgets", "accounts", "calls"):
        assert without(now[table], "user_id") == without(books[table], "user_id")
    for server in (HERE, THERE):
        fold = await ledger.fold(lives.database, server, alias, 1)
        assert (fold.used, fold.held) == (4, 0)


async def test_who_comes_back_goes_on_where_they_left(lives: Lives) -> None:
    await lives.made()
    await lives.erased()

    again = await lives.made()

    assert (again.user_id, again.account_id) == (ALICE, lives.people.alias(ALICE))
    assert (await look(lives, HERE)).account.used == 8


async def test_a_member_is_erased_a_second_time(lives: Lives) -> None:
    await lives.live()
    await lives.erased()
    first = (await lives.rows("SELECT id FROM jobs ORDER BY id"))[0]["id"]
    await lives.made(ALICE, HERE)
    await lives.made(ALICE, 102)
    await lives.note(ALICE, str(first))
    await lives.do(consents.put, lives.people.alias(ALICE), HERE, Consent.ALLOW, now=2)
    lives.clock.at += 1

    await lives.erased()

    assert list(await lives.mentions(ALICE)) == []
    used = await lives.rows("SELECT used FROM accounts ORDER BY used")
    assert [row["used"] for row in used] == [4, 4, 8]
    assert len(await lives.rows("SELECT * FROM card_reports")) == 1
    assert len(await lives.rows("SELECT * FROM rule_hits")) == 2
    ended = await lives.rows("SELECT deleted, failed FROM erasures ORDER BY asked")
    assert ended == [{"deleted": 4, "failed": 0}, {"deleted": 4, "failed": 0}]


@pytest.mark.parametrize("kept", [True, False])
async def test_what_stands_under_both_ids_is_merged(lives: Lives, *, kept: bool) -> None:
    """Only a transaction that met an erasure on its way could have left such rows."""
    alias, job = lives.people.alias(ALICE), await lives.made(BOB)
    await lives.made()
    await lives.erased()
    if kept:
        await lives.do(
            suspensions.put, HERE, ALICE, suspensions.Suspension(until=None, reason="new")
        )
    await lives.do(suspensions.put, HERE, alias, suspensions.Suspension(until=None, reason="old"))
    await lives.do(accounts.lock, HERE, ALICE)
    await lives.do(card_reports.add, job.id, ALICE, now=1)
    await lives.do(card_reports.add, job.id, alias, now=1)

    await lives.erased()

    assert list(await lives.mentions(ALICE)) == []
    found = await suspensions.get(lives.query, HERE, alias, now=1)
    assert found is not None
    assert found.reason == ("new" if kept else "old")
    assert (await look(lives, HERE)).account.used == 4


async def test_nobody_else_is_touched(lives: Lives) -> None:
    await lives.live(BOB)
    before = await lives.everything()
    await lives.live(ALICE)

    await lives.erased(ALICE)

    after = await lives.everything()
    for table in ("jobs", "accounts", "grants", "suspensions", "rule_hits", "drafts", "ledger"):
        assert [row for row in after[table] if row["user_id"] == BOB] == before[table]


# Waiting


async def test_a_running_job_is_waited_for_and_nothing_new_is_taken(lives: Lives) -> None:
    running = await lives.submit(await lives.order())
    await lives.privacy.erasing.ask(ALICE)

    await lives.go_on(lives.privacy)

    with pytest.raises(DeniedError) as refused:
        await lives.order(ALICE, THERE)
    assert refused.value.denial is Denial.LEAVING
    assert (await lives.job(running.id)).user_id == ALICE
    await lives.close(running)
    await lives.go_on(lives.privacy)
    assert list(await lives.mentions(ALICE)) == []
    assert await lives.rows("SELECT used, held, running FROM accounts") == [
        {"used": 4, "held": 0, "running": 0}
    ]


async def test_a_job_whose_end_was_not_shown_is_waited_for(lives: Lives) -> None:
    row = await lives.submit(await lives.order())

    async def end(tx: Transaction) -> None:
        bill = settlement.Bill(credits=4, spent_credits=4, spent_micros=0)
        await settlement.close(
            tx,
            read(row),
            JobState.SUCCEEDED,
            bill,
            call=None,
            outcome=CallOutcome.DONE,
            now=lives.clock.now(),
        )

    await lives.do(end)
    await lives.erased()

    assert list(await lives.mentions(ALICE))


async def test_an_unconfirmed_job_is_not_waited_for_and_not_taken_up_again(lives: Lives) -> None:
    row = await lives.submit(await lives.order())
    await lives.close(row, JobState.UNCONFIRMED)
    since = lives.clock.now() - DAY
    assert await jobs.unconfirmed_since(lives.database, row.owner, since) == [row.id]

    await lives.erased()

    assert list(await lives.mentions(ALICE)) == []
    assert await jobs.unconfirmed_since(lives.database, row.owner, since) == []
    with pytest.raises(jobs.LostError):  # Who asked just before finds that it is not theirs.
        await lives.do(jobs.advance, row.id, JobState.RUNNING, fence=row.fence)


async def test_an_erasure_that_fails_keeps_no_other_waiting(lives: Lives) -> None:
    spoilt = await lives.made(ALICE)
    await lives.made(BOB)
    await lives.do(_spoil, spoilt.id)
    await lives.privacy.erasing.ask(ALICE)

    await lives.erased(BOB)

    assert list(await lives.mentions(BOB)) == []


async def test_asking_twice_is_asking_once(lives: Lives) -> None:
    await lives.order()

    first = await lives.privacy.erasing.ask(ALICE)
    second = await lives.privacy.erasing.ask(ALICE)

    assert first == second
    assert len(await lives.rows("SELECT * FROM erasures")) == 1


# Deleting


async def test_every_message_is_deleted_or_counted(lives: Lives) -> None:
    rows = [await lives.made(), await lives.made(ALICE, THERE), await lives.made()]
    lives.channels.closed.add(4)
    await lives.database.transaction(
        lambda tx: tx.run("UPDATE jobs SET channel_id = 4 WHERE server_id = ?", THERE)
    )

    await lives.erased()

    progress = await lives.privacy.erasing.progress(ALICE)
    assert progress is not None
    assert (progress.erasure.deleted, progress.erasure.failed, progress.left) == (4, 2, 0)
    assert progress.erasure.ended == lives.clock.now()
    shown = [int(row.id, 16) * 10 for row in (rows[0], rows[2])]
    assert sorted(lives.channels.deleted) == sorted(shown + [one + 1 for one in shown])


async def test_what_discord_does_not_take_is_tried_again_for_a_day(lives: Lives) -> None:
    await lives.made()
    lives.channels.out_of_order = True
    await lives.erased()
    assert not await lives.privacy.erasing.delete_next(lives.channels.delete)
    lives.clock.at += FIRST_GAP_SECONDS * 1000
    lives.channels.out_of_order = False

    await lives.go_on(lives.privacy)

    progress = await lives.privacy.erasing.progress(ALICE)
    assert progress is not None
    assert (progress.erasure.deleted, progress.erasure.failed) == (2, 0)


async def test_what_discord_never_takes_is_counted_in_the_end(lives: Lives) -> None:
    await lives.made()
    lives.channels.out_of_order = True
    begun = lives.clock.now()
    await lives.erased()
    progress = await lives.privacy.erasing.progress(ALICE)

    while progress is not None and progress.erasure.ended is None:
        lives.clock.at += 60_000
        await lives.go_on(lives.privacy)
        progress = await lives.privacy.erasing.progress(ALICE)

    assert progress is not None
    assert (progress.erasure.deleted, progress.erasure.failed) == (0, 2)
    assert 22 * 3_600_000 < lives.clock.now() - begun < 26 * 3_600_000
    assert MOST_ATTEMPTS == 30


# Kills


async def test_a_kill_between_any_two_transactions_changes_nothing_in_the_end(
    lives: Lives,
) -> None:
    await lives.live()
    await lives.made(BOB, author_id=ALICE)
    await lives.privacy.erasing.ask(ALICE)
    kills = 0

    for transactions in range(3):
        for _ in range(12):
            mortal = lives.privacy_of(Mortal(lives.database, transactions=transactions))
            try:
                await lives.go_on(mortal)
            except KilledError:
                kills += 1
            fold = await ledger.fold(lives.database, HERE, lives.people.alias(ALICE), 1)
            whole = await ledger.fold(lives.database, HERE, ALICE, 1)
            assert sorted((fold.used, whole.used)) == [0, 4]
    await lives.go_on(lives.privacy)

    assert kills > 12
    assert list(await lives.mentions(ALICE)) == []
    ended = await lives.rows("SELECT deleted, failed, ended IS NOT NULL AS over FROM erasures")
    assert ended == [{"deleted": 4, "failed": 0, "over": 1}]
    assert await lives.rows("SELECT * FROM doomed_messages") == []
    for server in (HERE, THERE):
        assert (await look(lives, server)).account.used == 4


# What others have of a member


async def test_the_author_of_a_picture_is_replaced_and_still_asked_for_consent(
    lives: Lives,
) -> None:
    longer = int(f"{ALICE}7")
    mine = await lives.made(BOB, author_id=ALICE)
    others = await lives.made(BOB, author_id=longer)

    await lives.erased()

    found = PICTURES.validate_json((await lives.job(mine.id)).source)
    assert found.author_ids == {lives.people.alias(ALICE)}
    assert found.source is not None
    assert found.source.url == LINK
    assert read(await lives.job(others.id)).pictures.author_ids == {longer}


async def test_a_log_post_that_waits_says_no_more_who_it_was(lives: Lives) -> None:
    post = logbook.Post(title="Prompt reported", lines=(f"<@{ALICE}> here",), quoted="a harbour")
    settings = replace(UNSET, log_channel=5)
    await lives.do(logbook.write, settings, HERE, post, now=1)

    await lives.erased()

    (row,) = await lives.rows("SELECT body FROM log_posts")
    assert logbook.POST.validate_json(str(row["body"])) == logbook.Post(
        title="Prompt reported", lines=("an erased member here",)
    )
