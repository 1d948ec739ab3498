"""Which job each work was done for that a provider charged, and whose result was lost."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sandbox.audit.evidence import Evidence, mark, orders
from sandbox.providers.bill import Charge, Outcome

SLACK_MS = 500
"""So much later than its call ended a busy machine may note that a work was ordered."""
ENDED_WITHOUT = ("failed", "cancelled")
"""The states of jobs that came to nothing. What is unconfirmed may yet get its result."""

Job = Mapping[str, Any]
Call = Mapping[str, Any]


def unexplained(evidence: Evidence) -> Iterator[str]:
    """Give the charged works for which there is no job, or none that was not charged already."""
    jobs = _by_mark(evidence.jobs)
    for ordered, charges in _charges(evidence).items():
        for charge, job in _matched(evidence, charges, jobs[ordered]):
            if job is None:
                others = [f"{job['id']} {job['state']}" for job in jobs[ordered]]
                said = f"{ordered!r}, beyond one for {others}"
                yield f"{charge.model} was paid for {charge.id}, {said}"


def lost(evidence: Evidence) -> Iterator[str]:
    """Give the jobs that came to nothing though their provider holds a result that it charged.

    What it withheld, flagged or refused is charged under another outcome, and what it stopped is
    not charged. A work whose result a prompt asks to be spoilt would be reported here.
    """
    jobs = _by_mark(evidence.jobs)
    for ordered, charges in _charges(evidence).items():
        for charge, job in _matched(evidence, charges, jobs[ordered]):
            if charge.outcome is Outcome.DONE and job and job["state"] in ENDED_WITHOUT:
                ended = f"job {job['id']} on {job['backend']} is {job['state']}, {job['reason']}"
                yield f"a paid result was lost: {ended}, and {charge.id} was carried out"


def _by_mark(jobs: Iterable[Job]) -> Mapping[str, list[Job]]:
    found: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        found[mark(job["asked"])].append(job)
    return found


def _charges(evidence: Evidence) -> Mapping[str, list[Charge]]:
    """All charges by the mark of what was ordered, as they were ordered."""
    charges: dict[str, list[Charge]] = defaultdict(list)
    for server in evidence.providers.servers:
        for charge in server.bill:
            charges[_mark(charge)].append(charge)
    return {name: sorted(some, key=_ordered_at) for name, some in charges.items()}


def _mark(charge: Charge) -> str:
    if charge.order is None:
        return ""
    found = list(orders(charge.order.method, charge.order.body))
    # Of several tasks in one body each has its own id.
    return next((name for name, key in found if key in (None, charge.id)), "")


def _matched(
    evidence: Evidence, charges: Sequence[Charge], jobs: Sequence[Job]
) -> Iterator[tuple[Charge, Job | None]]:
    """Match the works of one mark with jobs, one each; None where none is left for a work.

    A re-roll has the mark of its card, so that the time decides: of all jobs that may have
    ordered a work, the one takes it that ended first; but one that ended before it, within the
    slack, only where there is no other.
    """
    left = list(jobs)
    for charge in charges:
        at = _ordered_at(charge)
        able = [(ended < at, ended, job) for job in left for ended in _ends(evidence, job, charge)]
        found = min(able, key=lambda one: one[:2])[2] if able else None
        if found is not None:
            left.remove(found)
        yield charge, found


def _ends(evidence: Evidence, job: Job, charge: Charge) -> list[float]:
    """When the calls of a job ended that may have ordered a work."""
    return [_ended(call) for call in evidence.calls[job["id"]] if _is_of(call, charge)]


def _is_of(call: Call, charge: Charge) -> bool:
    if call["outcome"] == "not_accepted" or charge.order is None:
        return False
    if call["provider"] == "runware":
        return charge.id == call["key"]
    report = charge.order.query.get("fal_webhook")
    if report is not None:
        return call["secret"] in report
    return call["intended"] <= _ordered_at(charge) <= _ended(call) + SLACK_MS


def _ended(call: Call) -> float:
    """Milliseconds; a process that was stopped may yet send what the others gave up."""
    ended = None if call["outcome"] == "unknown" else call["ended"]
    return math.inf if ended is None else ended


def _ordered_at(charge: Charge) -> float:
    """Milliseconds."""
    return (charge.at if charge.order is None else charge.order.at) * 1000
