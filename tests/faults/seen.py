"""What must be seen in Discord after a row; each check gives what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from bot.errors import explain_end
from bot.jobs.record import Job
from cogs.finished import DONE as READY
from sandbox.discord import Message
from storage.states import JobState, Shown
from tests.e2e.cards import AFTER, labels, pictures, text_of
from tests.faults.ends import End
from tests.faults.play import Play

FURTHER = "-# Pictures "
"""How a message begins that shows more than the card could."""
FAILED = ["Try again", "Delete"]
DONE = {"Re-roll", "Delete"}
"""Buttons that stand on a finished card, among others."""
PRIVATE = {"Delete"}


def seen(play: Play, job: Job) -> Iterator[str]:
    """Say what is wrong with what members see."""
    yield from _shown(play, job)
    yield from _told(play)


def _shown(play: Play, job: Job) -> Iterator[str]:
    shot, end = play.shot, play.row.end
    messages = [*play.channel.messages, *shot.followups]
    mine = [message for message in messages if _is_of(message, job)]
    if job.row.shown is not Shown.YES:
        if any(pictures(message, AFTER) for message in mine):
            yield "pictures are shown"
        return
    if job.state is JobState.SUCCEEDED:
        yield from _succeeded(mine, job, end)
        return
    # The card itself says for ever what it said when nobody could edit it any more.
    told = [message for message in mine if message.ephemeral] if end.private else mine
    if len(told) != end.copies:
        yield f"{len(told)} cards"
    for card in told:
        yield from _failed(card, job, play.word)


def _succeeded(mine: list[Message], job: Job, end: End) -> Iterator[str]:
    shown = [message for message in mine if pictures(message, AFTER)]
    further = [message for message in shown if FURTHER in text_of(message)]
    cards = [message for message in shown if message not in further]
    if (len(cards), len(further)) != (end.copies, end.further):
        yield f"{len(cards)} messages show the pictures, {len(further)} more of them"
    for card in cards:
        yield from _done(card, job, end)
    if not end.private and len(mine) != len(shown):
        others = [text_of(message)[:60] for message in mine if message not in shown]
        yield f"there is another card: {others}"


def _told(play: Play) -> Iterator[str]:
    """Say what is wrong with what is said besides."""
    end = play.row.end
    if end.told != play.told:
        yield f"its member is told {play.told!r}"
    notices = [message for message in play.channel.messages if READY in message.content]
    if len(notices) != end.notices:
        yield f"{len(notices)} messages say that it is done"
    if len(play.posts) != end.posts:
        yield f"{len(play.posts)} posts tell of it"


def _is_of(message: Message, job: Job) -> bool:
    return any(job.id in (button.custom_id or "") for button in message.buttons())


def _done(card: Message, job: Job, end: End) -> Iterator[str]:
    wanted = PRIVATE if end.private else DONE
    if not wanted <= set(labels(card)) or "Cancel" in labels(card):
        yield f"its buttons are {labels(card)}"
    if card.ephemeral is not end.private:
        yield f"it is {'private' if card.ephemeral else 'public'}"
    said = text_of(card)
    if "Nothing was charged" in said:
        yield "it says that nothing was charged"
    if job.row.gift and "free" not in said.lower():
        yield f"it does not say that it is free: {said}"


def _failed(card: Message, job: Job, word: str) -> Iterator[str]:
    said = text_of(card)
    if labels(card) != FAILED:
        yield f"its buttons are {labels(card)}"
    if explain_end(job) not in said or "Nothing was charged." not in said:
        yield f"it says {said!r}"
    if word in said:
        yield "it shows the prompt"
