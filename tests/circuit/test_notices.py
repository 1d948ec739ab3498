"""The operator is told each cause once a day, and nothing that goes wrong with it matters."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.notices import LONGEST
from tests.circuit.conftest import Office
from tests.storage.rows import execute

DAY = 24 * 3600


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    """Level and cause of each notice in the log."""
    found = [record for record in caplog.records if record.getMessage() == "operator.notice"]
    return [(record.levelno, vars(record)["cause"]) for record in found]


async def test_a_cause_is_told_in_the_log_and_by_a_message(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.notices().tell("fal.account", "fal is locked; @everyone, pay.")

    (taken,) = await office.receiver.next()
    assert (taken.method, taken.path, taken.media_type) == ("POST", "/secret", "application/json")
    assert taken.json == {
        "content": "fal is locked; @everyone, pay.",
        "allowed_mentions": {"parse": []},
    }
    assert lines(caplog) == [(logging.ERROR, "fal.account")]
    assert "secret" not in caplog.text


async def test_a_cause_is_told_once_a_day(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    notices = office.notices()

    for _ in range(3):
        await notices.tell("fal.account", "first")
    await notices.tell("cost.fal-v3", "another")
    assert {await office.told(), await office.told()} == {"first", "another"}

    office.clock.move(seconds=DAY)
    await notices.tell("fal.account", "next day")
    assert await office.told() == "next day"
    assert office.receiver.is_empty
    assert [cause for _, cause in lines(caplog)] == ["fal.account", "cost.fal-v3", "fal.account"]


async def test_several_processes_tell_it_once(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    processes = [office.notices() for _ in range(5)]

    await asyncio.gather(*(notices.tell("cause", "sentence") for notices in processes))
    for notices in processes:
        await notices.close()

    assert await office.told() == "sentence"
    assert office.receiver.is_empty
    assert len(lines(caplog)) == 1


async def test_good_news_are_no_error(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    await office.notices().tell("fal.recovered", "well", mended=True)

    assert lines(caplog) == [(logging.INFO, "fal.recovered")]
    assert await office.told() == "well"


async def test_without_a_place_for_messages_the_log_is_all(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    notices = office.notices(webhook=None)

    await notices.tell("cause", "sentence")
    await notices.close()

    assert len(lines(caplog)) == 1
    assert office.receiver.is_empty


async def test_a_message_that_is_not_taken_is_sent_again(office: Office) -> None:
    office.receiver.statuses = [500, 429]
    notices = office.notices()

    await notices.tell("cause", "sentence")
    await notices.close()

    assert [await office.told() for _ in range(3)] == ["sentence"] * 3
    assert office.receiver.is_empty


async def test_a_message_that_nobody_takes_is_given_up_and_logged(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    notices = office.notices(webhook="http://127.0.0.1:1/secret")

    await notices.tell("cause", "sentence")
    await notices.close()

    failures = [r for r in caplog.records if r.getMessage() == "operator.not_told"]
    assert len(failures) == 3
    assert "secret" not in repr([vars(record) for record in failures])


async def test_a_silent_receiver_keeps_nobody_waiting(office: Office) -> None:
    silent = office.providers.fal.faults.add(hold_before=asyncio.Event())
    notices = office.notices(webhook=f"{office.providers.fal.url}/secret")

    await notices.tell("cause", "sentence")
    await silent.hit.wait()
    await notices.close(within=0)

    assert not notices._posting


async def test_a_long_sentence_is_cut_to_what_discord_takes(office: Office) -> None:
    await office.notices().tell("cause", "x" * 5000)

    assert await office.told() == "x" * LONGEST


async def test_a_database_that_fails_does_not_keep_it_from_being_told(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await execute(office.database, "ALTER TABLE facts RENAME TO gone")

    await office.notices().tell("cause", "sentence")

    assert await office.told() == "sentence"
    assert len(lines(caplog)) == 1
