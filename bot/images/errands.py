"""What a worker does for each task: files in, files out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image

from bot.images import mask as masks
from bot.images import pixels, task
from bot.images.anatomy import MAX_FILE_BYTES, Anatomy
from bot.images.develop import develop, encode, take_apart, unchanged
from bot.images.distance import distance
from bot.images.faults import Fault, Unreadable, about
from bot.images.fit import Encoded
from bot.images.pair import Pair, with_erased, with_painted
from bot.images.task import Distance, Normalised, NormalisedPair

_COMPARED_SIDE: Final = 512
"""Pixels; more would change no distance that matters."""


def run(errand: task.Task) -> Normalised | NormalisedPair | Distance:
    """Carry out one task.

    Raises:
        Unreadable: A picture cannot be used.
    """
    match errand:
        case task.Normalise():
            return _normalise(errand)
        case task.NormalisePair():
            return _normalise_pair(errand)
        case task.Polarise():
            return _polarise(errand)
        case task.Compare():
            return _compare(errand)


def _normalise(errand: task.Normalise) -> Normalised:
    anatomy = _read(errand.raw)
    size = pixels.within(anatomy.size, errand.max_side)
    if not errand.proof and (same := unchanged(anatomy, size, max_bytes=errand.max_bytes)):
        return _write(same, errand.to, reencoded=False)
    developed = develop(anatomy, size)
    encoded, reencoded = encode(anatomy, developed, max_bytes=errand.max_bytes)
    return _write(encoded, errand.to, animated=anatomy.animated, reencoded=reencoded)


def _normalise_pair(errand: task.NormalisePair) -> NormalisedPair:
    image, found = _pair(errand)
    mask = masks.encoded(found.mask)
    if len(mask.data) > errand.max_bytes:
        raise Unreadable(Fault.TOO_LARGE, f"{len(mask.data)} bytes", fact="mask")
    return NormalisedPair(
        image=_write(
            found.image, errand.image_to, animated=image.animated, reencoded=found.reencoded
        ),
        mask=_write(mask, errand.mask_to),
        marked=masks.marked(found.mask),
    )


def _pair(errand: task.NormalisePair) -> tuple[Anatomy, Pair]:
    image = _read(errand.image)
    if errand.mask is None:
        return image, with_erased(image, max_bytes=errand.max_bytes, max_side=errand.max_side)
    mask = _read_mask(errand.mask)
    return image, with_painted(image, mask, max_bytes=errand.max_bytes, max_side=errand.max_side)


def _polarise(errand: task.Polarise) -> Normalised:
    mask = _painted(errand.mask)
    return _write(masks.encoded(mask, white_changes=errand.white_changes), errand.to)


def _compare(errand: task.Compare) -> Distance:
    one, other = _compared(errand.one), _compared(errand.other)
    return distance(one, other, _painted(errand.mask) if errand.mask else None)


def _compared(path: str) -> Image.Image:
    anatomy = _read(path)
    return develop(anatomy, pixels.within(anatomy.size, _COMPARED_SIDE)).image


def _painted(path: str) -> Image.Image:
    anatomy = _read_mask(path)
    return masks.painted(anatomy, anatomy.turned(anatomy.size))


def _read_mask(path: str) -> Anatomy:
    with about("mask"):
        return _read(path)


def _read(path: str) -> Anatomy:
    # The raw bytes end here: up to 25 MB that the decoder may need.
    with Path(path).open("rb") as file:
        return take_apart(file.read(MAX_FILE_BYTES + 1))


def _write(
    encoded: Encoded, to: str, *, animated: bool = False, reencoded: bool = True
) -> Normalised:
    Path(to).write_bytes(encoded.data)
    return Normalised(
        media_type=encoded.media_type,
        width=encoded.width,
        height=encoded.height,
        size=len(encoded.data),
        animated=animated,
        reencoded=reencoded,
    )
