"""Server-sent events: text/event-stream taken apart.

Source: WHATWG HTML, "Server-sent events", section 9.2.6 (read 2026-11).
"""

from __future__ import annotations

import re

# Split at these only: JSON may hold other characters that Python counts as line ends.
_LINE_END = re.compile(rb"\r\n|\n|\r")


class EventTooLarge(Exception):
    """An event grew beyond its limit."""


class EventParser:
    """Takes bytes as they come and gives the data of each event that they finish."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._line = b""
        self._data: list[bytes] = []
        self._after_return = False

    def feed(self, chunk: bytes) -> list[str]:
        """Take the next bytes.

        Returns:
            The data of the events that end here; comments and other fields are left out.

        Raises:
            EventTooLarge: An event holds more bytes than the limit.
        """
        if self._after_return and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._after_return = chunk.endswith(b"\r")
        *lines, self._line = _LINE_END.split(self._line + chunk)
        events = [event for line in lines if (event := self._take(line)) is not None]
        if len(self._line) + sum(map(len, self._data)) > self._limit:
            raise EventTooLarge
        return events

    def _take(self, line: bytes) -> str | None:
        """Take one line; a blank one ends the event."""
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        if line or not self._data:
            return None
        event = b"\n".join(self._data).decode(errors="replace")
        self._data.clear()
        return event
