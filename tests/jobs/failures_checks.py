"""What must hold after a job has met a failure: its calls, its money, and what was read."""

from __future__ import annotations

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable

from aiohttp import web
from discord import ui

from bot.backends.base import ProviderName
from bot.backends.catalogue import by_name
from bot.backends.errors import Reason
from bot.backends.failures import Failure, Fate, Retry, Step
from bot.errors import explain_end
from bot.jobs.record import Job
from cogs import cards
from sandbox.providers.server import Server
from sandbox.providers.steps import Step as Point
from scripts import failures as page
from storage.database import Row, text
from storage.states import CallOutcome, JobState
from tests.jobs.failures import PROMPT, Course, Recipe
from tests.jobs.world import World

Match = Callable[[web.Request], Awaitable[bool]]


class Meter:
    """Counts the paid calls that reach the stand-ins, those lost to a fault included."""

    def __init__(self, world: World) -> None:
        """Begin before any fault is arranged."""
        self.seen: dict[ProviderName, list[str]] = defaultdict(list)
        servers = world.providers
        for name, server in (
            (ProviderName.FAL, servers.fal),
            (ProviderName.RUNWARE, servers.runware),
            (ProviderName.IDEOGRAM, servers.ideogram),
        ):
            where = server.steps[Point.SUBMIT]
            # It takes no request, and so changes nothing.
            server.faults.add(
                method=where.method, path=where.path, times=0, match=self._note(name, server)
            )

    def _note(self, name: ProviderName, server: Server) -> Match:
        async def note(request: web.Request) -> bool:
            match = server.steps[Point.SUBMIT].match
            found = True if match is None else match(request)
            if found if isinstance(found, bool) else await found:
                self.seen[name].append(await _name(name, request))
            return False

        return note


async def _name(provider: ProviderName, request: web.Request) -> str:
    """Give our id of a call where it tells it."""
    if provider is not ProviderName.RUNWARE:
        return ""
    return json.loads(await request.read())[0]["taskUUID"]


def assert_called(
    row: Failure, course: Course, recipe: Recipe, job: Job, calls: list[Row], meter: Meter
) -> None:
    """Check what became of each call, and that each was sent once at most."""
    outcomes = [CallOutcome(text(call, "outcome")) for call in calls]
    first, *rest = course.outcomes
    again = len(outcomes) - len(course.outcomes) if row.retry is Retry.SUBMIT else 0
    assert outcomes == [first] * (1 + again) + rest
    sent: dict[ProviderName, list[str]] = defaultdict(list)
    for call, outcome in zip(calls, outcomes, strict=True):
        provider = by_name(text(call, "backend"), job.request.operation).provider
        if recipe.reaches or outcome is CallOutcome.DONE:
            sent[provider].append(text(call, "key") if provider is ProviderName.RUNWARE else "")
    _assert_sent(row, sent, meter)
    elsewhere = {text(call, "backend") for call in calls} - {job.row.backend}
    assert bool(elsewhere) is (course.others and row.retry is Retry.ELSEWHERE)


def _assert_sent(row: Failure, sent: dict[ProviderName, list[str]], meter: Meter) -> None:
    again = row.retry is Retry.SAME_ID or (row.step, row.fate) == (Step.SUBMIT, Fate.OPEN)
    for provider in ProviderName:
        seen = meter.seen[provider]
        if again and provider is row.provider:
            # Runware bills an id once, however often it comes.
            assert set(seen) == set(sent[provider])
            assert len(set(seen)) == 1
        else:
            assert Counter(seen) == Counter(sent[provider])


async def assert_paid(world: World, row: Failure, job: Job) -> None:
    """Check the member's account, and the stand-ins' bills against what is counted."""
    await _all_charged(world)
    world.bills_are_known = job.state is not JobState.UNCONFIRMED
    await world.check()
    charged, spend, each = world.charged(), await world.spend(), job.row.micros_each
    settled, reserved = job.row.settled, job.row.reserved
    if job.state is JobState.SUCCEEDED:
        assert charged == spend == each
        assert settled is not None
        assert await world.entries(job.id) == [("reserve", reserved), ("settle", 0)]
        return
    assert settled is None
    assert await world.entries(job.id) == [("reserve", reserved), ("refund", -reserved)]
    if job.state is JobState.UNCONFIRMED:
        assert charged <= spend == each
    else:
        # A result that cannot be read for now is billed, too.
        billed = row.fate in (Fate.BILLED, Fate.OPEN)
        assert charged == spend == (each if billed else 0)


async def _all_charged(world: World) -> None:
    """Wait until the stand-ins have charged all that they do."""
    providers = world.providers

    async def charged() -> bool:
        works = [work.done.is_set() for work in providers.fal.works.values()]
        # What is held up by a closed gate is not charged.
        jobs = providers.runware.jobs.values() if providers.runware.gate.is_set() else ()
        tasks = [job.done.is_set() for job in jobs]
        return all(works) and all(tasks) and providers.ideogram.in_flight == 0

    await world.until(charged)


def assert_read(world: World, row: Failure, job: Job) -> None:
    """Check that the member was shown the end once: pictures, or one sentence and no more."""
    (shown,) = world.discord.shown[job.id]
    assert (shown.state, shown.reason) == (job.state, job.row.reason)
    if job.state is JobState.SUCCEEDED:
        assert shown.kinds == ["result", "source"]
        return
    assert shown.files == {}
    sentence = explain_end(job)
    assert sentence == page.sentence(row)
    card = cards.ended(job)
    texts = [item.content for item in card.walk_children() if isinstance(item, ui.TextDisplay)]
    assert [text.count(sentence) for text in texts] == [1, 0]
    assert texts[1] == "-# Nothing was charged."
    assert job.pictures.source is not None
    whole = json.dumps(card.to_components())
    assert job.request.prompt not in whole
    assert job.pictures.source.url not in whole


def assert_told(row: Failure, course: Course, records: list[logging.LogRecord]) -> None:
    """Check that the operator was told of what is theirs by one line, and of nothing else."""
    borne = course.outcomes == (CallOutcome.DONE,)
    told = row.operator and not borne
    lines = [record.getMessage() for record in records if is_fault(record)]
    assert lines == (["operator.notice"] if told else [])
    messages = [record.getMessage() for record in records]
    closed = told and row.reason is Reason.ACCOUNT
    assert ("circuit.tripped" in messages) is closed
    assert not [record for record in records if PROMPT in str(record.__dict__)]


def is_fault(record: logging.LogRecord) -> bool:
    """Whether a line tells of a fault, but for a stand-in's that lost its client."""
    cut_off = bool(record.exc_info) and isinstance(record.exc_info[1], ConnectionResetError)
    return record.levelno >= logging.ERROR and not (record.name == "aiohttp.server" and cut_off)
