"""The books and their model side by side, and what is done to both."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from bot.jobs.record import Job
from bot.jobs.reservation import DeniedError, DuplicateError
from bot.jobs.settlement import NOTHING, Bill, Flagged
from bot.moderation import By, Moderation
from bot.quotas import Denial, Limits, Price
from storage.database import Row, Value, text
from storage.states import UNFINISHED, JobState
from tests.ledger.books import PEOPLE, PLACES, Books, new_job
from tests.ledger.model import Member, Model, ModelJob, Stage, Verdict
from tests.storage.engines import Engine

T = TypeVar("T")

SECOND, HOUR, DAY = 1000, 3_600_000, 86_400_000
START = 1_801_353_600_000 + 23 * HOUR  # 2027-01-31T23:00Z: the month ends within the hour.

USERS = (10, 11)

refunds = st.sampled_from([0, 1, 1, 2, None])


class Machine(RuleBasedStateMachine):
    """Does to the books what it takes the model to do."""

    engine: Engine
    """Set by the subclass for each."""
    _limits: Limits

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._folder = Path(tempfile.mkdtemp(prefix="ledger-"))
        self._books = self._do(Books.open(self.engine, self._folder))
        self._model = Model()
        self._ids = itertools.count(1)
        self._now = START
        self._written: dict[str, tuple[Value, ...]] = {}
        self._rows: list[Row] = []

    def teardown(self) -> None:
        self._do(self._books.discard())
        self._runner.close()
        shutil.rmtree(self._folder)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    async def _at_once(self, works: Sequence[Coroutine[Any, Any, T]]) -> list[T | BaseException]:
        if self.engine.name == "sqlite":
            return await asyncio.gather(*works, return_exceptions=True)
        # Who is first would be chance here, and an example could not be repeated: what crosses
        # is in test_crossing.py.
        return [(await asyncio.gather(work, return_exceptions=True))[0] for work in works]

    def _ordered(
        self, member: Member, price: Price, pressed: str | None, *, interaction: int | None = None
    ) -> ModelJob:
        number = next(self._ids)
        return ModelJob(
            id=f"{number:016x}",
            interaction=interaction or number,
            member=member,
            pressed=pressed,
            price=price,
            created=self._now,
            period=0,
        )

    def _real(self, job: ModelJob) -> Any:
        return new_job(job.id, job.interaction, job.member, job.pressed, job.price, job.created)

    async def _reserving(self, job: ModelJob) -> Verdict | Denial:
        try:
            row = await self._books.reserve(self._real(job), job.price, self._limits)
        except DuplicateError:
            return Verdict.DUPLICATE
        except DeniedError as error:
            return error.denial
        assert row.state is JobState.QUEUED
        return Verdict.GRANTED

    def _try(self, job: ModelJob) -> None:
        expected = self._model.judge(job, self._limits)
        found = self._do(self._reserving(job))
        assert found is expected, f"{found!r} is not {expected!r}"
        if expected is Verdict.GRANTED:
            self._model.reserve(job, self._limits)

    def _go_on(self, job: Job) -> None:
        if job.state is JobState.SUBMITTING:
            self._do(self._books.accept(job, now=self._now))
            return
        if job.state is JobState.QUEUED:
            count = self._model.jobs[job.id].price.count
            room = self._model.slots() + count <= PLACES
            assert self._do(self._books.submit(job, now=self._now)) == room
            self._model.jobs[job.id].slots = count if room else 0

    def _close(self, job: Job, state: JobState, bill: Bill) -> None:
        self._do(self._books.close(job, state, bill, now=self._now))
        self._closed(job, state, bill)

    def _closed(self, job: Job, state: JobState, bill: Bill) -> None:
        model = self._model.jobs[job.id]
        model.slots = 0
        if model.stage is not Stage.OPEN:
            return  # A gift: its job was closed before, and nothing moves any more.
        model.stage = Stage.SETTLED if state is JobState.SUCCEEDED else Stage.REFUNDED
        model.settled = bill.credits
        flagged = bill.flagged
        if flagged and not self._model.forgive(model, self._now, flagged.refunds):
            model.stage = Stage.SETTLED
            model.settled = min(model.price.credits, bill.credits + flagged.credits)
        model.spent_credits, model.spent_micros = bill.spent_credits, bill.spent_micros

    def _flagged(self, data: st.DataObject, bill: Bill, credits_: int) -> Bill:
        """A bill on which some pictures were flagged."""
        limit = data.draw(refunds, "refunds a day")
        changes = {"reason": "charged"}
        return replace(bill, flagged=Flagged(credits=credits_, refunds=limit, changes=changes))

    def _give_back(self, job: Job) -> None:
        self._do(self._books.give_back(job, now=self._now))
        model = self._model.jobs[job.id]
        if model.stage is Stage.SETTLED:
            model.stage = Stage.RETURNED

    def _moderate(self, what: Callable[[Moderation, By], Awaitable[T]], member: Member) -> T | None:
        by = By(interaction_id=next(self._ids), server_id=member[0], user_id=99)
        return self._do(self._books.moderate(lambda it: what(it, by), now=self._now))

    def _finish_all_of(self, user_id: int) -> None:
        """End and show all jobs of a user: what runs succeeds, what does not comes to nothing."""
        for row in self._jobs_of(user_id):
            job = self._do(self._books.job(text(row, "id")))
            if job.state is JobState.SUBMITTING:
                self._go_on(job)
                job = self._do(self._books.job(job.id))
            if job.state is JobState.RUNNING:
                price = self._model.jobs[job.id].price
                paid = Bill(credits=price.credits, spent_credits=1, spent_micros=1)
                self._close(job, JobState.SUCCEEDED, paid)
            elif job.unfinished:
                self._close(job, JobState.FAILED, NOTHING)
            if row["shown"] == "no":
                self._do(self._books.show(job))

    def _erase(self) -> None:
        """Carry out what was asked as far as it goes, twice, as after a kill in between."""
        done = {one for one in self._model.leaving if not any(map(_has_work, self._jobs_of(one)))}
        for _ in range(2):
            self._do(self._books.erasing(now=self._now).advance())
        for user_id in done:
            self._model.erase(user_id)
            for table in ("accounts", "ledger", "grants", "jobs"):
                found = f"SELECT * FROM {table} WHERE user_id = {user_id}"  # noqa: S608 - our own names
                assert self._do(self._books.rows(found)) == []

    def _jobs_of(self, user_id: int) -> list[Row]:
        found = f"SELECT * FROM jobs WHERE user_id = {user_id}"  # noqa: S608 - our own numbers
        return self._do(self._books.rows(found))

    def _in(self, *states: JobState, unshown: bool = False) -> list[str]:
        """The jobs that are in one of these states after the last step."""
        return [
            text(row, "id")
            for row in self._rows
            if row["state"] in states and (row["shown"] == "no" or not unshown)
        ]

    def _draw(self, data: st.DataObject, *states: JobState, unshown: bool = False) -> Job:
        job_id = data.draw(st.sampled_from(self._in(*states, unshown=unshown)), "job")
        return self._do(self._books.job(job_id))


def who(user_id: int) -> int:
    """The user whom an id of the books stands for: their own, or their alias."""
    return {PEOPLE.alias(one): one for one in USERS}.get(user_id, user_id)


def _has_work(row: Row) -> bool:
    return row["state"] in UNFINISHED or row["shown"] == "no"
