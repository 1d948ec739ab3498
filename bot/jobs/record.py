"""A job as the bot thinks of it: the stored row with its JSON read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import TypeAdapter

from bot.backends.base import Request
from storage.job_rows import JobRow
from storage.states import UNFINISHED, JobState


class Failure(StrEnum):
    """Why a job came to nothing, apart from what a provider says (`errors.Reason`)."""

    SOURCE_GONE = "source_gone"
    """The link to the source was dead."""
    MASK_GONE = "mask_gone"
    REFERENCE_GONE = "reference_gone"
    SOURCE_UNREADABLE = "source_unreadable"
    """Followed by a colon and what is wrong with it, or with the mask or a style reference
    (`images.Unreadable.code`)."""
    SOURCE_SHAPE = "source_shape"
    """Wider than 3:1 or taller than 1:3."""
    SPOOL_FULL = "spool_full"
    TOO_LATE = "too_late"
    """Not submitted within an hour of its interaction."""
    NOT_OFFERED = "not_offered"
    """Its backend is not offered any more."""
    DEADLINE = "deadline"
    """The provider did not finish in time, and stopped."""
    UNCONFIRMED = "unconfirmed"
    """Nobody knows whether the provider did the work."""
    CANCELLED = "cancelled"
    CARD_LOST = "card_lost"
    """Discord never confirmed the card."""
    UNSAFE_CHARGED = "unsafe_charged"
    """The provider made pictures, flagged them all and bills them; the member had been refunded
    for such pictures as often as a day allows, and was charged."""
    RESTORED = "restored"
    """The database was put back to an earlier state, so it may have been carried out before."""
    INTERNAL = "internal"
    """A fault of the bot itself, five times."""


@dataclass(frozen=True, kw_only=True)
class SourceRef:
    """Where a source is read from."""

    url: str
    """A signed link, never logged; it dies within a day."""
    width: int | None = None
    """Pixels as Discord tells them; the file itself decides."""
    height: int | None = None
    card_channel_id: int | None = None
    """The message that shows the source, where a fresh link may be had."""
    card_message_id: int | None = None
    card_component: int | None = None
    card_index: int = 0
    """Which item of that component."""
    author_id: int | None = None
    """Whose picture it is; None: of the member whose job it is, or of nobody known."""


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """The pictures that come with a request."""

    source: SourceRef | None = None
    mask: SourceRef | None = None
    references: tuple[SourceRef, ...] = ()

    @property
    def author_ids(self) -> frozenset[int]:
        """Whose pictures they are, where they are of others."""
        every = (self.source, self.mask, *self.references)
        found = (one.author_id for one in every if one is not None)
        return frozenset(author for author in found if author is not None)

    def changed(self, alter: Callable[[SourceRef], SourceRef]) -> Pictures:
        """The same pictures, with something else noted of each."""
        return Pictures(
            source=None if self.source is None else alter(self.source),
            mask=None if self.mask is None else alter(self.mask),
            references=tuple(alter(one) for one in self.references),
        )


@dataclass(frozen=True, kw_only=True)
class Result:
    """One picture that came out."""

    name: str
    """Its file in the spool."""
    media_type: str
    width: int
    height: int
    size: int
    seed: int | None = None
    prompt: str | None = None
    """As the provider rewrote it, where that differs from what was asked."""
    style: str | None = None
    image_id: str | None = None
    """The provider's own id of it."""
    flagged: bool = False
    """Whether the provider flagged it for its content."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a job that succeeded."""

    results: tuple[Result, ...]
    withheld: int = 0
    """Pictures that the provider made and withheld, or that could not be read."""
    shape: str = ""
    """The ratio or size that was asked for."""
    cropped: bool = False
    """Whether the provider had to cut the source to that shape."""
    animated: bool = False
    """Whether the source moved and its first frame was taken."""
    source_type: str | None = None
    """The media type of the normalised source; None where there was none, or it was lost."""
    masked: bool = False
    """Whether a mask lies beside it; always PNG."""
    reference_types: tuple[str, ...] = ()
    """Media types of the style references."""
    backend: str | None = None
    """The one that did it, where it is another than was asked."""
    flagged: int = 0
    """Of those withheld, how many were for their content."""
    charged_flagged: int = 0
    """Of those flagged, how many were charged because the day's refunds were used up."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One remix."""

    row: JobRow
    request: Request
    pictures: Pictures
    outcome: Outcome | None

    @property
    def id(self) -> str:
        """16 hex digits."""
        return self.row.id

    @property
    def state(self) -> JobState:
        """Where it is in its life."""
        return self.row.state

    @property
    def unfinished(self) -> bool:
        """Whether its end is still open."""
        return self.row.state in UNFINISHED


REQUEST: Final = TypeAdapter(Request)
PICTURES: Final = TypeAdapter(Pictures)
OUTCOME: Final = TypeAdapter(Outcome)


def read(row: JobRow) -> Job:
    """Read a stored job."""
    return Job(
        row=row,
        request=REQUEST.validate_json(row.request),
        pictures=PICTURES.validate_json(row.source),
        outcome=None if row.results is None else OUTCOME.validate_json(row.results),
    )


def write_request(request: Request) -> str:
    """A request as JSON."""
    return REQUEST.dump_json(request).decode()


def write_pictures(pictures: Pictures) -> str:
    """References to the pictures of a request as JSON."""
    return PICTURES.dump_json(pictures).decode()


def write_outcome(outcome: Outcome) -> str:
    """An outcome as JSON."""
    return OUTCOME.dump_json(outcome).decode()
