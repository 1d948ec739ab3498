"""Every change is one transaction with its row in the trail and its post in the log channel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

import pytest

from bot.moderation import By, Moderation, NothingToChangeError
from bot.moderation.audit import TITLES
from bot.servers import ServerSettings
from storage import accounts, log_posts
from storage.database import Transaction
from storage.prompt_rules import PromptRuleRow
from storage.quota_rules import QuotaRule, RuleKind
from tests.moderation.desk import LOG, MEMBER, MODERATOR, NOW, ROLE, SERVER, Desk, Work

DAY = 86_400_000
UNTIL = NOW + 3 * DAY
SAID_UNTIL = f"<t:{UNTIL // 1000}:f>"


def quota(kind: RuleKind, subject_id: int, credits_: int | None) -> Work:
    rule = QuotaRule(kind=kind, subject_id=subject_id, credits=credits_)
    return lambda it, by: it.quotas.set_rule(by, rule, reason="why")


def no_quota(kind: RuleKind, subject_id: int) -> Work:
    return lambda it, by: it.quotas.remove_rule(by, kind, subject_id, reason="why")


def grant(credits_: int = 10, expires: int | None = None) -> Work:
    return lambda it, by: it.credits.grant(by, MEMBER, credits_, expires=expires, reason="why")


def revoke(credits_: int | None = None) -> Work:
    return lambda it, by: it.credits.revoke(by, MEMBER, credits_, reason="why")


def reset(it: Moderation, by: By) -> Awaitable[object]:
    return it.credits.reset(by, MEMBER, reason="why")


def suspend(until: int | None = None) -> Work:
    return lambda it, by: it.suspensions.suspend(by, MEMBER, until=until, reason="why")


def restore(it: Moderation, by: By) -> Awaitable[object]:
    return it.suspensions.restore(by, MEMBER, reason="why")


def budget(credits_: int | None) -> Work:
    def say(before: ServerSettings, after: ServerSettings) -> tuple[str, str]:
        return str(before.budget), str(after.budget)

    return lambda it, by: it.servers.change(
        by,
        lambda was: replace(was, budget=credits_),
        what="quota.budget",
        say=say,
        reason="why",
    )


def prompt_rule(rule_id: int, text: str = "word") -> PromptRuleRow:
    return PromptRuleRow(
        id=rule_id,
        server_id=SERVER,
        kind="words",
        rule=text,
        action="refuse",
    )


def add_rule(it: Moderation, by: By) -> Awaitable[object]:
    return it.servers.add_prompt_rule(by, prompt_rule(by.interaction_id), "refuse `word`", most=2)


def finish(it: Moderation, by: By) -> Awaitable[object]:
    return it.servers.finish_set_up(by, [prompt_rule(-by.interaction_id, "starter")])


Case = tuple[list[Work], str, int, str | None, str | None]

CASES: dict[str, Case] = {
    "a default": ([quota(RuleKind.DEFAULT, 0, 5)], "quota.default", 0, None, "5 credits"),
    "a role": ([quota(RuleKind.ROLE, ROLE, None)], "quota.role", ROLE, None, "unlimited"),
    "another amount": (
        [quota(RuleKind.MEMBER, MEMBER, 5), quota(RuleKind.MEMBER, MEMBER, 1)],
        "quota.member",
        MEMBER,
        "5 credits",
        "1 credit",
    ),
    "an amount taken away": (
        [quota(RuleKind.ROLE, ROLE, None), no_quota(RuleKind.ROLE, ROLE)],
        "quota.role",
        ROLE,
        "unlimited",
        "removed",
    ),
    "a grant": ([grant(1)], "quota.grant", MEMBER, None, "1 credit"),
    "a grant that expires": (
        [grant(expires=UNTIL)],
        "quota.grant",
        MEMBER,
        None,
        f"10 credits, until {SAID_UNTIL}",
    ),
    "a revoke": (
        [grant(), revoke(4)],
        "quota.revoke",
        MEMBER,
        "10 credits granted and unspent",
        "4 credits taken back",
    ),
    "a reset": ([reset], "quota.reset", MEMBER, "0 credits used", "0 used"),
    "a suspension": (
        [suspend(UNTIL)],
        "quota.suspend",
        MEMBER,
        None,
        f"suspended until {SAID_UNTIL}",
    ),
    "another suspension": (
        [suspend(UNTIL), suspend()],
        "quota.suspend",
        MEMBER,
        f"suspended until {SAID_UNTIL}",
        "suspended until restored",
    ),
    "a restoration": (
        [suspend(), restore],
        "quota.restore",
        MEMBER,
        "suspended until restored",
        "restored",
    ),
    "a budget": ([budget(50), budget(60)], "quota.budget", 0, "50", "60"),
    "a rule for prompts": ([add_rule], "rules.add", 0, None, "refuse `word`"),
    "finished set-up": (
        [finish],
        "set_up",
        0,
        None,
        "set up; the starter rules are rules like others",
    ),
}
REASONED = tuple(what for what in TITLES if what.startswith("quota."))
"""Those with which a moderator may say why."""


@pytest.mark.parametrize("name", CASES)
async def test_a_change_says_who_what_before_after_why_and_when(desk: Desk, name: str) -> None:
    works, what, subject_id, before, after = CASES[name]
    for work in works:
        await desk.do(work)

    change, post = (await desk.trail())[-1], (await desk.posts())[-1]
    number = desk.interaction

    assert (change.id, change.at, change.actor_id) == (number, NOW + number, MODERATOR)
    assert (change.what, change.subject_id) == (what, subject_id)
    assert (change.before, change.after) == (before, after)
    assert change.reason == ("why" if what in REASONED else None)
    assert post.title == TITLES[what]
    assert post.lines[0].startswith(f"By <@{MODERATOR}>")
    assert (f"Before: {before}" in post.lines) == (before is not None)
    assert f"Now: {after}" in post.lines
    assert ("Reason: `why`" in post.lines) == (what in REASONED)
    assert len(await desk.trail()) == len(await desk.posts()) == len(works)


@pytest.mark.parametrize("name", CASES)
async def test_an_interaction_that_comes_again_changes_nothing_again(desk: Desk, name: str) -> None:
    for work in CASES[name][0]:
        await desk.do(work)
    last, by = (
        CASES[name][0][-1],
        By(interaction_id=desk.interaction, server_id=SERVER, user_id=MODERATOR),
    )
    before = await desk.everything()

    for now in (NOW, NOW + 1000):
        try:
            await last(desk.at(now), by)
        except NothingToChangeError:
            continue  # What it removed is not there any more.

    assert await desk.everything() == before


@pytest.mark.parametrize("name", CASES)
async def test_an_interaction_that_comes_twice_at_once_is_one_change(desk: Desk, name: str) -> None:
    *first, last = CASES[name][0]
    for work in first:
        await desk.do(work)
    by = desk.next()

    await asyncio.gather(*(last(desk.at(), by) for _ in range(4)), return_exceptions=True)

    assert len(await desk.trail()) == len(await desk.posts()) == len(first) + 1


@pytest.mark.parametrize("name", CASES)
async def test_a_change_whose_post_cannot_be_written_is_none(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    *first, last = CASES[name][0]
    for work in first:
        await desk.do(work)
    before = await desk.everything()

    async def fail(tx: Transaction, **_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(log_posts, "add", fail)
    with pytest.raises(OSError, match="full"):
        await desk.do(last)

    assert await desk.everything() == before


REFUSED: dict[str, tuple[list[Work], str]] = {
    "no such quota": ([no_quota(RuleKind.DEFAULT, 0)], "no such quota"),
    "another member's quota": (
        [quota(RuleKind.MEMBER, MEMBER + 1, 5), no_quota(RuleKind.MEMBER, MEMBER)],
        "no such quota",
    ),
    "nothing granted": ([revoke()], "no granted credits"),
    "all taken back": ([grant(), revoke(), revoke(1)], "no granted credits"),
    "not suspended": ([restore], "not suspended"),
    "restored twice": ([suspend(), restore, restore], "not suspended"),
    "the same budget": ([budget(5), budget(5)], "set so already"),
    "the same rule for prompts": ([add_rule, add_rule], "such a rule already"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_would_change_nothing_is_refused_and_writes_nothing(
    desk: Desk, name: str
) -> None:
    *first, last = REFUSED[name][0]
    for work in first:
        await desk.do(work)
    before = await desk.everything()

    with pytest.raises(NothingToChangeError, match=REFUSED[name][1]):
        await desk.do(last)

    assert await desk.everything() == before


async def test_a_suspension_that_is_over_is_none_to_restore(desk: Desk) -> None:
    await desk.do(suspend(UNTIL))

    with pytest.raises(NothingToChangeError):
        await desk.do(restore, now=UNTIL)

    await desk.do(restore, now=UNTIL - 1)


async def test_without_a_log_channel_there_is_a_trail_and_no_post(desk: Desk) -> None:
    await desk.database.transaction(_forget_log)

    await desk.do(grant())

    assert [change.what for change in await desk.trail()] == ["quota.grant"]
    assert await desk.posts() == []


async def _forget_log(tx: Transaction) -> None:
    await tx.run("UPDATE servers SET settings = '{}' WHERE id = ?", SERVER)


async def test_the_post_of_a_new_log_channel_goes_to_the_one_before(desk: Desk) -> None:
    """Who took the log away is seen where it was."""
    await desk.do(
        lambda it, by: it.servers.change(
            by, lambda was: replace(was, log_channel=LOG + 1), say=lambda *_: ("one", "another")
        )
    )

    assert [post.lines[1:] for post in await desk.posts()] == [("Before: one", "Now: another")]
    assert f'"log_channel":{LOG + 1}' in await desk.settings()


async def test_grants_are_taken_back_from_the_last_given(desk: Desk) -> None:
    for number, credits_ in enumerate((5, 7, 3)):
        await desk.do(grant(credits_, expires=UNTIL - number), now=NOW + number)

    await desk.do(revoke(8), now=NOW + 9)

    left = await desk.column("SELECT remaining FROM grants ORDER BY given")
    assert left == [5, 2, 0]


async def test_expired_grants_cannot_be_taken_back_and_end(desk: Desk) -> None:
    await desk.do(grant(5, expires=NOW + DAY))
    await desk.do(grant(7))

    await desk.do(revoke(), now=NOW + DAY)

    assert (await desk.trail())[-1].after == "7 credits taken back"
    assert await desk.column("SELECT kind FROM ledger ORDER BY at, kind") == [
        "grant",
        "grant",
        "expire",
        "revoke",
    ]


async def test_a_reset_begins_the_next_period_even_where_none_had_begun(desk: Desk) -> None:
    for number in range(3):
        await desk.do(reset, now=NOW + number)

    account = await accounts.get(desk.database.read, SERVER, MEMBER)
    assert account is not None
    assert (account.period, account.used) == (4, 0)
    assert await desk.column("SELECT COUNT(*) FROM ledger WHERE kind = 'renew'") == [3]


async def test_set_up_is_finished_once_and_brings_the_starter_rules(desk: Desk) -> None:
    first = await desk.at().servers.finish_set_up(desk.next(), [prompt_rule(-1, "starter")])
    second = await desk.at().servers.finish_set_up(desk.next(), [prompt_rule(-2, "starter")])

    assert (first, second) == (True, False)
    assert await desk.column("SELECT id FROM prompt_rules") == [-1]
    assert [change.what for change in await desk.trail()] == ["set_up"]


async def test_two_moderators_at_once_keep_each_others_settings(desk: Desk) -> None:
    def say(*_: object) -> tuple[str, str]:
        return "so", "other"

    alterations = [
        lambda was: replace(was, cooldown=9),
        lambda was: replace(was, budget=8),
        lambda was: replace(was, jobs_at_once=7),
    ]
    await asyncio.gather(
        *(desk.at().servers.change(desk.next(), one, say=say) for one in alterations)
    )

    stored = await desk.settings()
    assert all(one in stored for one in ('"cooldown":9', '"budget":8', '"jobs_at_once":7'))


async def test_a_server_has_no_more_rules_than_it_may_however_many_add_at_once(desk: Desk) -> None:
    def add(number: int) -> Work:
        rule = prompt_rule(number, f"word{number}")
        return lambda it, by: it.servers.add_prompt_rule(by, rule, "refuse it", most=2)

    await desk.do(add(1))

    found = await asyncio.gather(*(desk.do(add(n)) for n in (2, 3, 4)), return_exceptions=True)

    refused = [one for one in found if one is not None]
    assert len(refused) == 2
    assert all(isinstance(one, NothingToChangeError) for one in refused)
    assert "There are 2 rules already" in str(refused[0])
    assert len(await desk.trail()) == 2
