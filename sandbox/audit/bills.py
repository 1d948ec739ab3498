"""What the providers did and charge, against what the bot knows of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.audit import works
from sandbox.audit.evidence import Evidence, mark
from sandbox.providers.fal.work import State
from sandbox.providers.server import Server

MICROS = 1_000_000
GUESSED = ("ideogram-auto", "AUTO")
"""The backend, and its name on the bill, of which nobody says what a picture costs. The bot books
the most that it may."""
FREE = ("not_accepted", "failed")
"""How a call may have ended that another one follows, if it cost nothing."""


def paid_once(evidence: Evidence) -> Iterator[str]:
    """No provider was paid twice for one request.

    Each order that reached it was a call, each work that it charged is of a job of its own, and
    no call follows one that cost something.
    """
    yield from _without_call(evidence)
    yield from works.unexplained(evidence)
    yield from _bought_again(evidence)
    for server in evidence.providers.servers:
        for line, times in Counter(charge.id for charge in server.bill).items():
            if times > 1:
                yield f"{type(server).__name__} charged {line} {times} times"


def _without_call(evidence: Evidence) -> Iterator[str]:
    calls: Counter[str] = Counter()
    for job in evidence.jobs:
        calls[mark(job["asked"])] += sum(
            call["outcome"] != "not_accepted" for call in evidence.calls[job["id"]]
        )
    for ordered, keys in evidence.submits.items():
        if len(keys) > calls[ordered]:
            yield f"{len(keys)} orders for {calls[ordered]} calls of {ordered!r}"


def _bought_again(evidence: Evidence) -> Iterator[str]:
    for job in evidence.jobs:
        for call in evidence.calls[job["id"]][:-1]:
            if call["outcome"] not in FREE or call["cost_micros"]:
                cost = f"{call['outcome']} at {call['cost_micros']} micro-dollars"
                yield f"job {job['id']} was bought again after call {call['number']}, {cost}"


def nothing_lost(evidence: Evidence) -> Iterator[str]:
    """No result that a provider holds was lost, but in the one window of fal and Ideogram."""
    yield from works.lost(evidence)
    for (provider, ordered), jobs in _unknown(evidence).items():
        for job in jobs:
            if evidence.calls[job["id"]][-1]["ticket"] is not None:
                yield f"job {job['id']} is unconfirmed though its ticket was stored"
            if provider == "runware":
                yield f"job {job['id']} is unconfirmed though Runware can be asked for it"
        if provider == "fal" and evidence.webhook and _held(evidence, ordered):
            yield f"{[job['id'] for job in jobs]} are unconfirmed though fal could report them"
    waiting = [w for w in evidence.providers.fal.works.values() if w.state is not State.COMPLETED]
    if waiting:
        yield f"fal still works on {len(waiting)} requests"


def window(evidence: Evidence) -> Iterator[str]:
    """What nobody knows of is unconfirmed, refunded, and counted against the operator's day."""
    for job in evidence.jobs:
        unknown = [c for c in evidence.calls[job["id"]] if c["outcome"] == "unknown"]
        if (job["state"] == "unconfirmed") != bool(unknown):
            yield f"job {job['id']} is {job['state']} with {len(unknown)} unknown calls"
        if job["state"] == "unconfirmed" and (job["settled"] or job["reason"] != "unconfirmed"):
            yield f"job {job['id']} is unconfirmed, and charged {job['settled']}: {job['reason']}"


def bills(evidence: Evidence) -> Iterator[str]:
    """What was settled and what the operator lost come to the bill."""
    losses = _losses(evidence)
    booked: Counter[str] = Counter()
    for job in evidence.jobs:
        for call in evidence.calls[job["id"]]:
            booked[_account(call)] += call["cost_micros"] or 0
            settled = job["settled"]
            if call["outcome"] == "done" and settled is not None:
                whole = -(-(call["cost_micros"] or 0) * 100 // MICROS)
                if settled != whole:
                    yield f"job {job['id']} was settled at {settled} for {whole} credits"
    for account, charged in _charged(evidence).items():
        known = booked[account] + losses[account]
        # Of a guess, only that it was not too low.
        if charged > known or (charged < known and account not in GUESSED):
            yield (
                f"{account} charged {charged} micro-dollars; "
                f"{booked[account]} were booked and {losses[account]} were lost"
            )


def _account(call: Mapping[str, Any]) -> str:
    """Under what a call's cost is compared: its provider, but for what is a guess."""
    return call["backend"] if call["backend"] in GUESSED else call["provider"]


def _charged(evidence: Evidence) -> Mapping[str, int]:
    """What providers charge, as `_account` divides it; micro-dollars."""
    charged = dict.fromkeys((GUESSED[0], *map(_provider, evidence.providers.servers)), 0)
    for server in evidence.providers.servers:
        for line in server.bill:
            account = GUESSED[0] if line.model == GUESSED[1] else _provider(server)
            charged[account] += int(line.usd * MICROS)
    return charged


def _provider(server: Server) -> str:
    return type(server).__name__.lower()


def _losses(evidence: Evidence) -> Mapping[str, int]:
    """What providers charge that nobody got, as `_account` divides it; micro-dollars.

    Of what is unconfirmed, only what reached the provider.
    """
    losses: Counter[str] = Counter()
    for (account, ordered), jobs in _unknown(evidence).items():
        # Jobs with one mark ask the same of the same backend, at one price.
        for job in jobs[: _held(evidence, ordered)]:
            losses[account] += job["micros_each"] * job["asked"]["count"]
    return losses


def _unknown(evidence: Evidence) -> Mapping[tuple[str, str], list[dict[str, Any]]]:
    """The jobs of whose call nobody knows the end, by `_account` and mark."""
    jobs: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for job in evidence.jobs:
        for call in evidence.calls[job["id"]]:
            if call["outcome"] == "unknown":
                jobs[_account(call), mark(job["asked"])].append(job)
    return jobs


def _held(evidence: Evidence, ordered: str) -> int:
    """How many orders of a mark reached their provider and are not known to have ended."""
    ended = sum(
        call["outcome"] in ("done", "failed")
        for job in evidence.jobs
        if mark(job["asked"]) == ordered
        for call in evidence.calls[job["id"]]
    )
    return max(0, len(evidence.submits.get(ordered, ())) - ended)
