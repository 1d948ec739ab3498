"""Every documented type of fal's errors (fal, "Errors" and "Request errors", November 2026)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One type of error of a model: its status, its text and what `ctx` tells."""

    text: str
    status: int = 422
    ctx: Mapping[str, Any] = field(default_factory=dict)


def _bound(text: str, name: str, value: float) -> Kind:
    return Kind(text=f"Input should be {text} {value}", ctx={name: value})


MODEL_ERRORS: Mapping[str, Kind] = {
    "internal_server_error": Kind(text="Internal server error", status=500),
    "generation_timeout": Kind(text="Generation timeout", status=504),
    "downstream_service_error": Kind(text="Downstream service error", status=400),
    "downstream_service_unavailable": Kind(text="Downstream service unavailable", status=500),
    "content_policy_violation": Kind(
        text="The content could not be processed because it contained material flagged by a "
        "content checker."
    ),
    "no_media_generated": Kind(text="No media was generated"),
    "image_too_small": Kind(
        text="Image dimensions are too small", ctx={"min_height": 256, "min_width": 256}
    ),
    "image_too_large": Kind(
        text="Image dimensions are too large", ctx={"max_height": 8192, "max_width": 8192}
    ),
    "image_load_error": Kind(text="Image load error"),
    "file_download_error": Kind(text="File download error"),
    "face_detection_error": Kind(text="Could not detect a face in the image"),
    "image_aspect_ratio_error": Kind(
        text="Image aspect ratio is out of bounds",
        ctx={"min_aspect_ratio": 0.333, "max_aspect_ratio": 3.0},
    ),
    "file_too_large": Kind(text="File is too large", ctx={"max_size": 10_000_000}),
    "greater_than": _bound("greater than", "gt", 0),
    "greater_than_equal": _bound("greater than or equal to", "ge", 0.01),
    "less_than": _bound("less than", "lt", 1),
    "less_than_equal": _bound("less than or equal to", "le", 1),
    "multiple_of": _bound("a multiple of", "multiple_of", 8),
    "sequence_too_short": Kind(text="Too few items", ctx={"min_length": 1}),
    "sequence_too_long": Kind(text="Too many items", ctx={"max_length": 8}),
    "one_of": Kind(text="Input should be one of the listed", ctx={"expected": ["a", "b"]}),
    "feature_not_supported": Kind(text="Feature is not supported"),
    "unsupported_image_format": Kind(
        text="Unsupported image format", ctx={"supported_formats": [".jpg", ".png", ".webp"]}
    ),
    "missing": Kind(text="Field required"),
    "value_error.missing": Kind(text="field required"),
    "literal_error": Kind(text="Input should be one of the listed"),
    "string_type": Kind(text="Input should be a valid string"),
}
"""What a model answers, by type: `detail` is a list."""

REQUEST_ERRORS: Mapping[str, int] = {
    "request_timeout": 504,
    "startup_timeout": 504,
    "runner_scheduling_failure": 503,
    "runner_connection_timeout": 503,
    "runner_disconnected": 503,
    "runner_connection_refused": 503,
    "runner_connection_error": 503,
    "runner_incomplete_response": 502,
    "runner_server_error": 500,
    "client_disconnected": 499,
    "client_cancelled": 499,
    "bad_request": 400,
    "internal_error": 500,
}
"""What the platform answers, by type, with its status: `detail` is a text."""
