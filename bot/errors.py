"""Errors as a person may read them: one plain sentence, and what they can do about it."""

from __future__ import annotations

from bot.backends.base import Reason
from bot.backends.entry import Feature
from bot.backends.shapes import WIDEST_RATIO
from bot.images import sentence_of
from bot.jobs.record import Failure, Job
from bot.jobs.submit import (
    ClashError,
    LacksError,
    NotOfferedError,
    OutOfOrderError,
    OverLimitError,
    StoppingError,
    TooWideError,
)
from bot.quotas import Denial

UNEXPECTED = "Something went wrong here, and nothing was charged. Try again in a minute."

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
    Failure.INTERNAL: "The bot failed at this. Try again; if it stays so, tell who runs it.",
}


def explain(error: Exception) -> str:
    """The sentence for someone whose order was refused, or met with an unexpected error."""
    match error:
        case NotOfferedError():
            return _not_offered(error)
        case LacksError() | ClashError():
            return _unfit(error)
        case TooWideError():
            return TOO_WIDE
        case OverLimitError():
            return _over_limit(error)
        case StoppingError():
            return "The bot is about to restart. Try again in a minute."
        case _:
            return UNEXPECTED


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
    when = f"<t:{error.renews // 1000}:R>"
    match error.denial:
        case Denial.SERVER:
            return "The bot does not serve this server. Ask whoever runs it."
        case Denial.ALLOWANCE:
            return (
                f"This costs {credits_text(error.cost)} and you have {error.left} left; "
                f"your credits renew {when}."
            )
        case Denial.DAILY_SPEND:
            return f"The bot has spent all that it may today. Try again {when}."
        case Denial.SERVER_MONTH:
            return (
                f"This costs {credits_text(error.cost)}, and the server has not that many left "
                f"for this month; they renew {when}."
            )


def credits_text(amount: int) -> str:
    """An amount of credits in words."""
    return f"{amount} credit" if amount == 1 else f"{amount} credits"
