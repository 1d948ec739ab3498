"""`Images`: everything that is done with pictures, each by path and in a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from bot.images import task
from bot.images.anatomy import MAX_SIDE
from bot.images.faults import about
from bot.images.pool import Pool
from bot.images.task import Distance, Normalised, NormalisedPair, Refusal

SOURCE_SIDE: Final = 2048
"""Pixels; the longest side that Ideogram's models draw is 1,536 (Runware's list of sizes, 2026)."""

_NORMALISED: Final = TypeAdapter[Normalised | Refusal](Normalised | Refusal)
_PAIR: Final = TypeAdapter[NormalisedPair | Refusal](NormalisedPair | Refusal)
_DISTANCE: Final = TypeAdapter[Distance | Refusal](Distance | Refusal)


class Images(Pool):
    """Reads pictures in worker processes, in the order of asking."""

    async def normalise(
        self, raw: Path, to: Path, *, max_bytes: int, max_side: int = SOURCE_SIDE
    ) -> Normalised:
        """Make a source of what a member sent: upright, sRGB, stripped, shrunk where needed.

        What already fits is decoded to prove it and written stripped but not re-encoded.

        Args:
            raw: The file as it came.
            to: Where the picture is written; after an error it may hold a part of it.
            max_bytes: Of the file that is written.
            max_side: Pixels of its longer side.

        Raises:
            Unreadable: It cannot be used; says why.
        """
        return await self._normalise(raw, to, max_bytes=max_bytes, max_side=max_side, proof=True)

    async def check(self, raw: Path, to: Path, *, max_bytes: int) -> Normalised:
        """Check that a result is a whole picture, strip it, and fit it under `max_bytes`.

        Like `normalise`, but its size in pixels is kept as long as the bytes allow, and it is
        decoded only where something has to change.

        Raises:
            Unreadable: It cannot be used; says why.
        """
        return await self._normalise(raw, to, max_bytes=max_bytes, max_side=MAX_SIDE, proof=False)

    async def normalise_pair(
        self,
        raw: Path,
        raw_mask: Path | None,
        to: Path,
        mask_to: Path,
        *,
        max_bytes: int,
        max_side: int = SOURCE_SIDE,
    ) -> NormalisedPair:
        """Make a picture and its mask ready for an edit, turned and shrunk alike.

        The picture is normalised as a source is, and made opaque. What changes is white in the
        mask, or is mostly transparent in the picture where there is no mask; that part is then
        filled with the colours around it, never with those that were erased. Both files given
        again come out as they are.

        Args:
            raw: The picture as it came.
            raw_mask: The mask as it came, of the picture's size as both are seen, or None.
            to: Where the picture is written; after an error it may hold a part of it.
            mask_to: Where the mask is written: PNG, 8-bit grey, black and white, of the
                picture's new size; as `to` after an error.
            max_bytes: Of each file that is written.
            max_side: Pixels of its longer side.

        Raises:
            Unreadable: One cannot be used, or they do not go together; says which and why.
        """
        errand = task.NormalisePair(
            image=str(raw),
            mask=str(raw_mask) if raw_mask else None,
            image_to=str(to),
            mask_to=str(mask_to),
            max_bytes=max_bytes,
            max_side=max_side,
        )
        return await self.run(errand, _PAIR, pictures=2)

    async def polarise(self, mask: Path, to: Path, *, white_changes: bool) -> Normalised:
        """Write a mask of `normalise_pair` as a provider wants it.

        Args:
            mask: White changes.
            to: Where the provider's is written: PNG, 8-bit grey, black and white.
            white_changes: Whether white changes at the provider too; else black does.

        Raises:
            Unreadable: It is no mask.
        """
        errand = task.Polarise(mask=str(mask), to=str(to), white_changes=white_changes)
        return await self.run(errand, _NORMALISED)

    async def normalise_styles(
        self, files: Sequence[tuple[Path, Path]], *, max_bytes: int, max_side: int = SOURCE_SIDE
    ) -> list[Normalised]:
        """Normalise style references so that all of them together stay under a limit.

        Small ones are kept as they are; what they leave is shared by the large ones.

        Args:
            files: Where each lies, and where it is written; after an error these may hold a
                part of it.
            max_bytes: Of all that is written.
            max_side: Pixels of the longer side of each.

        Raises:
            Unreadable: One cannot be used; says which, counted from 1, and why.
        """
        found = [
            await self._style(number, raw, to, max_bytes, max_side)
            for number, (raw, to) in enumerate(files, 1)
        ]
        share = fair_share([style.size for style in found], max_bytes)
        for number, (raw, to) in enumerate(files, 1):
            if found[number - 1].size > share:
                found[number - 1] = await self._style(number, raw, to, share, max_side)
        return found

    async def distance(self, one: Path, other: Path, *, mask: Path | None = None) -> Distance:
        """Tell how far two pictures are apart to the eye, whatever their sizes and formats.

        Args:
            one: A picture.
            other: Another; where its shape differs, it is stretched over the first.
            mask: One of `normalise_pair`, to tell what lies inside from what lies outside.

        Raises:
            Unreadable: One cannot be read, or the mask marks nothing or everything.
        """
        errand = task.Compare(one=str(one), other=str(other), mask=str(mask) if mask else None)
        return await self.run(errand, _DISTANCE, pictures=3)

    async def _normalise(
        self, raw: Path, to: Path, *, max_bytes: int, max_side: int, proof: bool
    ) -> Normalised:
        errand = task.Normalise(
            raw=str(raw), to=str(to), max_bytes=max_bytes, max_side=max_side, proof=proof
        )
        return await self.run(errand, _NORMALISED)

    async def _style(
        self, number: int, raw: Path, to: Path, max_bytes: int, max_side: int
    ) -> Normalised:
        with about(f"style {number}"):
            return await self.normalise(raw, to, max_bytes=max_bytes, max_side=max_side)


def fair_share(sizes: Sequence[int], total: int) -> int:
    """Tell how large each may be so that all fit into `total`, and no less is used than can be.

    A picture smaller than this leaves what it does not need to the others.
    """
    left = total
    for position, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - position)
        if size > share:
            return share
        left -= size
    return total
