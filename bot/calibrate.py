"""Measure what a provider does with a strength or a mask, by a few paid calls.

fal does not document which way its strength and the colours of its mask count, and Runware's
documentation is doubtful (reference: the providers' pages, read 2026-11), so an operator can
see for themselves and set it right.
"""

from __future__ import annotations

import asyncio
import struct
import uuid
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bot.backends.base import Backend, Call, Finished, Operation, Output, Request, Source
from bot.backends.entry import Direction, Entry, Feature, MaskColour
from bot.backends.errors import Reason, Rejected, Unconfirmed
from bot.backends.registry import Registry
from bot.images import Images, Normalised

STRENGTHS = (10, 50, 90)
PROMPT = "the same scene as an oil painting by night"
SEED = 1234


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a calibration works with."""

    registry: Registry
    images: Images
    folder: Path
    """Where the pictures are kept."""


def plan(registry: Registry, name: str) -> list[Entry]:
    """Give the operations of a backend that can be calibrated."""
    return [
        entry
        for entry in registry.offered
        if entry.name == name
        and (entry.takes(Feature.MASK) or entry.takes(Feature.STRENGTH))
        and entry.operation in {Operation.REMIX, Operation.EDIT}
    ]


def cost(entries: list[Entry]) -> Decimal:
    """Give the list price of a calibration, in US dollars."""
    return sum((_calls(entry) * entry.price for entry in entries), Decimal(0))


async def calibrate(bench: Bench, entry: Entry, picture: Path) -> AsyncGenerator[str]:
    """Send the paid calls of one operation, and say what they showed, a line each.

    Raises:
        bot.backends.errors.BackendError: A call came to nothing.
        bot.images.Unreadable: The picture cannot be used.
    """
    measure = _strengths if entry.takes(Feature.STRENGTH) else _mask
    async with aclosing(measure(bench, entry, picture)) as lines:
        async for line in lines:
            yield line


async def _strengths(bench: Bench, entry: Entry, picture: Path) -> AsyncGenerator[str]:
    path = bench.folder / "source"
    found = await bench.images.normalise(picture, path, max_bytes=entry.max_source_bytes)
    distances: list[float] = []
    for strength in STRENGTHS:
        request = _request(entry, strength=strength)
        made = bench.folder / f"{entry.name}-strength-{strength}"
        await _make(bench, entry, request, _source(path, found), None, made)
        distances.append((await bench.images.distance(path, made)).whole)
        yield f"strength {strength}: distance {distances[-1]:.3f} ({made})"
    yield _direction(entry, distances)


async def _mask(bench: Bench, entry: Entry, picture: Path) -> AsyncGenerator[str]:
    size = await bench.images.normalise(
        picture, bench.folder / "upright", max_bytes=entry.max_source_bytes
    )
    half = bench.folder / "half.png"
    half.write_bytes(half_mask(size.width, size.height))
    path, mask, sent = (bench.folder / name for name in ("source", "mask", "mask-sent"))
    pair = await bench.images.normalise_pair(
        bench.folder / "upright", half, path, mask, max_bytes=entry.max_source_bytes
    )
    white = entry.mask_colour is MaskColour.WHITE
    turned = await bench.images.polarise(mask, sent, white_changes=white)
    made = bench.folder / f"{entry.name}-edited"
    source, marks = _source(path, pair.image), _source(sent, turned)
    await _make(bench, entry, _request(entry), source, marks, made)
    found = await bench.images.distance(path, made, mask=mask)
    inside, outside = found.inside or 0.0, found.outside or 0.0
    yield f"marked half: distance {inside:.3f}; other half: {outside:.3f} ({made})"
    yield _colour(entry, inside, outside)


async def _make(
    bench: Bench, entry: Entry, request: Request, source: Source, mask: Source | None, to: Path
) -> None:
    """Send one paid call and save its first picture."""
    call = Call(key=str(uuid.uuid4()), request=request, source=source, mask=mask)
    async with bench.registry.open(entry.name, entry.operation) as backend:
        ticket = await backend.submit(call)
        async with asyncio.timeout(entry.deadline_seconds):
            output = await _first(backend, ticket, entry.usual_seconds)
        raw = to.with_suffix(".raw")
        try:
            await backend.fetch(output, raw)
            await bench.images.check(raw, to, max_bytes=25_000_000)
        finally:
            raw.unlink(missing_ok=True)


async def _first(backend: Backend, ticket: str, usual: float) -> Output:
    # Asked at once: for the few calls of a calibration that is cheap, and an operator waits.
    async with aclosing(backend.watch(ticket, age=usual)) as reports:
        async for progress in reports:
            if isinstance(progress, Finished):
                safe = [output for output in progress.outputs if output.safe and output.url]
                if not safe:
                    raise Rejected(
                        Reason.UNSAFE_OUTPUT, "the provider withheld the picture", billed=True
                    )
                return safe[0]
    raise Unconfirmed(Reason.UPSTREAM, "the provider stopped reporting")


def half_mask(width: int, height: int) -> bytes:
    """A PNG, 8-bit grey, whose left half is white."""
    row = b"\0" + b"\xff" * (width // 2) + b"\0" * (width - width // 2)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * height)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _calls(entry: Entry) -> int:
    return len(STRENGTHS) if entry.takes(Feature.STRENGTH) else 1


def _request(entry: Entry, *, strength: int | None = None) -> Request:
    return Request(
        operation=entry.operation,
        backend=entry.name,
        prompt=PROMPT,
        strength=strength,
        seed=SEED if entry.takes(Feature.SEED) else None,
    )


def _source(path: Path, found: Normalised) -> Source:
    return Source(
        path=path,
        media_type=found.media_type,
        size=found.size,
        width=found.width,
        height=found.height,
    )


def _direction(entry: Entry, distances: list[float]) -> str:
    """Say whether 90 stayed closer than 50, and 50 closer than 10."""
    setting = f"{entry.provider.value.upper()}_STRENGTH"
    if distances == sorted(distances, reverse=True) and distances[0] > distances[-1]:
        return f"Closer is closer: {setting} is right as it is."
    if distances == sorted(distances) and distances[0] < distances[-1]:
        turned = Direction.FURTHER if entry.strength is Direction.CLOSER else Direction.CLOSER
        return f"Closer is further away: set {setting}={turned}."
    return "The distances are in no order: try another picture before you change anything."


def _colour(entry: Entry, inside: float, outside: float) -> str:
    setting = f"{entry.provider.value.upper()}_MASK"
    if inside > 2 * outside:
        return f"The marked half changed: {setting} is right as it is."
    if outside > 2 * inside:
        turned = MaskColour.WHITE if entry.mask_colour is MaskColour.BLACK else MaskColour.BLACK
        return f"The other half changed: set {setting}={turned}."
    return "Both halves changed alike: try another picture before you change anything."
