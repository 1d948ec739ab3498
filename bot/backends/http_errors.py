"""What may go wrong on the wire, by what it means for the caller.

The texts are for the log: they name a host, never a link, a key or a prompt.
"""

from __future__ import annotations


class HttpFault(Exception):
    """Base of everything that `bot.backends.http` raises of its own."""


class NotSent(HttpFault):
    """A paid call of which certainly nothing was sent."""


class MaybeSent(HttpFault):
    """A paid call that may have been carried out, and whose answer could not be read."""


class Dead(HttpFault):
    """The link leads to nothing any more: 404, 403, 410."""


class TooLarge(HttpFault):
    """More bytes than allowed."""


class Forbidden(HttpFault):
    """The link leads where links may not lead."""


class Broken(HttpFault):
    """No connection, a broken answer, a server's error, or out of time."""
