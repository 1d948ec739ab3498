"""Prompts and links are dropped after their days, and nothing else is."""

from __future__ import annotations

import asyncio

from bot.jobs.record import read
from bot.privacy.retention import BATCH, Retention
from storage.database import Value
from storage.states import JobState
from tests.privacy.lives import ALICE, DAY, LINK, Lives


async def sweep(lives: Lives, *, keep_days: int = 30) -> None:
    retention = Retention(
        database=lives.database,
        clock=lives.clock,
        keep_days=keep_days,
        pause=lambda _: asyncio.sleep(0),
    )
    await retention.sweep()


async def dropped(lives: Lives) -> list[Value]:
    rows = await lives.rows("SELECT id FROM jobs WHERE has_prompt = 0 ORDER BY id")
    return [row["id"] for row in rows]


async def test_an_old_job_keeps_all_but_its_words_and_links(lives: Lives) -> None:
    row = await lives.made(author_id=7)
    before = read(row)
    lives.clock.at += 30 * DAY + 1

    await sweep(lives)

    after = read(await lives.job(row.id))
    assert await dropped(lives) == [row.id]
    assert (after.request.prompt, after.request.negative) == ("", None)
    assert after.request.backend == before.request.backend
    assert after.pictures.source is not None
    assert (after.pictures.source.url, after.pictures.source.width) == ("", 9)
    assert after.pictures.author_ids == {7}
    assert after.outcome is not None
    assert (after.outcome.results[0].prompt, after.outcome.results[0].seed) == (None, 7)
    stored = str(await lives.rows("SELECT * FROM jobs"))
    assert [word for word in ("harbour", "boats", LINK) if word in stored] == []


async def test_pictures_are_counted_as_before(lives: Lives) -> None:
    """`storage.spending` reads the results as text."""
    row = await lives.made()
    lives.clock.at += 31 * DAY

    await sweep(lives)

    results = (await lives.job(row.id)).results
    assert results is not None
    assert row.results is not None
    assert results.count('"media_type":') == row.results.count('"media_type":') == 1


async def test_what_is_not_old_stays(lives: Lives) -> None:
    await lives.made()
    lives.clock.at += 30 * DAY - 1

    await sweep(lives)

    assert await dropped(lives) == []


async def test_what_is_not_over_stays(lives: Lives) -> None:
    await lives.order()
    running = await lives.submit(await lives.order())
    late = await lives.submit(await lives.order())
    lives.clock.at += 31 * DAY
    # A late answer to it may still be shown, with its prompt.
    await lives.close(late, JobState.UNCONFIRMED)

    await sweep(lives)

    assert await dropped(lives) == []
    assert read(await lives.job(running.id)).request.prompt


async def test_more_than_a_batch_is_dropped_in_one_sweep(lives: Lives) -> None:
    for _ in range(BATCH + 3):
        row = await lives.submit(await lives.order(lives.clock.now(), 1))
        await lives.close(row)
        lives.clock.at += 1
    lives.clock.at += 31 * DAY

    await sweep(lives)

    assert len(await dropped(lives)) == BATCH + 3


async def test_hits_of_rules_lose_their_prompts_too_and_are_forgotten_when_uncounted(
    lives: Lives,
) -> None:
    row = await lives.made()
    await lives.note(ALICE, row.id)
    lives.clock.at += 8 * DAY

    await sweep(lives, keep_days=7)
    counted = await lives.rows("SELECT rule, prompt FROM rule_hits")
    lives.clock.at += 23 * DAY
    await sweep(lives, keep_days=7)

    assert counted == [{"rule": "boat", "prompt": None}]
    assert await lives.rows("SELECT rule FROM rule_hits") == []
