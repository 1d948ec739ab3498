"""fal's two shapes of error bodies (fal, "Errors" and "Request errors", November 2026)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import ValidationError

from sandbox.providers.server import shorten
from sandbox.providers.sources import SourceError, SourceFault

_HELP = "https://docs.fal.ai/errors/#"
_STATUSES = {
    "internal_server_error": 500,
    "downstream_service_unavailable": 500,
    "generation_timeout": 504,
}
_TEXTS = {
    "content_policy_violation": "The content could not be processed because it contained "
    "material flagged by a content checker.",
    "image_load_error": "Image load error",
    "file_download_error": "File download error",
    "file_too_large": "File is too large",
    "image_aspect_ratio_error": "Image aspect ratio is out of bounds",
    "no_media_generated": "No media was generated",
    "internal_server_error": "Internal server error",
    "downstream_service_unavailable": "Downstream service unavailable",
    "generation_timeout": "Generation timeout",
}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a work failed, and how its result's address answers."""

    status: int
    type: str
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The text beside `error_type` in the status."""
        detail = self.body["detail"]
        return detail if isinstance(detail, str) else detail[0]["msg"]


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
        status = _STATUSES.get(kind, 422)
        item: dict[str, Any] = {
            "loc": ["body", *loc],
            "msg": _TEXTS[kind],
            "type": kind,
            "url": _HELP + kind,
        }
        if ctx:
            item["ctx"] = dict(ctx)
        return cls(_model_failure(status, kind, [item]))

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
    def of_account(cls, status: int, text: str) -> Self:
        """Make the error of a request that the platform does not take: only `detail`."""
        return cls(Failure(status=status, type="refused", body={"detail": text}))

    @classmethod
    def of_validation(cls, error: ValidationError) -> Self:
        """Make the error of an input that the model does not take."""
        items = [
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
    headers = {"X-Fal-Retryable": retryable, "X-Fal-Error-Type": kind}
    return Failure(status=status, type=kind, body={"detail": items}, headers=headers)
