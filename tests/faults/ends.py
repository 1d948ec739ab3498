"""How a remix may end: what design.md sections 3, 4 and 8 allow, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from bot.backends.base import Reason
from bot.jobs.record import Failure
from storage.states import JobState, Shown


@dataclass(frozen=True, kw_only=True)
class End:
    """What is stored of a job that has ended, and where its pictures are."""

    state: JobState
    shown: Shown = Shown.YES
    reason: str | None = None
    """Without what may follow a colon."""
    private: bool = False
    """Whether only its member sees it."""
    gift: bool = False
    copies: int = 1
    """How many messages show the pictures."""


DONE = End(state=JobState.SUCCEEDED)
PRIVATE = End(state=JobState.SUCCEEDED, private=True)
TWICE_PRIVATE = End(state=JobState.SUCCEEDED, private=True, copies=2)
"""Discord takes no nonce there, and a follow-up whose answer was lost cannot be looked for."""
CARD_DELETED = End(state=JobState.SUCCEEDED, shown=Shown.DELETED)
GIVEN_BACK = End(state=JobState.SUCCEEDED, shown=Shown.UNDELIVERABLE)
UNCONFIRMED = End(state=JobState.UNCONFIRMED, reason=Failure.UNCONFIRMED)
GIFT = End(state=JobState.SUCCEEDED, gift=True)
NO_CARD = End(state=JobState.CANCELLED, shown=Shown.DELETED, reason=Failure.CARD_LOST)
STOPPED = End(state=JobState.CANCELLED, reason=Failure.CANCELLED)
UNSENT = End(state=JobState.CANCELLED, shown=Shown.DELETED, reason=Failure.CANCELLED)
UNREAD = End(state=JobState.FAILED, reason=Reason.NO_RESULT)
REFUSED_PROMPT = End(state=JobState.FAILED, reason=Reason.POLICY)
NO_PICTURE = End(state=JobState.FAILED, reason=Failure.SOURCE_UNREADABLE)
