"""What an order, and the press of a card's button, must be answered with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.audit.evidence import Evidence
from sandbox.discord import Invocation
from sandbox.discord.interactions import Answer

ORDER = "Order"
"""Stands for a button's label where a command or a form was sent."""
TOLD = ("Reported: the moderators of this server were told.", "You reported this card before")
"""What Report may say."""
TOO_LATE = ("It was sent already and cannot be stopped", "It has ended already.")
"""What Cancel may say where nothing can be stopped any more."""
STOPPING = "The bot is about to restart."
"""What whoever comes while it stops is told."""


def fault(evidence: Evidence, shot: Invocation, label: str, *, stops: bool = False) -> str | None:
    """Say what is wrong about an answer; None where nothing is.

    Args:
        evidence: Gathered after the answer.
        shot: The press, which was answered.
        label: What the button says, or `ORDER`.
        stops: Whether the bot may have been asked to stop.
    """
    known = _ANSWERS.get(kind(label))
    if known is None:
        return f"nobody knows what {label!r} is for"
    wanted, is_right = known
    if is_right(evidence, shot) or (stops and _whispered(shot).startswith(STOPPING)):
        return None
    return f"{label} of {shot!r} was answered not with {wanted} but with {_answer(shot)}"


def kind(label: str) -> str:
    """What a button is for: its label, without what differs from card to card."""
    return next((name for name in _ANSWERS if label.startswith(name)), label)


def said(shot: Invocation) -> str:
    """All the text of the answer's message."""
    return "" if shot.message is None else "\n".join([shot.message.content, *shot.message.texts()])


def _answer(shot: Invocation) -> str:
    kind = "nothing" if shot.response_type is None else shot.response_type.name
    if shot.modal is not None:
        return f"{kind} {shot.modal['custom_id']}"
    whose = " to one alone" if shot.message is not None and shot.message.ephemeral else ""
    return f"{kind}{whose}: {said(shot)}"


def _is_card(evidence: Evidence, shot: Invocation) -> bool:
    """A message for all, of a job that this press made."""
    if shot.response_type is not Answer.MESSAGE or shot.message is None:
        return False
    return not shot.message.ephemeral and shot.id in evidence.by_interaction


def _is_form(_: Evidence, shot: Invocation) -> bool:
    """A form that names what was pressed: the same card, the same picture."""
    return shot.modal is not None and shot.modal["custom_id"] == shot.data["custom_id"]


def _is_panel(_: Evidence, shot: Invocation) -> bool:
    message = shot.message
    if shot.response_type is not Answer.MESSAGE or message is None or not message.ephemeral:
        return False
    labels = [button.label for button in message.buttons()]
    return "Start" in labels and all(
        (item.custom_id or "").startswith("remix-set:")
        for item in (*message.buttons(), *message.selects())
    )


def _is_deletion(_: Evidence, shot: Invocation) -> bool:
    return shot.response_type is Answer.DEFER_UPDATE


def _is_told(_: Evidence, shot: Invocation) -> bool:
    return _whispered(shot).startswith(TOLD)


def _is_stopped(_: Evidence, shot: Invocation) -> bool:
    return shot.response_type is Answer.DEFER_UPDATE or _whispered(shot).startswith(TOO_LATE)


def _whispered(shot: Invocation) -> str:
    """What the one who pressed is told alone."""
    message = shot.message
    return said(shot) if message is not None and message.ephemeral else ""


_ANSWERS: Mapping[str, tuple[str, Callable[[Evidence, Invocation], bool]]] = {
    ORDER: ("a card", _is_card),
    "Re-roll": ("a card", _is_card),
    "Closer": ("a card", _is_card),
    "Bolder": ("a card", _is_card),
    "Try again": ("a card", _is_card),
    "Edit": ("the form of this card", _is_form),
    "Remix this result": ("the form of this card", _is_form),
    "More": ("a panel", _is_panel),
    "Delete": ("its deletion", _is_deletion),
    "Report": ("thanks", _is_told),
    "Cancel": ("a stop", _is_stopped),
}
"""By how a button's label begins: what is wanted, and what says whether it is that."""
