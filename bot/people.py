"""Who stands for a member in the books: the member, or the alias of one who was erased.

An alias is a keyed hash of the member's id. It cannot be turned back, and is the same each time,
so that what must outlive an erasure (a suspension, a consent, what the present period counts) is
found again when the member comes back.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Self

from storage import erasures, facts
from storage.database import Database, Query, Transaction

ERASED = "an erased member"

KEY = "people_key"
"""The fact that holds the key; it belongs to the database and is copied with it."""


class MovedError(Exception):
    """The member was erased, so the books know them by an alias."""

    def __init__(self, alias: int) -> None:
        super().__init__("the member was erased")
        self.alias = alias


class People:
    """Aliases, under the key of one database."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    async def open(cls, database: Database) -> Self:
        """Read the key, drawing it at the first start."""
        drawn = secrets.token_hex(32)

        async def work(tx: Transaction) -> None:
            await facts.swap(tx, KEY, None, drawn)

        if await facts.get(database, KEY) is None:
            await database.transaction(work)
        # Another process may have drawn one a moment before.
        return cls(bytes.fromhex(await facts.get(database, KEY) or drawn))

    def alias(self, user_id: int) -> int:
        """The member's alias: a negative number of 63 bits, which no id of Discord's is."""
        digest = hmac.digest(self._key, str(user_id).encode(), hashlib.sha256)
        return -(int.from_bytes(digest[:8]) >> 2) - 1

    async def account(self, query: Query, user_id: int) -> int:
        """Whose account a member uses: their own, or their alias's once they were erased."""
        alias = self.alias(user_id)
        return alias if await erasures.is_erased(query, alias) else user_id

    async def settled(self, tx: Transaction, user_id: int) -> int:
        """Whose account a member uses, and will until the transaction ends.

        To be called before anything of the member is written or locked.
        """
        await erasures.hold(tx, self.alias(user_id))
        # Known only now: an erasure that was just carried out was waited for.
        return await self.account(tx.run, user_id)


def mention(user_id: int) -> str:
    """How a member is named in Discord: by a mention, or not at all once they were erased."""
    return f"<@{user_id}>" if user_id > 0 else ERASED
