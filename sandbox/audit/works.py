"""Which job each work was done for that a provider charged."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.audit.evidence import Evidence, mark, orders
from sandbox.providers.bill import Charge

SLACK_MS = 500
"""So much later than its call ended a busy machine may note that a work was ordered."""

Job = Mapping[str, Any]
Call = Mapping[str, Any]


def unexplained(evidence: Evidence) -> Iterator[str]:
    """Give the charged works for which there is no job, or none that was not charged already."""
    jobs: dict[str, list[Job]] = defaultdict(list)
    for job in evidence.jobs:
        jobs[mark(job["asked"])].append(job)
    for ordered, charges in _charges(evidence).items():
        for charge in _without_job(evidence, charges, jobs[ordered]):
            others = [f"{job['id']} {job['state']}" for job in jobs[ordered]]
            yield f"{charge.model} was paid for {charge.id}, {ordered!r}, beyond one for {others}"


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


def _without_job(
    evidence: Evidence, charges: Sequence[Charge], jobs: Sequence[Job]
) -> Iterator[Charge]:
    """Match the works of one mark with jobs, one each; give those that are left over.

    A re-roll has the mark of its card, so that the time decides: of all jobs that may have
    ordered a work, the one takes it that ended first.
    """
    left = list(jobs)
    for charge in charges:
        able = [(ended, job) for job in left for ended in _ends(evidence, job, charge)]
        if able:
            left.remove(min(able, key=lambda one: one[0])[1])
        else:
            yield charge


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
