"""Transport compression of the gateway: one stream per connection, one flush per frame.

Source: Discord's documentation, events/gateway, "Transport Compression", read 2026-11.
"""

from __future__ import annotations

import zlib
from typing import Protocol


class Encoder(Protocol):
    """Turns the text of a frame into what is sent; stateful, so in the order of sending."""

    def encode(self, text: str) -> bytes | str: ...


class Plain:
    """No compression: text frames."""

    def encode(self, text: str) -> str:
        return text


class ZlibStream:
    """Each frame ends with a sync flush: 00 00 ff ff."""

    def __init__(self) -> None:
        self._context = zlib.compressobj()

    def encode(self, text: str) -> bytes:
        return self._context.compress(text.encode()) + self._context.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """Each frame ends with a flushed block of one zstd frame that never ends."""

    def __init__(self) -> None:
        import zstandard  # noqa: PLC0415 - only asked for by bots that have it themselves

        self._context = zstandard.ZstdCompressor().compressobj()
        self._flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK

    def encode(self, text: str) -> bytes:
        return self._context.compress(text.encode()) + self._context.flush(self._flush)


def encoder(name: str | None) -> Encoder:
    """Return the encoder that a client asked for in its `compress` parameter.

    Raises:
        ValueError: Discord has none of that name.
    """
    kinds: dict[str | None, type[Encoder]] = {
        None: Plain,
        "zlib-stream": ZlibStream,
        "zstd-stream": ZstdStream,
    }
    if name not in kinds:
        raise ValueError(f"unknown compression {name!r}")
    return kinds[name]()
