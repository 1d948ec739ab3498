"""How a request may end, and what its card must say then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from sandbox.audit.evidence import Evidence
from sandbox.discord import Message
from sandbox.discord.interactions import Answer

AFTER = 112
"""The component id of a card's results."""
DOUBT = "nobody knows whether the picture was made"

Job = Mapping[str, Any]


class Ending(StrEnum):
    """What became of an accepted request."""

    CHARGED = "shown and charged"
    REFUNDED = "cancelled, refunded and explained"
    FAILED = "failed, refunded and explained"
    UNCONFIRMED = "unconfirmed, refunded and explained"
    GIFT = "refunded, then shown for free"
    GIVEN_BACK = "given back"
    UNHEARD = "refunded, as Discord never took the card"


_SHOWN = {
    "succeeded": Ending.CHARGED,
    "failed": Ending.FAILED,
    "cancelled": Ending.REFUNDED,
    "unconfirmed": Ending.UNCONFIRMED,
}
"""By the states in which jobs end: what that is where the card says so, and is no gift's."""


def ending(job: Job) -> Ending | None:
    """How a job ended; None where that is none of the ways that are allowed."""
    match job["state"], job["shown"]:
        case "succeeded", "yes" if job["gift"]:
            return Ending.GIFT
        case state, "yes":
            return _SHOWN.get(state)
        case state, "undeliverable" if state in _SHOWN:
            return Ending.GIVEN_BACK
        case "cancelled", "deleted" if job["reason"] == "card_lost":
            return Ending.UNHEARD
    return None


def endings(evidence: Evidence) -> Iterator[str]:
    """Each accepted request ended once, in one of the ways that are allowed."""
    for job in evidence.jobs:
        if ending(job) is None:
            yield f"{_name(job)} ended as {job['state']}, {job['reason']}, shown {job['shown']}"
    for shot in evidence.shots:
        card = shot.message if shot.response_type is Answer.MESSAGE else None
        if card is not None and not card.ephemeral and shot.id not in evidence.by_interaction:
            yield f"{shot!r} was answered with a card, and there is no job"


def cards(evidence: Evidence) -> Iterator[str]:
    """Every card tells the truth, and every job has the one card that it should have."""
    known = {job["id"] for job in evidence.jobs}
    for job_id in evidence.cards.keys() - known:
        yield f"a card of no job {job_id} is there"
    for job in evidence.jobs:
        found = evidence.cards.get(job["id"], [])
        gone = job["id"] in evidence.deleted
        gone |= evidence.discord.world.channels[job["channel_id"]].deleted
        wanted = not gone and ending(job) not in (Ending.UNHEARD, Ending.GIVEN_BACK, None)
        if len(found) != wanted:
            yield f"{_name(job)} has {len(found)} cards"
        for card in found if wanted else ():
            yield from (f"{_name(job)}: its card {fault}" for fault in _lies(job, card))


def _lies(job: Job, card: Message) -> Iterator[str]:
    text = "\n".join([card.content, *card.texts()])
    pictures = sum(component == AFTER for component, _ in card.media())
    labels = [button.label for button in card.buttons()]
    match ending(job):
        case Ending.CHARGED:
            if f"· {job['settled']} credit" not in text:
                yield f"does not say what it cost: {text}"
            if not pictures or "Delete" not in labels or "Cancel" in labels:
                yield f"has {pictures} pictures, and the buttons {labels}"
        case Ending.GIFT:
            if "· free" not in text or not pictures:
                yield f"does not show a gift, with {pictures} pictures: {text}"
        case _:
            if "Nothing was charged." not in text or pictures or labels != ["Try again", "Delete"]:
                yield f"does not say that nothing came of it: {text} {labels}"
            if (DOUBT in text) != (job["state"] == "unconfirmed"):
                yield f"is wrong about what is known: {text}"


def _name(job: Job) -> str:
    return f"job {job['id']} on {job['backend']} ({job['asked']['operation']})"
