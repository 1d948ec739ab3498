"""Colour profiles: what they say is carried out, then they are dropped."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from itertools import product
from typing import Final

from PIL import Image, ImageCms

_MODES: Final = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
"""What a profile may speak of, as bytes 16 to 19 of its header name it (ICC.1:2022, 7.2.8)."""
_PICTURES: Final = {"L": {"L", "LA"}, "RGB": {"L", "LA", "RGB", "RGBA"}, "CMYK": {"CMYK"}}
"""Modes of pictures that a profile for the key's mode can speak of."""
_TOLERANCE: Final = 2
"""Levels of 255. Encodings of sRGB itself differ by this much in rounding."""
_LEVELS: Final = (0, 64, 128, 192, 255)


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """A way from a profile to sRGB."""

    mode: str
    """Of the pixels that go in."""
    transform: ImageCms.ImageCmsTransform

    def apply(self, image: Image.Image) -> Image.Image:
        """Return the picture in sRGB; its alpha stays as it is."""
        alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
        base = image if image.mode == self.mode else image.convert(self.mode)
        converted = self.transform.apply(base)
        if alpha is not None:
            converted.putalpha(alpha)
        return converted


def conversion(profile: bytes | None, mode: str) -> Conversion | None:
    """Find out how a picture of `mode` with this profile becomes sRGB.

    Returns:
        None where nothing is to be done: no profile, one that cannot be read or speaks of
        other channels (it is ignored, as browsers do), or one that is sRGB in effect,
        whatever its name.
    """
    if profile is None:
        return None
    try:
        found = _build(profile)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
    if found is None or mode not in _PICTURES[found.mode] or _changes_nothing(found):
        return None
    return found


def _build(profile: bytes) -> Conversion | None:
    mode = _MODES.get(profile[16:20])
    if mode is None:
        return None
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(BytesIO(profile)),
        ImageCms.createProfile("sRGB"),  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - Pillow leaves its type open
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return Conversion(mode=mode, transform=transform)


def _changes_nothing(found: Conversion) -> bool:
    if found.mode == "CMYK":
        return False
    colours = bytes(level for colour in product(_LEVELS, repeat=3) for level in colour)
    probe = Image.frombytes("RGB", (len(colours) // 3, 1), colours)
    if found.mode == "L":
        probe = Image.frombytes("L", (256, 1), bytes(range(256)))
    after = found.apply(probe).tobytes()
    before = probe.convert("RGB").tobytes()
    return max(abs(a - b) for a, b in zip(after, before, strict=True)) <= _TOLERANCE
