"""Whatever is done to accounts in whatever order, the books are right after every step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.jobs.settlement import NOTHING, Bill
from bot.moderation import By, Moderation
from bot.quotas import Limits, Price
from storage import ledger
from storage.database import Row, Value, integer, text
from storage.jobs import LostError
from storage.quota_rules import QuotaRule, RuleKind
from storage.states import EDGES, UNFINISHED, JobState, LotKind, Shown
from tests.ledger.machine import DAY, HOUR, SECOND, Machine, who
from tests.ledger.model import Member, ModelGrant, Stage, Verdict
from tests.storage.engines import ENGINES

pytestmark = pytest.mark.long

members = st.sampled_from([(1, 10), (1, 11), (2, 10)])
prices = st.builds(
    Price,
    credits_each=st.integers(1, 5),
    micros_each=st.integers(1, 80_000),
    count=st.integers(1, 6),
)
buttons = st.sampled_from([None, None, "reroll", "closer"])


def limit(most: int) -> st.SearchStrategy[int | None]:
    return st.one_of(st.none(), st.integers(0, most))


class Ledger(Machine):
    """Several members of two servers, their jobs, and a clock that jumps."""

    # What members, providers and moderators do

    @initialize(daily=st.integers(10, 80), server=limit(300), spend=limit(3_000_000))
    def limits(self, daily: int, server: int | None, spend: int | None) -> None:
        self._limits = Limits(
            default_credits=daily,
            server_monthly_credits=server,
            daily_spend_micros=spend,
            allowed_servers=frozenset(),
        )

    @rule(daily=limit(60), server=limit(300), spend=limit(3_000_000))
    def other_limits(self, daily: int | None, server: int | None, spend: int | None) -> None:
        self._limits = Limits(
            default_credits=daily,
            server_monthly_credits=server,
            daily_spend_micros=spend,
            allowed_servers=frozenset(),
        )

    @rule(member=members, price=prices, pressed=buttons, steps=st.sampled_from([0, 0, 1, 2, 2]))
    def reserve(self, member: Member, price: Price, pressed: str | None, steps: int) -> None:
        job = self._ordered(member, price, pressed)
        self._try(job)
        if job.id in self._model.jobs:
            for _ in range(steps):
                self._go_on(self._do(self._books.job(job.id)))

    @precondition(lambda self: self._model.jobs)
    @rule(data=st.data(), member=members, price=prices)
    def reserve_for_an_interaction_that_made_a_job(
        self, data: st.DataObject, member: Member, price: Price
    ) -> None:
        known = data.draw(st.sampled_from(list(self._model.jobs.values())))
        self._try(self._ordered(member, price, None, interaction=known.interaction))

    @precondition(lambda self: any(job.pressed for job in self._model.jobs.values()))
    @rule(data=st.data(), member=members, price=prices)
    def press_again(self, data: st.DataObject, member: Member, price: Price) -> None:
        """The same button, by the same member or another, soon after."""
        pressed = [job for job in self._model.jobs.values() if job.pressed]
        known = data.draw(st.sampled_from(pressed))
        self._now = known.created + data.draw(st.sampled_from([0, 1500, 1999, 2000, 2001]))
        who = data.draw(st.sampled_from([known.member, member]))
        self._try(self._ordered(who, price, known.pressed))

    @rule(member=members, price=prices, count=st.integers(2, 6))
    def reserve_at_once(self, member: Member, price: Price, count: int) -> None:
        """Which one is served first does not matter, since all are alike."""
        wanted = [self._ordered(member, price, None) for _ in range(count)]
        expected: list[object] = []
        for job in wanted:
            verdict = self._model.judge(job, self._limits)
            expected.append(verdict)
            if verdict is Verdict.GRANTED:
                self._model.reserve(job, self._limits)
        found = self._do(self._at_once([self._reserving(job) for job in wanted]))
        assert sorted(map(str, found)) == sorted(map(str, expected))
        granted = [job for job, one in zip(wanted, found, strict=True) if one is Verdict.GRANTED]
        for job, real in zip([j for j in wanted if j.id in self._model.jobs], granted, strict=True):
            # The model granted the first ones; the real books may have served others.
            del self._model.jobs[job.id]
            real.period = job.period or real.period
        for real in granted:
            self._model.reserve(real, self._limits)

    @rule(data=st.data())
    @precondition(lambda self: self._in(JobState.QUEUED, JobState.SUBMITTING))
    def go_on(self, data: st.DataObject) -> None:
        self._go_on(self._draw(data, JobState.QUEUED, JobState.SUBMITTING))

    @rule(data=st.data())
    @precondition(lambda self: self._in(JobState.SUBMITTING, JobState.RUNNING))
    def queue_again(self, data: st.DataObject) -> None:
        """A gift is never bought anew."""
        job = self._draw(data, JobState.SUBMITTING, JobState.RUNNING)
        if not job.row.gift:
            self._do(self._books.queue_again(job, now=self._now))
            self._model.jobs[job.id].slots = 0

    @rule(data=st.data())
    @precondition(lambda self: self._in(JobState.RUNNING))
    def settle(self, data: st.DataObject) -> None:
        job = self._draw(data, JobState.RUNNING)
        price = self._model.jobs[job.id].price
        made = data.draw(st.integers(1, price.count), "made")
        bill = Bill(
            credits=data.draw(st.integers(1, made), "on hand") * price.credits_each,
            spent_credits=made * price.credits_each,
            spent_micros=data.draw(st.integers(0, 2 * price.micros), "cost"),
        )
        if data.draw(st.booleans(), "flagged"):
            bill = self._flagged(data, bill, made * price.credits_each - bill.credits)
        self._close(job, JobState.SUCCEEDED, bill)
        days = data.draw(st.sampled_from([None, None, 0, 0, 1]), "days until it is given back")
        if days is not None:
            self._now += days * DAY
            self._give_back(self._do(self._books.job(job.id)))

    @rule(data=st.data(), billed=st.booleans())
    @precondition(lambda self: self._in(*UNFINISHED))
    def end_without_pictures(self, data: st.DataObject, *, billed: bool) -> None:
        job = self._draw(data, *UNFINISHED)
        ends = [state for state in (*_FAILURES, JobState.UNCONFIRMED) if state in EDGES[job.state]]
        state = data.draw(st.sampled_from(ends))
        price = self._model.jobs[job.id].price
        bill = Bill(credits=0, spent_credits=price.credits, spent_micros=price.micros)
        if billed and state is JobState.FAILED:
            bill = self._flagged(data, bill, price.credits)
        unknown = state is JobState.UNCONFIRMED
        self._close(job, state, bill if billed or unknown else NOTHING)

    @rule(data=st.data())
    @precondition(lambda self: self._in(JobState.UNCONFIRMED))
    def hear_of_it_late(self, data: st.DataObject) -> None:
        """The places of the call were given back when it was given up."""
        job = self._draw(data, JobState.UNCONFIRMED)
        if job.row.user_id < 0:
            return  # Of an erased member nobody asks any more.
        self._do(self._books.accept(job, now=self._now, gift=1, shown=Shown.NO))
        if data.draw(st.booleans(), "done"):
            job, price = self._do(self._books.job(job.id)), self._model.jobs[job.id].price
            bill = Bill(credits=price.credits, spent_credits=1, spent_micros=1)
            self._close(job, JobState.SUCCEEDED, self._flagged(data, bill, 1))
            assert self._do(self._books.job(job.id)).row.reason != "charged"

    @rule(data=st.data())
    @precondition(lambda self: self._in(JobState.SUCCEEDED, unshown=True))
    def show_or_give_back(self, data: st.DataObject) -> None:
        job = self._draw(data, JobState.SUCCEEDED, unshown=True)
        if data.draw(st.booleans(), "shown"):
            self._do(self._books.show(job))
            return
        self._give_back(job)

    @rule(data=st.data())
    @precondition(lambda self: self._in(*UNFINISHED))
    def close_twice_at_once(self, data: st.DataObject) -> None:
        """A refund and a settlement meet: whoever is first stands, the other changes nothing."""
        job = self._draw(data, *UNFINISHED)
        price = self._model.jobs[job.id].price
        paid = Bill(credits=price.credits, spent_credits=price.credits, spent_micros=price.micros)
        flagged = self._flagged(data, paid, price.credits_each)
        ways = [
            (JobState.FAILED, NOTHING),
            (JobState.FAILED, replace(flagged, credits=0)),
            (JobState.SUCCEEDED, data.draw(st.sampled_from([paid, flagged]))),
        ]
        ways = data.draw(st.permutations(ways))
        found = self._do(
            self._at_once([self._books.close(job, *way, now=self._now) for way in ways])
        )
        allowed = [way for way in ways if way[0] is JobState.FAILED or job.state in _BEFORE_SUCCESS]
        assert all(one is None or isinstance(one, LostError) for one in found), found
        lost = [one is not None for one in found]
        assert lost == [way != allowed[0] for way in ways]
        self._closed(job, *allowed[0])

    @rule(data=st.data())
    @precondition(lambda self: self._in(*_ENDED))
    def come_too_late(self, data: st.DataObject) -> None:
        """A step that knows the job as it was before finds that someone was first."""
        job = self._draw(data, *_ENDED)
        bill = Bill(credits=1, spent_credits=1, spent_micros=1)
        late = [self._books.close(job, state, bill, now=self._now) for state in _ENDS]
        if job.row.shown is not Shown.NO:
            late.append(self._books.give_back(job, now=self._now))
        assert all(isinstance(one, LostError) for one in self._do(self._at_once(late)))

    @rule(member=members, wanted=st.lists(prices, max_size=3), patient=st.sampled_from([1, 1, 0]))
    def ask_to_be_erased(self, member: Member, wanted: list[Price], patient: int) -> None:
        """Whatever is counted of the user stays, and is found again when they come back."""
        for price in wanted:
            job = self._ordered(member, price, None)
            self._try(job)
            for _ in range(2 * (job.id in self._model.jobs)):
                self._go_on(self._do(self._books.job(job.id)))
        if patient:
            self._finish_all_of(member[1])
        self._do(self._books.erasing(now=self._now).ask(member[1]))
        self._model.leaving.add(member[1])
        self._erase()

    @rule()
    @precondition(lambda self: self._model.leaving)
    def wait_for_an_erasure(self) -> None:
        self._erase()

    # What moderators do

    @rule(member=members, credits_=st.integers(1, 30), days=st.sampled_from([None, 0, 1, 2, 40]))
    def grant(self, member: Member, credits_: int, days: int | None) -> None:
        expires = None if days is None else self._now + days * DAY + HOUR
        grant_id = self._moderate(
            lambda it, by: _granting(it, by, member, credits_, expires), member
        )
        assert grant_id is not None
        self._model.grant(
            ModelGrant(
                id=grant_id, member=member, credits=credits_, given=self._now, expires=expires
            )
        )

    @rule(member=members, most=st.one_of(st.none(), st.integers(1, 40)))
    def revoke(self, member: Member, most: int | None) -> None:
        expected = self._model.revoke(member, most, self._now)
        found = self._moderate(
            lambda it, by: it.credits.revoke(by, member[1], most, reason="why"), member
        )
        assert found == expected

    @rule(member=members)
    def reset(self, member: Member) -> None:
        self._moderate(lambda it, by: it.credits.reset(by, member[1], reason=None), member)
        self._model.reset(member, self._now)

    @rule(member=members, credits_=limit(40), alone=st.booleans())
    def change_a_quota(self, member: Member, credits_: int | None, *, alone: bool) -> None:
        kind = RuleKind.MEMBER if alone else RuleKind.DEFAULT
        quota = QuotaRule(kind=kind, subject_id=member[1] if alone else 0, credits=credits_)
        self._moderate(lambda it, by: it.quotas.set_rule(by, quota), member)
        if alone:
            self._model.members[member] = credits_
        else:
            self._model.quotas[member[0]] = credits_

    @rule(member=members)
    def remove_a_quota(self, member: Member) -> None:
        self._moderate(lambda it, by: it.quotas.remove_rule(by, RuleKind.MEMBER, member[1]), member)
        self._model.members.pop(member, None)

    # What time and machines do

    @rule(
        by=st.sampled_from([1, SECOND, 3 * SECOND, HOUR, DAY, 31 * DAY, -SECOND, -2 * HOUR, -DAY])
    )
    def move_the_clock(self, by: int) -> None:
        self._now += by

    @rule(member=members, price=prices)
    def crash(self, member: Member, price: Price) -> None:
        lost = self._ordered(member, price, None)
        self._books = self._do(self._books.crash(self._real(lost), price))

    # What always holds

    @invariant()
    def accounts_equal_the_fold_and_the_model(self) -> None:
        rows = self._do(self._books.rows("SELECT * FROM accounts"))
        found = {(integer(r, "server_id"), who(integer(r, "user_id"))): r for r in rows}
        assert len(found) == len(rows)
        assert found.keys() == self._model.accounts.keys()
        for member, row in found.items():
            period = integer(row, "period")
            used, held = integer(row, "used"), integer(row, "held")
            booked = (integer(row, "server_id"), integer(row, "user_id"))
            fold = self._do(ledger.fold(self._books.database, *booked, period))
            assert 0 <= held <= used
            assert (fold.used, fold.held) == (used, held)
            model = self._model
            assert (period, used, held, row["running"]) == (
                model.accounts[member].period,
                model.used(member),
                model.held(member),
                model.running(member),
            )

    @invariant()
    def grants_equal_the_fold_and_the_model(self) -> None:
        rows = self._do(self._books.rows("SELECT * FROM grants"))
        assert {row["id"] for row in rows} == set(self._model.grants)
        for row in rows:
            model = self._model.grants[integer(row, "id")]
            booked = (integer(row, "server_id"), integer(row, "user_id"))
            fold = self._do(ledger.fold(self._books.database, *booked, model.id, LotKind.GRANT))
            held = sum(job.holds(model.id) for job in self._model.jobs.values())
            assert (row["remaining"], row["held"]) == (-fold.used, fold.held)
            assert (row["remaining"], row["held"]) == (self._model.remaining(model), held)
            assert (row["ended"] is not None) == model.ended

    @invariant()
    def budgets_equal_the_sum_of_what_counts(self) -> None:
        for row in self._do(self._books.rows("SELECT * FROM budgets")):
            starts, used = integer(row, "starts"), integer(row, "used")
            if text(row, "scope") == "operator_day":
                assert used == self._model.spend(starts)
            else:
                assert used == self._model.server_month(integer(row, "scope_id"), starts)

    @invariant()
    def places_taken_are_those_of_open_calls(self) -> None:
        rows = self._do(self._books.rows("SELECT used FROM slots"))
        assert sum(integer(row, "used") for row in rows) == self._model.slots()

    @invariant()
    def every_job_is_as_it_must_be(self) -> None:
        rows = self._do(self._books.rows("SELECT * FROM jobs ORDER BY id"))
        assert {row["id"] for row in rows} == set(self._model.jobs)
        for row in rows:
            model = self._model.jobs[text(row, "id")]
            stages = (Stage.SETTLED, Stage.RETURNED)
            settled = model.settled if model.stage in stages else None
            assert row["settled"] == settled
            assert settled is None or settled <= integer(row, "reserved")
            if model.stage in stages and row["state"] == "failed":
                assert row["reason"] == "charged"
        self._rows = rows

    @invariant()
    def the_ledger_only_grows(self) -> None:
        rows = self._do(
            self._books.rows(
                "SELECT entry.*, line.lot_kind, line.lot, line.amount, line.position"
                " FROM ledger entry JOIN ledger_lines line ON line.entry_id = entry.id"
            )
        )
        found = {f"{row['id']} {row['position']}": _as_written(row) for row in rows}
        assert len(found) == len(rows)
        assert self._written.items() <= found.items()
        self._written = found
        entries = {row["id"]: row for row in rows}.values()
        closed = [row["job_id"] for row in entries if row["kind"] in ("settle", "refund")]
        assert len(closed) == len(set(closed))


def _as_written(row: Row) -> tuple[Value, ...]:
    return tuple((dict(row) | {"user_id": who(integer(row, "user_id"))}).values())


async def _granting(
    it: Moderation, by: By, member: Member, credits_: int, expires: int | None
) -> int:
    await it.credits.grant(by, member[1], credits_, expires=expires, reason="why")
    return by.interaction_id


_FAILURES = (JobState.FAILED, JobState.CANCELLED)
_ENDS = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.UNCONFIRMED)
_ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)
"""For good."""
_BEFORE_SUCCESS = (JobState.RUNNING,)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("engine_name", "examples"), [("sqlite", 30), ("postgres", 10)])
def test_the_books_are_right_after_every_step(engine_name: str, examples: int) -> None:
    class OnEngine(Ledger):
        engine = ENGINES[engine_name]

    run_state_machine_as_test(
        OnEngine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
