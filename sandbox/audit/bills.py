"""What the providers did and charge, against what the bot knows of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.audit.evidence import Evidence
from sandbox.providers.fal.work import State

MICROS = 1_000_000


def paid_once(evidence: Evidence) -> Iterator[str]:
    """No provider was paid twice for one request: each order that reached it was a call."""
    calls: Counter[str] = Counter()
    for job in evidence.jobs:
        calls[job["asked"]["prompt"]] += sum(
            call["outcome"] != "not_accepted" for call in evidence.calls[job["id"]]
        )
    for prompt, keys in evidence.submits.items():
        if len(keys) > calls[prompt]:
            yield f"{len(keys)} orders for {calls[prompt]} calls of {prompt!r}"
    for server in evidence.providers.servers:
        for line, times in Counter(charge.id for charge in server.bill).items():
            if times > 1:
                yield f"{type(server).__name__} charged {line} {times} times"


def nothing_lost(evidence: Evidence) -> Iterator[str]:
    """No result that a provider holds was lost, but in the one window of fal and Ideogram."""
    for (provider, prompt), jobs in _unknown(evidence).items():
        for job in jobs:
            if evidence.calls[job["id"]][-1]["ticket"] is not None:
                yield f"job {job['id']} is unconfirmed though its ticket was stored"
            if provider == "runware":
                yield f"job {job['id']} is unconfirmed though Runware can be asked for it"
        if provider == "fal" and evidence.webhook and _held(evidence, prompt):
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
            booked[call["provider"]] += call["cost_micros"] or 0
            settled = job["settled"]
            if call["outcome"] == "done" and settled is not None:
                whole = -(-(call["cost_micros"] or 0) * 100 // MICROS)
                if settled != whole:
                    yield f"job {job['id']} was settled at {settled} for {whole} credits"
    for server in evidence.providers.servers:
        provider = type(server).__name__.lower()
        charged = int(server.bill.total * MICROS)
        if charged != booked[provider] + losses[provider]:
            yield (
                f"{provider} charged {charged} micro-dollars; "
                f"{booked[provider]} were booked and {losses[provider]} were lost"
            )


def _losses(evidence: Evidence) -> Mapping[str, int]:
    """What providers charge that nobody got, by provider; micro-dollars.

    Of what is unconfirmed, only what reached the provider.
    """
    losses: Counter[str] = Counter()
    for (provider, prompt), jobs in _unknown(evidence).items():
        # Jobs with one prompt ask the same of the same backend, at one price.
        for job in jobs[: _held(evidence, prompt)]:
            losses[provider] += job["micros_each"] * job["asked"]["count"]
    return losses


def _unknown(evidence: Evidence) -> Mapping[tuple[str, str], list[dict[str, Any]]]:
    """The jobs of whose call nobody knows the end, by provider and prompt."""
    jobs: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for job in evidence.jobs:
        for call in evidence.calls[job["id"]]:
            if call["outcome"] == "unknown":
                jobs[call["provider"], job["asked"]["prompt"]].append(job)
    return jobs


def _held(evidence: Evidence, prompt: str) -> int:
    """How many orders of a prompt reached their provider and are not known to have ended."""
    ended = sum(
        call["outcome"] in ("done", "failed")
        for job in evidence.jobs
        if job["asked"]["prompt"] == prompt
        for call in evidence.calls[job["id"]]
    )
    return max(0, len(evidence.submits.get(prompt, ())) - ended)
