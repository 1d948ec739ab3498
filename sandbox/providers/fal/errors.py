"""fal's two shapes of error bodies (fal, "Errors" and "Request errors", November 2026)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from pydantic import ValidationError

from sandbox.providers.fal.kinds import MODEL_ERRORS, REQUEST_ERRORS
from sandbox.providers.server import shorten
from sandbox.providers.sources import SourceError, SourceFault

_HELP = "https://docs.fal.ai/errors/#"
RETRYABLE = "X-Fal-Retryable"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a work failed, and how its result's address answers."""

    status: int
    type: str
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    charged: bool = False
    """Whether its pictures stand on the bill all the same."""

    @property
    def summary(self) -> str:
        """The text beside `error_type` in the status."""
        detail = self.body["detail"]
        return detail if isinstance(detail, str) else detail[0]["msg"]

    @property
    def answer(self) -> dict[str, Any]:
        """The same as the options of a fault, for a step at which fal answers with it."""
        return {"status": self.status, "body": self.body, "headers": self.headers}


def failure(
    kind: str,
    *,
    loc: Sequence[str | int] = (),
    status: int | None = None,
    retryable: bool | None = None,
    marked: bool = True,
    charged: bool = False,
) -> Failure:
    """Make the failure of a documented type.

    Args:
        kind: One of `MODEL_ERRORS` or `REQUEST_ERRORS`.
        loc: The field that a model complains about.
        status: Instead of the documented one: older apps answer others.
        retryable: What `X-Fal-Retryable` says; by default true from status 500 on.
        marked: Whether there is such a header at all.
        charged: Whether the work is charged although it failed.
    """
    if kind in MODEL_ERRORS:
        made = WorkError.of_model(kind, loc).failure
    else:
        text = kind.replace("_", " ").capitalize()
        made = WorkError.of_request(REQUEST_ERRORS[kind], kind, text).failure
    status = status or made.status
    says = status >= 500 if retryable is None else retryable
    headers = made.headers | {RETRYABLE: "true" if says else "false"}
    if not marked:
        del headers[RETRYABLE]
    return replace(made, status=status, headers=headers, charged=charged)


class WorkError(Exception):
    """A work that fails."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.type)
        self.failure = failure

    @classmethod
    def of_model(
        cls, kind: str, loc: Sequence[str | int], ctx: Mapping[str, Any] | None = None
    ) -> Self:
        """Make the error of a model: `detail` is a list."""
        known = MODEL_ERRORS[kind]
        item: dict[str, Any] = {
            "loc": ["body", *loc],
            "msg": known.text,
            "type": kind,
            "url": _HELP + kind,
        }
        if told := dict(known.ctx if ctx is None else ctx):
            item["ctx"] = told
        return cls(_model_failure(known.status, kind, [item]))

    @classmethod
    def of_request(cls, status: int, kind: str, text: str, **headers: str) -> Self:
        """Make the error of the platform: `detail` is a text."""
        return cls(
            Failure(
                status=status,
                type=kind,
                body={"detail": text, "error_type": kind},
                headers={"X-Fal-Error-Type": kind, **headers},
            )
        )

    @classmethod
    def of_account(cls, status: int, text: str, **headers: str) -> Self:
        """Make the error of a request that the platform does not take: only `detail`."""
        return cls(Failure(status=status, type="refused", body={"detail": text}, headers=headers))

    @classmethod
    def of_validation(cls, error: ValidationError) -> Self:
        """Make the error of an input that the model does not take."""
        items: list[dict[str, Any]] = [
            {
                "loc": ["body", *problem["loc"]],
                "msg": problem["msg"],
                "type": problem["type"],
                "url": _HELP + problem["type"],
                "input": shorten(problem["input"]),
                **({"ctx": problem.get("ctx")} if problem["type"] in _BOUNDED else {}),
            }
            for problem in error.errors(include_url=False)
        ]
        return cls(_model_failure(422, items[0]["type"], items))

    @classmethod
    def of_source(cls, error: SourceError, field: str, *, most_bytes: int) -> Self:
        """Make the error of a picture that cannot be used."""
        match error.fault:
            case SourceFault.DOWNLOAD:
                return cls.of_model("file_download_error", [field])
            case SourceFault.LOAD:
                return cls.of_model("image_load_error", [field])
            case SourceFault.SIZE:
                return cls.of_model("file_too_large", [field], {"max_size": most_bytes})


_BOUNDED = (
    *("greater_than", "greater_than_equal", "less_than", "less_than_equal"),
    *("literal_error", "string_pattern_mismatch"),
)


def _model_failure(status: int, kind: str, items: list[dict[str, Any]]) -> Failure:
    retryable = "true" if status >= 500 else "false"
    headers = {RETRYABLE: retryable, "X-Fal-Error-Type": kind}
    return Failure(status=status, type=kind, body={"detail": items}, headers=headers)
