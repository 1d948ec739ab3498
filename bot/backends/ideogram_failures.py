"""What can go wrong at Ideogram, and which row of the table an answer is.

Sources: Ideogram's OpenAPI (2026-06-17), and its pages "Errors" and "Rate limits" (2026-11).
What is refused before it ran is not billed; a picture that was made and withheld is.
"""

from __future__ import annotations

from functools import partial

from bot.backends.base import ProviderName
from bot.backends.errors import Reason
from bot.backends.failures import Failure, Fate, Retry, Step, downloads, row
from bot.backends.signs import Sign, first


def refusal(error: Sign, status: int) -> Failure:
    """Give the row of a paid call that brought no pictures.

    Args:
        error: Its `reject_reason` as the code, and "image" as the parameter where it is about
            that.
        status: Of HTTP.
    """
    return first(_SUBMIT, [error], status)


_row = partial(row, ProviderName.IDEOGRAM)


def _refused(sign: str, reason: Reason, retry: Retry = Retry.NEVER) -> Failure:
    return _row(Step.SUBMIT, sign, reason, Fate.NOT_ACCEPTED, retry)


def _unknown(sign: str) -> Failure:
    # Ideogram takes no id of ours, so there is nobody to ask.
    return _row(Step.SUBMIT, sign, Reason.UPSTREAM, Fate.UNKNOWN)


UNREADABLE = _row(Step.UPLOAD, "a picture that cannot be read", Reason.BAD_IMAGE, Fate.NOT_ACCEPTED)
NOT_SENT = _refused("no connection", Reason.UPSTREAM, Retry.SUBMIT)
CUT = _unknown("no answer, or half of one")
WITHHELD = _row(Step.RESULT, "is_image_safe false, or no url", Reason.UNSAFE_OUTPUT, Fate.BILLED)

# The first row that fits decides, so their order matters.
_SUBMIT = (
    # The work and the paid call are one: where it broke, the pictures may have been made.
    _unknown("HTTP 5??, HTTP 408"),
    # The newer API says this one with status 402, too.
    _refused("inflight_limit", Reason.BUSY, Retry.SUBMIT),
    _refused(
        "insufficient_funds, subscription_required, daily_limit, priority_credit_required, "
        "feature_limit, HTTP 401, HTTP 402, HTTP 403",
        Reason.ACCOUNT,
        Retry.ELSEWHERE,
    ),
    _refused("HTTP 429", Reason.BUSY, Retry.SUBMIT),
    _refused("HTTP 422", Reason.POLICY),
    _refused("* at image with 400, HTTP 413, HTTP 415", Reason.BAD_IMAGE),
    # An endpoint or a model that was withdrawn.
    _refused("HTTP 404, HTTP 405, HTTP 410", Reason.UPSTREAM, Retry.ELSEWHERE),
    _refused("HTTP 4??", Reason.BAD_REQUEST),
    # Also a good status with an answer that cannot be read.
    _unknown("HTTP ???"),
)

FAILURES: tuple[Failure, ...] = (
    *(UNREADABLE, NOT_SENT, CUT),
    *_SUBMIT,
    WITHHELD,
    *downloads(ProviderName.IDEOGRAM),
)
"""Every row, in the order of the steps."""
