"""Errors as a person may read them: one plain sentence, and what they can do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.admission import BarredError, Barrier
from bot.backends.entry import Feature
from bot.backends.errors import Reason
from bot.backends.shapes import WIDEST_RATIO
from bot.images import sentence_of
from bot.jobs.record import Failure, Job
from bot.jobs.refusals import (
    ClashError,
    LacksError,
    NotOfferedError,
    NotStoringError,
    OutOfOrderError,
    OverLimitError,
    StoppingError,
    TooManyPicturesError,
    TooWideError,
)
from bot.logbook import code
from bot.prompts import ForbiddenPromptError
from bot.quotas import Denial, credits_text
from storage.database import StorageError

UNEXPECTED = "Something went wrong here, and nothing was charged. Try again in a minute."

NOT_STORING = (
    "The bot cannot write its records just now, so it takes no orders. Nothing was charged; "
    "try again in a few minutes."
)

TOO_WIDE = (
    f"The picture is wider than {WIDEST_RATIO:g}:1 or taller than 1:{WIDEST_RATIO:g}. "
    "Crop it and send it again."
)

FEATURES: dict[Feature, str] = {
    Feature.OPERATION: "cannot do that",
    Feature.PROMPT: "does not take a prompt",
    Feature.SOURCE: "does not take a picture",
    Feature.MASK: "does not take a mask",
    Feature.STRENGTH: "does not take a strength",
    Feature.COUNT: "does not make that many pictures at once",
    Feature.ASPECT: "does not have that aspect ratio",
    Feature.SIZE: "does not have that size",
    Feature.STYLE: "does not have that style",
    Feature.STYLE_PRESET: "does not have that style preset",
    Feature.STYLE_CODES: "does not take style codes",
    Feature.REFERENCES: "does not take style references",
    Feature.PALETTE: "does not take that palette",
    Feature.SPEED: "does not have that speed",
    Feature.SEED: "does not take a seed",
    Feature.NEGATIVE: "does not take a negative prompt",
    Feature.MAGIC_PROMPT: "does not have that setting of magic prompt",
    Feature.MAGIC_VERSION: "does not have that version of magic prompt",
    Feature.FORMAT: "does not have that file format",
    Feature.QUALITY: "does not take a quality",
}

TOO_MANY: dict[Feature, str] = {
    Feature.PROMPT: "takes at most {} characters of a prompt",
    Feature.NEGATIVE: "takes at most {} characters of a negative prompt",
    Feature.COUNT: "makes at most {} pictures at once",
    Feature.STYLE_CODES: "takes at most {} style codes",
    Feature.REFERENCES: "takes at most {} style references",
}
"""Where a backend does take it, but fewer."""

NEEDED: dict[Feature, str] = {
    Feature.PROMPT: "needs a prompt. Say what the new picture shows",
    Feature.SOURCE: "needs a picture. Attach one",
    Feature.SIZE: "needs a new shape. Give an aspect ratio such as 16:9 or a size such as 1312x736",
}
"""What a backend cannot do without, and what to do."""

NAMES: dict[Feature, str] = {
    Feature.ASPECT: "an aspect ratio",
    Feature.SIZE: "a size",
    Feature.STYLE: "a style",
    Feature.STYLE_PRESET: "a style preset",
    Feature.STYLE_CODES: "style codes",
    Feature.REFERENCES: "style references",
    Feature.PALETTE: "a palette",
}
"""Features that may exclude each other."""

REASONS: dict[str, str] = {
    Reason.POLICY: (
        "The provider refused the prompt or the picture for its content. Change it and try again."
    ),
    Reason.UNSAFE_OUTPUT: (
        "The provider withheld the result for its content. Change the prompt and try again."
    ),
    Reason.BAD_REQUEST: "The provider did not accept these options. Try others.",
    Reason.BAD_IMAGE: "The provider could not use the picture. Try another, or save it as PNG.",
    Reason.ACCOUNT: (
        "This backend is out of order, and whoever runs the bot was told. Choose another one."
    ),
    Reason.BUSY: "The provider has no room just now. Try again in a few minutes.",
    Reason.UPSTREAM: "The provider failed. Try again, or choose another backend.",
    Reason.NO_RESULT: "The provider's picture could not be read. Try again.",
    Failure.SOURCE_GONE: "The picture is not there any more. Send it again.",
    Failure.MASK_GONE: "The mask is not there any more. Send it again, with the picture.",
    Failure.REFERENCE_GONE: "A style reference is not there any more. Send it again.",
    Failure.SOURCE_SHAPE: TOO_WIDE,
    Failure.SPOOL_FULL: "The bot has no room for more pictures just now. Try again in a minute.",
    Failure.TOO_LATE: (
        "The provider had no room, or could not be reached, for an hour. Try again later."
    ),
    Failure.NOT_OFFERED: "This backend is not offered any more. Choose another one.",
    Failure.DEADLINE: "The provider took too long and was stopped. Try again.",
    Failure.UNCONFIRMED: (
        "The provider did not answer, so nobody knows whether the picture was made. "
        "Should it still come, it is shown here for free; or try again."
    ),
    Failure.CANCELLED: "Cancelled.",
    Failure.CARD_LOST: "Discord did not confirm this message. Try again.",
    Failure.UNSAFE_CHARGED: (
        "The provider withheld the result for its content and bills it all the same, and your "
        "refunds for that are used up for today. Change the prompt and try again."
    ),
    Failure.RESTORED: (
        "The bot's records were put back to an earlier state while this waited, so it was not "
        "sent. Nothing was charged. Try again."
    ),
    Failure.INTERNAL: "The bot failed at this. Try again; if it stays so, tell who runs it.",
}


def explain(error: Exception) -> str:
    """The sentence for someone whose order was refused, or met with an unexpected error."""
    kinds = (kind for kind in type(error).__mro__ if kind in _SAY)
    kind = next(kinds, None)
    return UNEXPECTED if kind is None else _SAY[kind](error)


def explain_end(job: Job) -> str:
    """The sentence for the card of a job that came to nothing."""
    reason, _, detail = (job.row.reason or "").partition(":")
    if reason == Failure.SOURCE_UNREADABLE:
        return sentence_of(detail)
    return REASONS.get(reason, UNEXPECTED)


def _not_offered(error: NotOfferedError) -> str:
    others = f"these work: {', '.join(error.offered)}" if error.offered else "try again later"
    if isinstance(error, OutOfOrderError):
        return f"{error.backend} is out of order just now; {others}."
    return f"There is no backend of that name that does this; {others}."


def _unfit(error: LacksError | ClashError) -> str:
    if isinstance(error, ClashError):
        one, other = (NAMES.get(feature, feature) for feature in error.pair)
        return f"{error.entry.name} takes {one} or {other}, not both. Leave one out."
    if error.lack.needed:
        return f"{error.entry.name} {NEEDED[error.lack.what]}."
    taken = error.entry.inputs.get(error.lack.what)
    too_many = TOO_MANY.get(error.lack.what) if taken and taken.most != 1 else None
    if taken is not None and too_many is not None:
        what = f"{error.entry.name} {too_many.format(taken.most)}."
        more = f"These do more: {', '.join(error.lack.has)}."
        return f"{what} {more if error.lack.has else 'Leave some out.'}"
    what = f"{error.entry.name} {FEATURES[error.lack.what]}."
    if not error.lack.has:
        return f"{what} No backend here does; leave it out."
    return f"{what} These do: {', '.join(error.lack.has)}."


def _over_limit(error: OverLimitError) -> str:
    when = "later" if error.renews is None else f"<t:{error.renews // 1000}:R>"
    match error.denial:
        case Denial.SUSPENDED:
            return suspended(error.renews, error.reason)
        case Denial.JOBS_AT_ONCE:
            running = "one remix" if error.limit == 1 else f"{error.limit} remixes"
            return f"You have {running} under way, the most that this server allows. Wait for one."
        case Denial.ALLOWANCE:
            return _too_dear(error, when)
        case Denial.SERVER_MONTH | Denial.SERVER_BUDGET:
            whose = (
                "the server has"
                if error.denial is Denial.SERVER_MONTH
                else "the server's budget has"
            )
            return (
                f"This costs {credits_text(error.cost)}, and {whose} not that many left for this "
                f"month; they renew {when}."
            )
        case _:
            return _LIMITS[error.denial].format(when=when)


_LIMITS = {
    Denial.SERVER: "The bot does not serve this server. Ask whoever runs it.",
    Denial.LEAVING: (
        "You asked to be erased, and that waits for your last remix to end. "
        "`/privacy` says when it is done; then you can go on."
    ),
    Denial.COOLDOWN: "This server has a pause between two remixes. Try again {when}.",
    Denial.DAILY_SPEND: "The bot has spent all that it may today. Try again {when}.",
}


def _too_dear(error: OverLimitError, when: str) -> str:
    return (
        f"This costs {credits_text(error.cost)} and you have {error.left} left; "
        f"your credits renew {when}."
    )


def suspended(until: int | None, reason: str | None) -> str:
    """The sentence for a member who may not use the bot in this server.

    Args:
        until: Milliseconds; None: until a moderator restores them.
        reason: What the moderator said of it.
    """
    ends = "" if until is None else f" until <t:{until // 1000}:f>"
    why = "" if reason is None else f" The reason: {code(reason, 300)}."
    return f"The moderators have suspended you from the bot here{ends}.{why} Ask them about it."


def _barred(error: BarredError) -> str:
    when = "later" if error.until is None else f"<t:{error.until // 1000}:R>"
    match error.barrier:
        case Barrier.OFF:
            return "The bot is switched off in this server. Ask its moderators."
        case Barrier.CHANNEL:
            places = ", ".join(f"<#{channel}>" for channel in error.channels[:10])
            return f"The bot may not be used in this channel. It may in: {places}."
        case Barrier.ACCOUNT_AGE:
            return f"Your account is too new for the bot in this server. Try again {when}."
        case Barrier.MEMBER_AGE:
            return f"You joined too recently to use the bot in this server. Try again {when}."


def _forbidden(error: ForbiddenPromptError) -> str:
    found = ", ".join(dict.fromkeys(code(hit.found) for hit in error.hits[:5]))
    return f"The rules of this server do not allow this in a prompt: {found}. Change it."


def _too_wide(_: TooWideError) -> str:
    return TOO_WIDE


def _too_many(error: TooManyPicturesError) -> str:
    return f"This server makes at most {error.most} pictures at once. Ask for fewer."


def _stopping(_: StoppingError) -> str:
    return "The bot is about to restart. Try again in a minute."


def _not_storing(_: NotStoringError | StorageError) -> str:
    return NOT_STORING


_SAY: Mapping[type, Callable[..., str]] = {
    NotOfferedError: _not_offered,
    LacksError: _unfit,
    ClashError: _unfit,
    TooWideError: _too_wide,
    TooManyPicturesError: _too_many,
    OverLimitError: _over_limit,
    BarredError: _barred,
    ForbiddenPromptError: _forbidden,
    StoppingError: _stopping,
    NotStoringError: _not_storing,
    StorageError: _not_storing,
}
"""What is said of each kind of refusal."""
