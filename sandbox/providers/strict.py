"""The base of what the stand-ins take: nothing unknown, nothing of another type."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Strict(BaseModel):
    """An object of a request."""

    # Whether the real services refuse or ignore unknown fields is mostly not documented. Here
    # they are refused, because a field that is ignored is a wish of a member that is lost.
    model_config = ConfigDict(extra="forbid", strict=True)


class NoNulls(Strict):
    """An object in which what is not wanted is left out: null is documented nowhere."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_nulls(cls, body: Any) -> Any:
        if isinstance(body, dict) and (
            empty := [key for key, value in body.items() if value is None]
        ):
            raise ValueError(f"null for {', '.join(map(str, empty))}")
        return body
