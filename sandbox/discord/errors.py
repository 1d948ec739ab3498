"""The errors of Discord's API: status, code and sentence.

Source: Discord's documentation, topics/opcodes-and-status-codes, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """One kind of error."""

    status: int
    code: int
    message: str


UNAUTHORIZED = Refusal(401, 0, "401: Unauthorized")
UNKNOWN_CHANNEL = Refusal(404, 10003, "Unknown Channel")
UNKNOWN_GUILD = Refusal(404, 10004, "Unknown Guild")
UNKNOWN_MEMBER = Refusal(404, 10007, "Unknown Member")
UNKNOWN_MESSAGE = Refusal(404, 10008, "Unknown Message")
UNKNOWN_USER = Refusal(404, 10013, "Unknown User")
UNKNOWN_WEBHOOK = Refusal(404, 10015, "Unknown Webhook")
UNKNOWN_INTERACTION = Refusal(404, 10062, "Unknown interaction")
UNKNOWN_COMMAND_PERMISSIONS = Refusal(404, 10066, "Unknown application command permissions")
TOO_MANY_COMMAND_CREATES = Refusal(
    429, 30034, "Max number of daily application command creates has been reached (200)"
)
TOO_LARGE = Refusal(413, 40005, "Request entity too large")
ALREADY_ACKNOWLEDGED = Refusal(400, 40060, "Interaction has already been acknowledged.")
MISSING_ACCESS = Refusal(403, 50001, "Missing Access")
NOT_IN_DIRECT_MESSAGES = Refusal(403, 50003, "Cannot execute action on a DM channel")
NOT_THE_AUTHOR = Refusal(403, 50005, "Cannot edit a message authored by another user")
NO_DIRECT_MESSAGES = Refusal(403, 50007, "Cannot send messages to this user")
NO_DIRECT_MESSAGES_TO_BOTS = Refusal(400, 50007, "Cannot send messages to this user")
NOT_A_TEXT_CHANNEL = Refusal(400, 50008, "Cannot send messages in a non-text channel")
MISSING_PERMISSIONS = Refusal(403, 50013, "Missing Permissions")
WRONG_CHANNEL_TYPE = Refusal(400, 50024, "Cannot execute action on this channel type")
INVALID_WEBHOOK_TOKEN = Refusal(401, 50027, "Invalid Webhook Token")
INVALID_RECIPIENT = Refusal(400, 50033, "Invalid Recipient(s)")
INVALID_FORM_BODY = Refusal(400, 50035, "Invalid Form Body")
THREAD_ARCHIVED = Refusal(400, 50083, "Thread is archived")
INVALID_JSON = Refusal(400, 50109, "The request body contains invalid JSON.")
NO_MUTUAL_GUILDS = Refusal(
    403, 50278, "Cannot send messages to this user due to having no mutual guilds"
)
NO_HISTORY_TO_REPLY = Refusal(
    400, 160002, "Cannot reply without permission to read message history"
)


class ApiError(Exception):
    """Raised anywhere below a route; becomes the JSON error of Discord's API."""

    def __init__(self, refusal: Refusal, problems: Sequence[str] = ()) -> None:
        super().__init__(refusal.message, *problems)
        self.refusal = refusal
        self.problems = list(problems)

    def body(self) -> dict[str, Any]:
        """Return the error as Discord writes it."""
        body: dict[str, Any] = {"message": self.refusal.message, "code": self.refusal.code}
        if self.refusal.status == 429:
            body.update(retry_after=86_400.0, **{"global": False})
        if self.problems:
            details = [{"code": self.refusal.code, "message": text} for text in self.problems]
            body["errors"] = {"_errors": details}
        return body


def invalid(*problems: str) -> ApiError:
    """Return the error for a body that breaks a rule, naming each."""
    return ApiError(INVALID_FORM_BODY, problems)


def refuse_if(problems: Sequence[str]) -> None:
    """Refuse a body that has problems.

    Raises:
        ApiError: 400, code 50035, naming them all.
    """
    if problems:
        raise invalid(*problems)
