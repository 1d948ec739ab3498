"""What the operator may set for a provider."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class FalOptions:
    """What the operator may set for fal."""

    inline: bool = False
    """`sync_mode`: results come inside the answer, once, and cannot be asked for again."""
    keep_history: bool = True
    """Whether fal keeps requests and results to be asked for (header X-Fal-Store-IO)."""


class Delivery(StrEnum):
    """How Runware hands results over."""

    ASYNC = "async"
    SYNC = "sync"


class OutputType(StrEnum):
    """In which form Runware hands pictures over."""

    URL = "URL"
    BASE64 = "base64Data"
    DATA_URI = "dataURI"


@dataclass(frozen=True, kw_only=True)
class RunwareOptions:
    """What the operator may set for Runware."""

    delivery: Delivery = Delivery.ASYNC
    output_type: OutputType = OutputType.URL
    upload_endpoint: str | None = None
    """An address that results are PUT to as well; `{task}` becomes our id of the call."""
    ttl: int | None = None
    """Seconds for which links to results live; only with URL."""
    webhook_url: str | None = None
    """The operator's own; ours goes before it."""
    include_cost: bool = True
    check_content: bool = True
    """Whether results are checked for their content, in mode "fast"."""
