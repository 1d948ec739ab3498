"""How a remix may end: what design.md sections 3, 4 and 8 allow, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.backends.errors import Reason
from bot.errors import UNEXPECTED
from bot.jobs.record import Failure
from cogs.reports import NOT_DELETED
from cogs.reports import REPORTED as TOLD
from storage.states import JobState, Shown


@dataclass(frozen=True, kw_only=True)
class End:
    """What is stored of a job that has ended, and where its pictures are; or what else came."""

    state: JobState | None = None
    """None where the request is none of a job's."""
    came: str = ""
    """What it led to then."""
    shown: Shown = Shown.YES
    reason: str | None = None
    """Without what may follow a colon."""
    private: bool = False
    """Whether only its member sees it."""
    gift: bool = False
    copies: int = 1
    """How many messages show the pictures as the card does, or tell its member alone of a
    failure."""
    further: int = 0
    """How many messages show more of them."""
    told: str = ""
    """What its member alone reads after a press of theirs."""
    notices: int = 0
    """How many messages say that it is done."""
    posts: int = 0
    """How many posts in the server's log channel tell of it."""


DONE = End(state=JobState.SUCCEEDED)
PRIVATE = End(state=JobState.SUCCEEDED, private=True)
TWICE_PRIVATE = End(state=JobState.SUCCEEDED, private=True, copies=2)
"""Discord takes no nonce there, and a follow-up whose answer was lost cannot be looked for."""
IN_TWO = End(state=JobState.SUCCEEDED, further=1)
REMOVED = End(state=JobState.SUCCEEDED, copies=0)
NOT_REMOVED = End(state=JobState.SUCCEEDED, told=NOT_DELETED)
SORRY = End(state=JobState.SUCCEEDED, told=UNEXPECTED)
REPORTED = End(state=JobState.SUCCEEDED, told=TOLD, notices=1, posts=1)
STARTED = End(state=JobState.SUCCEEDED, told="Started: the card is below.")
NOTICED = End(state=JobState.SUCCEEDED, notices=1)
CARD_DELETED = End(state=JobState.SUCCEEDED, shown=Shown.DELETED)
GIVEN_BACK = End(state=JobState.SUCCEEDED, shown=Shown.UNDELIVERABLE)
UNCONFIRMED = End(state=JobState.UNCONFIRMED, reason=Failure.UNCONFIRMED)
GIFT = End(state=JobState.SUCCEEDED, gift=True)
NO_CARD = End(state=JobState.CANCELLED, shown=Shown.DELETED, reason=Failure.CARD_LOST)
STOPPED = End(state=JobState.CANCELLED, reason=Failure.CANCELLED)
UNSENT = End(state=JobState.CANCELLED, shown=Shown.DELETED, reason=Failure.CANCELLED)
UNREAD = End(state=JobState.FAILED, reason=Reason.NO_RESULT)
REFUSED_PROMPT = End(state=JobState.FAILED, reason=Reason.POLICY)
REFUSED_ALONE = replace(REFUSED_PROMPT, private=True)
REFUSED_TWICE = replace(REFUSED_ALONE, copies=2)
"""See TWICE_PRIVATE."""
NO_PICTURE = End(state=JobState.FAILED, reason=Failure.SOURCE_UNREADABLE)
