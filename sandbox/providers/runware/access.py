"""What Runware says to those whom it does not let in."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.providers.account import Account
from sandbox.providers.runware.errors import TaskError

_NO_KEY = "Invalid API key. Get one at https://my.runware.ai/signup"

# Runware publishes the first; the other codes are INFERRED, their HTTP status is documented.
_ERRORS: Mapping[Account, tuple[int, str, str]] = {
    Account.REVOKED: (401, "invalidApiKey", _NO_KEY),
    Account.LOCKED: (403, "invalidApiKeyPermission", "Not permitted."),
    Account.BROKE: (402, "insufficientCredits", "Not enough credits."),
}


def account_error(account: Account) -> TaskError:
    """Return what an account in this state, which is not GOOD, is told."""
    status, code, message = _ERRORS[account]
    parameter = "apiKey" if account is Account.REVOKED else None
    return TaskError(code, message, status=status, parameter=parameter)
