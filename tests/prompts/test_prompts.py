"""Servers' rules applied to prompts, with a real database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import explain
from bot.prompts import ForbiddenPromptError, Prompts
from bot.rules.rule import RuleAction, RuleKind
from bot.rules.starter import STARTER
from bot.servers import Server, ServerSettings
from storage import log_posts, prompt_rules
from storage.database import Transaction, integer, text, text_or_none
from storage.prompt_rules import HitRow, PromptRuleRow
from storage.sqlite import SqliteDatabase
from tests.storage.template import fresh

NOW, DAY = 1_800_000_000_000, 24 * 3600 * 1000
SERVER = Server(id=100, settings=ServerSettings(log_channel=7), set_up=True)
DORA = 200


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at


class House:
    """Prompts, and what is stored of them."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database
        self.clock = Clock()
        self.prompts = Prompts(database=database, clock=self.clock)
        self._added = 0

    async def add(
        self,
        text: str,
        action: RuleAction = RuleAction.REFUSE,
        kind: RuleKind = RuleKind.WORDS,
    ) -> None:
        self._added += 1
        row = PromptRuleRow(
            id=self._added, server_id=SERVER.id, kind=kind, rule=text, action=action
        )

        async def work(tx: Transaction) -> None:
            await prompt_rules.add(tx, row)

        await self.database.transaction(work)

    async def refused(self, prompt: str, negative: str | None = None) -> ForbiddenPromptError:
        with pytest.raises(ForbiddenPromptError) as refused:
            await self.prompts.check(SERVER, DORA, prompt, negative)
        return refused.value

    async def hits(self) -> list[HitRow]:
        rows = await self.database.read("SELECT * FROM rule_hits ORDER BY at DESC")
        return [
            HitRow(
                server_id=integer(row, "server_id"),
                user_id=integer(row, "user_id"),
                at=integer(row, "at"),
                rule=text(row, "rule"),
                action=text(row, "action"),
                prompt=text_or_none(row, "prompt"),
            )
            for row in rows
        ]

    async def posts(self) -> list[str]:
        due = await log_posts.due(self.database, now=self.clock.now(), most=99)
        return [post.body for post in due]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    database = await fresh(tmp_path / "bot.db")
    yield House(database)
    await database.close()


async def test_a_refusal_names_the_piece_and_remembers_the_whole(house: House) -> None:
    await house.add("greeble")

    refused = await house.refused("a gr33ble at sea", "no greeble")

    assert explain(refused) == (
        "The rules of this server do not allow this in a prompt: `gr33ble`, `greeble`. Change it."
    )
    (hit,) = await house.hits()
    assert (hit.rule, hit.action, hit.at) == ("greeble", "refuse", NOW)
    assert hit.prompt == "a gr33ble at sea\nno greeble"
    assert await house.posts() == []


async def test_what_is_reported_is_remembered_only_once_it_was_taken(house: House) -> None:
    await house.add("greeble", RuleAction.REPORT)

    hits = await house.prompts.check(SERVER, DORA, "a greeble", None)
    assert (await house.hits(), await house.posts()) == ([], [])
    await house.prompts.report(SERVER, DORA, hits, "a greeble", None, where="<#9>")

    assert [hit.action for hit in await house.hits()] == ["report"]
    (post,) = await house.posts()
    assert "a greeble" in post
    assert "<@200> in <#9>" in post


async def test_a_prompt_that_is_refused_is_not_reported_as_well(house: House) -> None:
    await house.add("greeble")
    await house.add("vermilion", RuleAction.REPORT)

    await house.refused("a vermilion greeble")

    assert [hit.rule for hit in await house.hits()] == ["greeble"]


async def test_a_post_names_some_rules_of_many(house: House) -> None:
    for number in range(12):
        await house.add(f"wordy{number}", RuleAction.REPORT)
    prompt = " ".join(f"wordy{number}" for number in range(12))

    hits = await house.prompts.check(SERVER, DORA, prompt, None)
    await house.prompts.report(SERVER, DORA, hits, prompt, None, where="<#9>")

    (post,) = await house.posts()
    assert "and 4 more" in post
    assert len(await house.hits()) == 12


async def test_without_a_log_channel_hits_are_counted_all_the_same(house: House) -> None:
    await house.add("greeble", RuleAction.REPORT)
    server = replace(SERVER, settings=ServerSettings())

    hits = await house.prompts.check(server, DORA, "a greeble", None)
    await house.prompts.report(server, DORA, hits, "a greeble", None, where="<#9>")

    assert len(await house.hits()) == 1
    assert await house.posts() == []


async def test_a_new_or_removed_rule_holds_at_once(house: House) -> None:
    await house.prompts.check(SERVER, DORA, "a greeble", None)
    await house.add("greeble")
    await house.refused("a greeble")

    async def work(tx: Transaction) -> None:
        await prompt_rules.remove(tx, SERVER.id, 1)

    await house.database.transaction(work)
    assert await house.prompts.check(SERVER, DORA, "a greeble", None) == ()


async def test_the_starter_list_holds_until_set_up_beside_the_servers_own(house: House) -> None:
    await house.add("greeble")
    new = replace(SERVER, set_up=False)

    assert await house.prompts.rules(new) == (*STARTER, *await house.prompts.rules(SERVER))
    assert len(await house.prompts.rules(SERVER)) == 1
    with pytest.raises(ForbiddenPromptError):
        await house.prompts.check(new, DORA, "lolicon", None)


async def test_hits_are_counted_for_thirty_days(house: House) -> None:
    await house.add("greeble")
    await house.refused("a greeble")
    house.clock.at += 30 * DAY
    await house.refused("a greeble")
    assert await house.prompts.counts(SERVER) == {"greeble": 2}

    house.clock.at += 1
    assert await house.prompts.counts(SERVER) == {"greeble": 1}


async def test_neither_many_rules_nor_a_hostile_prompt_block_the_loop(house: House) -> None:
    # Built here and matched here they would take 150 ms and more in one piece.
    for number in range(200):
        await house.add(f"greeble{number} {'harbour ' * 20}")

    async def share(number: int) -> float:
        """The longest stop of the loop, in proportion to the whole."""
        await house.add(f"another{number}")  # so that the rules are read anew
        longest = 0.0

        async def watch() -> None:
            nonlocal longest
            while True:
                before = time.perf_counter()
                await asyncio.sleep(0)
                longest = max(longest, time.perf_counter() - before)

        watching = asyncio.create_task(watch())
        await asyncio.sleep(0)
        began = time.perf_counter()
        await house.prompts.check(SERVER, DORA, "\U0001f600a" * 1000, None)
        whole = time.perf_counter() - began
        await asyncio.sleep(0)
        watching.cancel()
        return longest / whole

    # On a busy machine something else may stop the loop, but hardly each time.
    assert min([await share(number) for number in range(5)]) < 0.5
