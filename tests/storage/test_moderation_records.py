"""Prompt rules and their hits, consents, reports of cards, posts of the log, and the trail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from storage import card_reports, changes, consents, drafts, log_posts, prompt_rules
from storage.changes import Change
from storage.consents import EVERYWHERE, Consent
from storage.database import Database, Row, StorageError, Value, text
from storage.drafts import DraftRow
from storage.log_posts import LogPost
from storage.prompt_rules import HitRow, PromptRuleRow
from tests.storage.rows import MEMBER, NOW, SERVER, count, do, insert

ELSEWHERE = SERVER + 1
RULE = PromptRuleRow(id=1, server_id=SERVER, kind="words", rule="greeble", action="refuse")
HIT = HitRow(
    server_id=SERVER, user_id=MEMBER, at=NOW, rule="greeble", action="refuse", prompt="a greeble"
)
CHANGE = Change(
    id=1,
    server_id=SERVER,
    at=NOW,
    actor_id=5,
    what="quota.member",
    subject_id=MEMBER,
    before="none",
    after="9",
    reason="a prize",
)


# Prompt rules


async def test_a_servers_rules_are_read_as_they_were_written_oldest_first(
    database: Database,
) -> None:
    later = replace(RULE, id=3, kind="pattern", rule="a+b", action="report")
    other = replace(RULE, id=2, server_id=ELSEWHERE)
    for rule in (later, other, RULE):
        assert await do(database, prompt_rules.add, rule)

    assert await prompt_rules.of_server(database.read, SERVER) == [RULE, later]
    assert await prompt_rules.of_server(database.read, SERVER + 9) == []


async def test_the_same_rule_is_added_once_whatever_its_action(database: Database) -> None:
    await do(database, prompt_rules.add, RULE)

    assert not await do(database, prompt_rules.add, replace(RULE, id=2, action="report"))
    assert not await do(database, prompt_rules.add, replace(RULE, rule="another"))
    assert await do(database, prompt_rules.add, replace(RULE, id=2, kind="exception"))


async def test_a_rule_is_removed_once_and_not_from_another_server(database: Database) -> None:
    await do(database, prompt_rules.add, RULE)

    assert await do(database, prompt_rules.remove, ELSEWHERE, RULE.id) is None
    assert await do(database, prompt_rules.remove, SERVER, RULE.id) == RULE
    assert await do(database, prompt_rules.remove, SERVER, RULE.id) is None


async def test_hits_are_counted_by_rule_since_a_moment(database: Database) -> None:
    for hit in (
        *(HIT, HIT, replace(HIT, rule="other"), replace(HIT, at=NOW - 1)),
        replace(HIT, server_id=ELSEWHERE),
    ):
        await do(database, prompt_rules.record_hit, hit)

    assert await prompt_rules.hits_by_rule(database.read, SERVER, since=NOW) == {
        "greeble": 2,
        "other": 1,
    }


async def test_counting_hits_reads_only_those_of_the_server_and_the_time(
    embedded: Database,
) -> None:
    asked: list[str] = []

    async def query(sql: str, *values: Value) -> list[Row]:
        rows = await embedded.read(f"EXPLAIN QUERY PLAN {sql}", *values)
        asked.extend(text(row, "detail") for row in rows)
        return []

    await prompt_rules.hits_by_rule(query, SERVER, since=NOW)

    assert "SEARCH rule_hits USING INDEX rule_hits_of_server (server_id=? AND at>?)" in asked


async def test_old_hits_lose_their_prompt_and_are_counted_on(database: Database) -> None:
    old = replace(HIT, at=NOW - 1)
    for hit in (old, HIT):
        await do(database, prompt_rules.record_hit, hit)

    await do(database, prompt_rules.drop_prompts, before=NOW)

    rows = await database.read("SELECT at, prompt FROM rule_hits ORDER BY at")
    assert [(row["at"], row["prompt"]) for row in rows] == [(NOW - 1, None), (NOW, HIT.prompt)]
    assert await prompt_rules.hits_by_rule(database.read, SERVER, since=0) == {"greeble": 2}


async def test_hits_are_forgotten_when_nobody_counts_them_any_more(database: Database) -> None:
    for hit in (replace(HIT, at=NOW - 1), HIT):
        await do(database, prompt_rules.record_hit, hit)

    await do(database, prompt_rules.forget_hits, before=NOW)

    assert await prompt_rules.hits_by_rule(database.read, SERVER, since=0) == {"greeble": 1}


@pytest.mark.parametrize("wrong", [{"kind": "word"}, {"action": "shrug"}])
async def test_a_rule_of_no_known_kind_cannot_be_stored(
    database: Database, wrong: dict[str, Any]
) -> None:
    with pytest.raises(StorageError):
        await do(database, prompt_rules.add, replace(RULE, **wrong))


# Consents


async def test_a_consent_for_a_server_goes_before_that_for_everywhere(database: Database) -> None:
    async def said(server_id: int) -> Consent | None:
        return await consents.of(database.read, MEMBER, server_id)

    assert await said(SERVER) is None
    await do(database, consents.put, MEMBER, EVERYWHERE, Consent.REFUSE, now=NOW)
    await do(database, consents.put, MEMBER, SERVER, Consent.REFUSE, now=NOW)
    await do(database, consents.put, MEMBER, SERVER, Consent.ALLOW, now=NOW)
    assert (await said(SERVER), await said(ELSEWHERE)) == (Consent.ALLOW, Consent.REFUSE)
    assert await consents.all_of(database.read, MEMBER) == {
        EVERYWHERE: Consent.REFUSE,
        SERVER: Consent.ALLOW,
    }
    assert await consents.of(database.read, MEMBER + 1, SERVER) is None

    await do(database, consents.remove, MEMBER, SERVER)
    assert await said(SERVER) is Consent.REFUSE


# Reports


async def test_a_member_reports_a_card_once(database: Database) -> None:
    card, other = await insert(database), await insert(database)

    assert await do(database, card_reports.add, card.id, 1, now=NOW)
    assert not await do(database, card_reports.add, card.id, 1, now=NOW + 1)
    assert await do(database, card_reports.add, card.id, 2, now=NOW)
    assert await do(database, card_reports.add, other.id, 1, now=NOW)
    assert await count(database, "card_reports") == 3
    assert await do(database, card_reports.count_since, 1, NOW - 1) == 2
    assert await do(database, card_reports.count_since, 1, NOW) == 0


# The log channel's posts


async def post(database: Database, *, now: int = NOW, channel_id: int = 7) -> LogPost:
    options = {"server_id": SERVER, "channel_id": channel_id, "body": "{}", "now": now}
    post_id = await do(database, log_posts.add, **options)
    due = await log_posts.due(database, now=now, most=99)
    return next(one for one in due if one.id == post_id)


async def test_posts_are_due_in_the_order_of_writing(database: Database) -> None:
    second, first = await post(database, now=NOW + 1), await post(database)

    assert await log_posts.due(database, now=NOW + 1, most=9) == [first, second]
    assert await log_posts.due(database, now=NOW + 1, most=1) == [first]
    assert await log_posts.due(database, now=NOW - 1, most=9) == []
    assert (first.server_id, first.channel_id, first.body, first.attempts) == (SERVER, 7, "{}", 0)


async def test_a_channel_with_many_posts_keeps_no_other_waiting(database: Database) -> None:
    many = [await post(database, now=NOW + number) for number in range(9)]
    other = await post(database, now=NOW + 9, channel_id=8)

    due = await log_posts.due(database, now=NOW + 9, most=4, most_each=3)

    assert due == [*many[:3], other]


async def test_a_post_is_claimed_by_one_and_due_again_later(database: Database) -> None:
    written = await post(database)

    assert await do(database, log_posts.claim, written, until=NOW + 30)
    assert not await do(database, log_posts.claim, written, until=NOW + 30)
    assert await log_posts.due(database, now=NOW + 29, most=9) == []
    (again,) = await log_posts.due(database, now=NOW + 30, most=9)
    assert again == replace(written, attempts=1)

    await do(database, log_posts.remove, written.id)
    assert not await do(database, log_posts.claim, again, until=NOW + 60)


# The trail


async def test_a_change_is_written_once_and_read_back(database: Database) -> None:
    assert await do(database, changes.insert, CHANGE)
    assert not await do(database, changes.insert, replace(CHANGE, after="100"))

    assert await changes.of_server(database.read, SERVER, before=NOW, most=9) == [CHANGE]
    assert await changes.of_server(database.read, ELSEWHERE, before=NOW, most=9) == []


async def test_changes_are_read_newest_first_by_server_and_by_subject(database: Database) -> None:
    bare = Change(id=2, server_id=SERVER, at=NOW + 1, actor_id=5, what="settings")
    other = replace(CHANGE, id=3, subject_id=MEMBER + 1)
    for change in (CHANGE, bare, other):
        await do(database, changes.insert, change)

    every = await changes.of_server(database.read, SERVER, before=NOW + 1, most=9)
    assert every == [bare, other, CHANGE]
    assert await changes.of_server(database.read, SERVER, before=NOW, most=1) == [other]
    about = await changes.about(database.read, SERVER, (MEMBER, -1), before=NOW + 1, most=9)
    assert about == [CHANGE]


# Drafts


async def test_a_draft_keeps_what_is_to_be_chosen_among(database: Database) -> None:
    draft = DraftRow(
        id="a", user_id=1, request="{}", source="{}", parent_id=None, created=NOW, choices="[1]"
    )
    await do(database, drafts.insert, draft)

    await do(database, drafts.change, "a", request="[2]", source="[3]")

    assert await drafts.get(database, "a") == replace(draft, request="[2]", source="[3]")
