"""What can go wrong at fal, row by row, and how an answer finds its row.

Sources: fal's pages "Errors", "Request errors", "Queue" and "Common parameters", fal-client
1.0.3, and answers that users report (all read 2026-11). fal has no id of ours to ask for: a
submit whose answer is lost can be heard of by its webhook alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.backends.answers import parse, word
from bot.backends.base import ProviderName
from bot.backends.errors import Reason
from bot.backends.exchange import Answer
from bot.backends.failures import Failure, Fate, Link, Retry, Step, download, downloads
from bot.backends.fal_wire import Error

NO_SOURCE = "a picture that cannot be read from disk"
NOT_SENT = "no connection"
CUT = "no answer, or half of one"
GARBLED = "an answer that cannot be read"
PRIVATE = "an upload link to a private address"
NOT_TAKEN = "an upload link that does not take the file"
LOCKED = "User is locked"
STOPPED = ("client_cancelled", "HTTP 499")
"""How the result of work that was stopped is answered."""
GATEWAY = "HTTP 5xx without x-fal-request-id"


def _words(text: str) -> list[str]:
    return text.split()


_IMAGE = _words("""
    image_too_small image_too_large image_load_error image_aspect_ratio_error file_too_large
    file_download_error face_detection_error unsupported_image_format
""")
_PARAMETER = _words("""
    greater_than greater_than_equal less_than less_than_equal multiple_of sequence_too_short
    sequence_too_long one_of feature_not_supported missing value_error.missing literal_error
    string_type bad_request
""")
_NOT_BEGUN = ("request_timeout", "startup_timeout", "runner_scheduling_failure")
_BROKEN = _words("""
    internal_server_error generation_timeout downstream_service_error
    downstream_service_unavailable internal_error runner_connection_timeout
    runner_disconnected runner_connection_refused runner_connection_error
    runner_incomplete_response runner_server_error client_disconnected
""")
_ODD = ("HTTP 408", "HTTP 3xx", "HTTP 5xx")
_KEY = ("HTTP 401", "HTTP 402", "HTTP 403")


def _rows(
    step: Step,
    reason: Reason,
    fate: Fate,
    signs: Iterable[str],
    retry: Retry = Retry.NEVER,
) -> tuple[Failure, ...]:
    """Give a row for each sign; what is wrong with the account, or gone, is the operator's."""
    return tuple(
        Failure(
            provider=ProviderName.FAL,
            step=step,
            sign=sign,
            reason=reason,
            fate=fate,
            retry=retry,
            operator=reason is Reason.ACCOUNT or (step, sign) == (Step.SUBMIT, "HTTP 404"),
        )
        for sign in signs
    )


_NOT = Fate.NOT_ACCEPTED
_UPLOAD = (
    *_rows(Step.UPLOAD, Reason.BAD_IMAGE, _NOT, [NO_SOURCE]),
    *_rows(Step.UPLOAD, Reason.ACCOUNT, _NOT, [LOCKED, *_KEY], Retry.ELSEWHERE),
    *_rows(Step.UPLOAD, Reason.BUSY, _NOT, ["HTTP 429"], Retry.SUBMIT),
    *_rows(
        Step.UPLOAD,
        Reason.UPSTREAM,
        _NOT,
        [CUT, GARBLED, PRIVATE, NOT_TAKEN, "HTTP 3xx", "HTTP 4xx", "HTTP 5xx"],
        Retry.SUBMIT,
    ),
)
_SUBMIT = (
    *_rows(Step.SUBMIT, Reason.UPSTREAM, _NOT, [NOT_SENT], Retry.SUBMIT),
    *_rows(Step.SUBMIT, Reason.ACCOUNT, _NOT, [LOCKED, *_KEY], Retry.ELSEWHERE),
    *_rows(Step.SUBMIT, Reason.BUSY, _NOT, ["HTTP 429", *_NOT_BEGUN], Retry.SUBMIT),
    *_rows(Step.SUBMIT, Reason.POLICY, _NOT, ["content_policy_violation"]),
    *_rows(Step.SUBMIT, Reason.BAD_IMAGE, _NOT, [*_IMAGE, "HTTP 413", "HTTP 415"]),
    *_rows(Step.SUBMIT, Reason.BAD_REQUEST, _NOT, [*_PARAMETER, "HTTP 4xx"]),
    # There is no such model any more.
    *_rows(Step.SUBMIT, Reason.UPSTREAM, _NOT, ["HTTP 404"], Retry.ELSEWHERE),
    # A server that broke, or was too slow, may have begun the work; no header says it did not.
    *_rows(
        Step.SUBMIT,
        Reason.UPSTREAM,
        Fate.UNKNOWN,
        [CUT, GARBLED, *_BROKEN, "no_media_generated", *STOPPED, *_ODD],
    ),
)
_WAIT = (
    *_rows(Step.WAIT, Reason.UPSTREAM, Fate.OPEN, [CUT, "HTTP 408", "HTTP 5xx"], Retry.ASK),
    *_rows(Step.WAIT, Reason.BUSY, Fate.OPEN, ["HTTP 429"], Retry.ASK),
    *_rows(Step.WAIT, Reason.ACCOUNT, Fate.UNKNOWN, _KEY, Retry.ASK),
    *_rows(
        Step.WAIT,
        Reason.UPSTREAM,
        Fate.UNKNOWN,
        [GARBLED, "HTTP 404", "HTTP 3xx", "HTTP 4xx"],
        Retry.ASK,
    ),
)
_RESULT = (
    # These ran before they were refused, which fal may charge.
    *_rows(Step.RESULT, Reason.POLICY, Fate.BILLED, ["content_policy_violation"]),
    *_rows(Step.RESULT, Reason.UPSTREAM, Fate.BILLED, ["no_media_generated"]),
    *_rows(Step.RESULT, Reason.BAD_REQUEST, Fate.BILLED, ["HTTP 422"]),
    *_rows(Step.RESULT, Reason.BAD_IMAGE, Fate.FAILED, _IMAGE),
    *_rows(Step.RESULT, Reason.BAD_REQUEST, Fate.FAILED, _PARAMETER),
    *_rows(Step.RESULT, Reason.CANCELLED, Fate.FAILED, ["client_cancelled"]),
    *_rows(Step.RESULT, Reason.BUSY, Fate.FAILED, _NOT_BEGUN, Retry.ELSEWHERE),
    *_rows(
        Step.RESULT,
        Reason.UPSTREAM,
        Fate.FAILED,
        [*_BROKEN, "HTTP 499", "HTTP 5xx"],
        Retry.ELSEWHERE,
    ),
    # From before fal: the result is still behind it.
    *_rows(Step.RESULT, Reason.UPSTREAM, Fate.OPEN, [CUT, "HTTP 408", GATEWAY], Retry.ASK),
    *_rows(Step.RESULT, Reason.BUSY, Fate.OPEN, ["HTTP 429"], Retry.ASK),
    *_rows(Step.RESULT, Reason.ACCOUNT, Fate.UNKNOWN, _KEY, Retry.ASK),
    *_rows(
        Step.RESULT,
        Reason.UPSTREAM,
        Fate.UNKNOWN,
        [GARBLED, "HTTP 404", "HTTP 3xx", "HTTP 4xx"],
        Retry.ASK,
    ),
)

FAILURES: tuple[Failure, ...] = (
    *_UPLOAD,
    *_SUBMIT,
    *_WAIT,
    *_RESULT,
    download(ProviderName.FAL, Link.WITHHELD),
    *downloads(ProviderName.FAL),
)
"""Every row, in the order of the steps.

At the result, `x-fal-billable-units` says whether a failure is billed, and X-Fal-Retryable
"false" that no other backend need be tried, whatever the row says.
"""

_BY_SIGN: Mapping[tuple[Step, str], Failure] = {(row.step, row.sign): row for row in FAILURES}


def row(step: Step, *signs: str) -> Failure:
    """Give the row of the first sign that has one.

    Raises:
        LookupError: None has.
    """
    found = (_BY_SIGN[step, sign] for sign in signs if (step, sign) in _BY_SIGN)
    try:
        return next(found)
    except StopIteration:
        raise LookupError(f"no failure at {step} shows as {signs}") from None


def judge(step: Step, answer: Answer, *, told: str | None = None) -> tuple[Failure, str]:
    """Find what an answer that is no good means.

    Args:
        step: What was asked.
        answer: What came, of any status.
        told: The error type that the status of the work named.

    Returns:
        The row, and what may be logged of the answer.
    """
    error = parse(Error, answer.body) or Error()
    status, headers = answer.status, answer.headers
    named = [*error.types, headers.get("x-fal-error-type"), told]
    types = [name for name in named if name]
    signs = types + [LOCKED] * (LOCKED in error.said)
    if status < 300:
        signs.append(GARBLED)
    if status >= 500 and "x-fal-request-id" not in headers:
        signs.append(GATEWAY)
    found = row(step, *signs, f"HTTP {status}", f"HTTP {status // 100}xx", GARBLED)
    shown = error.text or (word(types[0]) if types else "no reason given")
    detail = f"fal answered {status} at the {step}: {shown}"
    return (_as_told(found, headers) if step is Step.RESULT else found), detail


def _as_told(found: Failure, headers: Mapping[str, str]) -> Failure:
    """Correct a row by what fal says of this very work."""
    if found.fate not in (Fate.FAILED, Fate.BILLED):
        return found
    units = _number(headers.get("x-fal-billable-units"))
    billed = found.fate is Fate.BILLED if units is None else units > 0
    final = billed or headers.get("x-fal-retryable", "").lower() == "false"
    return replace(
        found,
        fate=Fate.BILLED if billed else Fate.FAILED,
        retry=Retry.NEVER if final else found.retry,
    )


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
