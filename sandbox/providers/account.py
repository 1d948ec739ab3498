"""The state of the operator's account at a provider, as a test sets it."""

from __future__ import annotations

from enum import StrEnum


class Account(StrEnum):
    """How a provider sees the account; every request that brings a key meets it.

    It changes nothing for work that was accepted before: that goes on, and is charged.
    """

    GOOD = "good"
    """The key is known and there is money."""
    REVOKED = "revoked"
    """The key is no longer known."""
    LOCKED = "locked"
    """The provider has closed the account."""
    BROKE = "broke"
    """The account has no money left."""
