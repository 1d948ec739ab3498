"""A member has their allowance once a period and their grants, whatever clocks and rules do."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.jobs.reservation import DeniedError
from bot.periods import PeriodKind, changed, period
from bot.quotas import Denial
from storage import ledger
from storage.database import integer
from storage.job_rows import JobRow
from storage.quota_rules import QuotaRule, RuleKind
from tests.quotas.bank import MEMBER, SERVER, Bank
from tests.quotas.model import Expected, Given
from tests.storage.engines import ENGINES, Engine

pytestmark = pytest.mark.long

T = TypeVar("T")

SECOND, HOUR, DAY = 1000, 3_600_000, 86_400_000
ROLES = (21, 22, 23)

zones = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",  # its clocks go forward at midnight
        "Australia/Lord_Howe",  # by half an hour
        "Africa/Casablanca",  # twice a year around Ramadan
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
    ]
)
kinds = st.sampled_from(PeriodKind)
amounts = st.none() | st.integers(0, 30)
held = st.sets(st.sampled_from(ROLES))
behind = st.sampled_from([0, 0, 0, 1, 1500, HOUR])
"""How far the clock of the host is behind, in milliseconds."""
starts = st.sampled_from(
    [
        int(datetime(*day, 20, tzinfo=UTC).timestamp()) * SECOND
        for day in [(2026, 3, 7), (2026, 3, 28), (2026, 9, 5), (2026, 10, 3), (2026, 10, 31)]
    ]
)
"""Evenings before clocks change somewhere."""


class Allowance(RuleBasedStateMachine):
    """One member, several hosts and a moderator."""

    engine: Engine
    """Set by the subclass for each."""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._folder = Path(tempfile.mkdtemp(prefix="allowance-"))
        self._now = 0

    def teardown(self) -> None:
        if hasattr(self, "_bank"):
            self._do(self._bank.close())
        self._runner.close()
        shutil.rmtree(self._folder)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    async def _reserved(self, credits_: int, now: int, roles: set[int]) -> JobRow | DeniedError:
        try:
            return await self._bank.reserve(credits_, now=now, roles=roles)
        except DeniedError as error:
            return error

    @initialize(operator=amounts, start=starts)
    def open(self, operator: int | None, start: int) -> None:
        self._bank = self._do(Bank.open(self.engine, self._folder, default=operator))
        self._expected = Expected(operator=operator)
        self._now = start

    # What members do

    @rule(credits_=st.integers(1, 12), roles=held, lag=behind)
    def spend(self, credits_: int, roles: set[int], lag: int) -> None:
        now, expected = self._now - lag, self._expected
        left = expected.left(now, roles)
        found = self._do(self._reserved(credits_, now, roles))
        if isinstance(found, DeniedError):
            assert left is not None
            assert left < credits_
            assert (found.denial, found.left) == (Denial.ALLOWANCE, left)
        else:
            assert left is None or credits_ <= left
            expected.reserve(found.id, credits_, now, roles)

    @precondition(lambda self: any(job.open for job in self._expected.jobs.values()))
    @rule(data=st.data(), paid=st.none() | st.integers(0, 12))
    def end_a_job(self, data: st.DataObject, paid: int | None) -> None:
        jobs = self._expected.jobs
        job_id = data.draw(st.sampled_from([name for name, job in jobs.items() if job.open]))
        job = jobs[job_id]
        paid = None if paid is None else min(paid, job.paid or 0)
        self._do(self._bank.end(job_id, paid=paid, now=self._now))
        job.open, job.paid = False, paid

    # What moderators do

    @rule(credits_=st.integers(1, 15), after=st.none() | st.sampled_from([HOUR, DAY, 8 * DAY]))
    def grant(self, credits_: int, after: int | None) -> None:
        expires = None if after is None else self._now + after
        by = self._bank.by()
        self._do(
            self._bank.moderate(
                lambda it, _: it.credits.grant(by, MEMBER, credits_, expires=expires, reason=None),
                now=self._now,
            )
        )
        given = Given(id=by.interaction_id, credits=credits_, expires=expires)
        self._expected.grants.append(given)

    @rule(credits_=amounts)
    def set_the_default(self, credits_: int | None) -> None:
        self._set(RuleKind.DEFAULT, 0, credits_)
        self._expected.default = [credits_]

    @rule(credits_=amounts, role=st.sampled_from(ROLES))
    def set_a_role(self, credits_: int | None, role: int) -> None:
        self._set(RuleKind.ROLE, role, credits_)
        self._expected.roles[role] = credits_

    @rule(credits_=amounts)
    def set_the_members_own(self, credits_: int | None) -> None:
        self._set(RuleKind.MEMBER, MEMBER, credits_)
        self._expected.own = [credits_]

    @precondition(lambda self: self._expected.own)
    @rule()
    def remove_the_members_own(self) -> None:
        self._do(
            self._bank.moderate(
                lambda it, by: it.quotas.remove_rule(by, RuleKind.MEMBER, MEMBER), now=self._now
            )
        )
        self._expected.own = []

    @rule(kind=st.none() | kinds, zone=st.none() | zones)
    def change_the_period(self, kind: PeriodKind | None, zone: str | None) -> None:
        before = self._expected.used_at(self._now)
        rule_ = changed(self._expected.rule, kind=kind, zone=zone, now=self._now)
        if rule_ != self._expected.rule:
            self._do(self._bank.set(lambda was: replace(was, period=rule_), now=self._now))
            self._expected.rule = rule_
        # What is spent stays spent, and what is due begins no earlier for it.
        assert self._do(self._bank.look(now=self._now)).account.used == before

    @rule()
    def reset(self) -> None:
        self._do(
            self._bank.moderate(
                lambda it, by: it.credits.reset(by, MEMBER, reason=None), now=self._now
            )
        )
        # Grants are ended by who draws on them: should the clock go back, an expired one lives on.
        self._expected.begin_if_due(self._now)
        self._expected.begin(self._expected.start or 0)

    # What clocks do

    @rule(
        by=st.sampled_from([1, SECOND, HOUR // 2, HOUR, 7 * HOUR, DAY, 8 * DAY, 40 * DAY])
        | st.sampled_from([-SECOND, -HOUR, -2 * DAY])
    )
    def move_the_clock(self, by: int) -> None:
        self._now += by

    @rule(by=st.sampled_from([-1500, -1, 0, 1]))
    def go_to_the_next_boundary(self, by: int) -> None:
        self._now = period(self._expected.rule, self._now).ends + by

    def _set(self, kind: RuleKind, subject_id: int, credits_: int | None) -> None:
        before = self._do(self._bank.look(now=self._now)).account
        wanted = QuotaRule(kind=kind, subject_id=subject_id, credits=credits_)
        self._do(self._bank.moderate(lambda it, by: it.quotas.set_rule(by, wanted), now=self._now))
        assert self._do(self._bank.look(now=self._now)).account == before

    # What always holds

    @invariant()
    def the_account_is_as_expected(self) -> None:
        expected = self._expected
        rows = self._do(self._bank.rows("SELECT * FROM accounts"))
        for row in rows:
            used, number = integer(row, "used"), integer(row, "period")
            assert (used, row["held"]) == (expected.used(), expected.held())
            assert number == expected.number
            fold = self._do(ledger.fold(self._bank.books.database, SERVER, MEMBER, number))
            assert (fold.used, fold.held) == (used, row["held"])

    @invariant()
    def a_look_says_what_can_be_spent(self) -> None:
        for roles in (set[int](), {ROLES[0]}, set(ROLES)):
            found = self._do(self._bank.look(now=self._now, roles=roles))
            left = self._expected.left(self._now, roles)
            assert found.allowance.credits == self._expected.allowance(roles)
            assert found.left == left
            assert left is None or left >= 0
            assert found.account.used >= found.account.held >= 0
            behind_a_change = self._now < self._expected.rule.since
            assert behind_a_change or found.period.starts <= self._now < found.period.ends

    @invariant()
    def no_grant_gives_more_than_it_has(self) -> None:
        for row in self._do(self._bank.rows("SELECT * FROM grants")):
            given = next(one for one in self._expected.grants if one.id == row["id"])
            assert 0 <= integer(row, "remaining") <= given.credits
            if row["ended"] is None:
                assert row["remaining"] == self._expected.remaining(given)

    @invariant()
    def each_boundary_renews_once(self) -> None:
        rows = self._do(self._bank.rows("SELECT COUNT(*) AS n FROM ledger WHERE kind = 'renew'"))
        assert rows[0]["n"] == self._expected.renewed


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("engine_name", "examples"), [("sqlite", 20), ("postgres", 8)])
def test_an_allowance_is_right_after_every_step(engine_name: str, examples: int) -> None:
    class OnEngine(Allowance):
        engine = ENGINES[engine_name]

    run_state_machine_as_test(
        OnEngine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            database=None,
            phases=[Phase.generate],  # shrinking takes minutes; the blob repeats what failed
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
