"""All that must hold after a kill, one check for each sentence of the promise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from random import Random
from time import monotonic

from sandbox.audit import bills, endings, log
from sandbox.audit.endings import Ending
from sandbox.audit.evidence import Evidence
from sandbox.discord import Actor, Button, Message
from sandbox.discord.interactions import ANSWER_SECONDS
from sandbox.torture import presses
from sandbox.torture.stage import Stage

CHECKS: Mapping[str, Callable[[Evidence], Iterator[str]]] = {
    "each accepted request ended in exactly one way": endings.endings,
    "every card tells the truth": endings.cards,
    "no provider was paid twice for one request": bills.paid_once,
    "no result that a provider holds was lost": bills.nothing_lost,
    "what is unconfirmed is refunded and counted": bills.window,
    "settled plus the operator's losses equal the bill": bills.bills,
    "the ledger equals its fold, and nothing is left open": lambda evidence: (
        evidence.books.faults()
    ),
}
PRESSED = 2
"""Buttons that are pressed after each wave, of the kinds whose turn it is."""
TWICE_SECONDS = 2.5
"""Presses of one button by one member within two seconds count as one; a little more is safe."""


def evidence(stage: Stage) -> Evidence:
    """Gather what there is to look at."""
    return Evidence(
        books=stage.books,
        discord=stage.discord,
        providers=stage.providers,
        shots=stage.shots,
        webhook=stage.webhook,
        deleted=stage.deleted,
    )


async def check(stage: Stage, random: Random, *, bots: int) -> list[str]:
    """Check everything; the bot must be quiet.

    Args:
        stage: What is checked.
        random: Chooses the buttons that are pressed.
        bots: How many bots' logs were checked before.

    Returns:
        What is wrong, each with the name of its check.
    """
    found = evidence(stage)
    wrong = [f"{name}: {fault}" for name, find in CHECKS.items() for fault in find(found)]
    wrong += [f"something is left in the spool: {name}" for name in stage.spooled()]
    wrong += [f"a rule of Discord was broken: {fault}" for fault in stage.discord.violations]
    lines = stage.log_since(bots)
    own = [call["secret"] for calls in found.calls.values() for call in calls]
    wrong += [f"the log tells of a fault: {line}" for line in log.faults(lines)]
    for secret in log.secrets(lines, stage.discord, stage.providers, own):
        wrong.append(f"the log tells a secret: {secret}")
    wrong += [f"what is asked is answered right: {fault}" for fault in _asked(stage, found)]
    wrong += [f"what is given back is listed: {fault}" async for fault in _listed(stage, found)]
    cards = [card for cards in found.cards.values() for card in cards if not card.ephemeral]
    for _ in range(PRESSED):
        if (offer := _in_turn(stage, cards, random)) is not None:
            wrong += [f"every button works: {fault}" async for fault in _press(stage, *offer)]
    return wrong


def _in_turn(
    stage: Stage, cards: Sequence[Message], random: Random
) -> tuple[Message, Button] | None:
    """Choose a card and a button of a kind that was pressed least; None where there is none."""
    offers = [(card, button) for card in cards if not card.deleted for button in card.buttons()]
    random.shuffle(offers)
    return min(offers, key=lambda one: stage.presses[_kind(one[1])], default=None)


def _kind(button: Button) -> str:
    return presses.kind(button.label or "")


def _asked(stage: Stage, found: Evidence) -> Iterator[str]:
    """What was answered while the bot was killed; its death may have taken any answer away."""
    asked, stage.asked = stage.asked, []
    for shot, label in asked:
        if shot.response_type is not None:
            fault = presses.fault(found, shot, label, stops=True)
            if fault:
                yield fault


async def _listed(stage: Stage, found: Evidence) -> AsyncIterator[str]:
    """What could not be shown stands in /credits."""
    for job in found.jobs:
        if endings.ending(job) is not Ending.GIVEN_BACK or job["id"] in stage.listed:
            continue
        stage.listed.add(job["id"])
        member = stage.guild.members[job["user_id"]]
        shot = await (await member.slash(stage.channel, "credits")).answered()
        said = shot.message.content if shot.message else "nothing"
        wanted = "given back" if job["settled"] else "nothing charged"
        if wanted not in said:
            yield f"/credits of job {job['id']} says {said}"


async def _press(stage: Stage, card: Message, button: Button) -> AsyncIterator[str]:
    """Press one of a card's buttons, as the member whose card it is."""
    assert card.invocation is not None
    assert button.custom_id is not None
    before, stage.pressed[button.custom_id] = stage.pressed.get(button.custom_id), monotonic()
    if before is not None and monotonic() - before < TWICE_SECONDS:
        return  # The check of a short wave before this one pressed it: that is one double click.
    member = card.invocation.member
    assert isinstance(member, Actor)
    stage.presses[_kind(button)] += 1
    shot = await member.click(card, button.custom_id)
    stage.shots.append(shot)
    try:
        await shot.answered(ANSWER_SECONDS)
    except TimeoutError:
        yield f"{button.label} was not answered"
        return
    fault = presses.fault(evidence(stage), shot, button.label or "")
    if fault:
        yield fault
    elif button.label == "Delete":
        stage.deleted.add(button.custom_id.split(":")[2])
        await stage.until(lambda: card.deleted, "a card to be deleted")
