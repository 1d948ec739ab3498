"""Masks as a member paints them: white where the picture changes, on black."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from sandbox.discord import Upload


def mask_for(photograph: Upload) -> Upload:
    """Paint a mask of a photograph's size, with an ellipse in its middle."""
    with Image.open(io.BytesIO(photograph.data)) as picture:
        width, height = picture.size
    mask = Image.new("L", (width, height), 0)
    middle = (width // 4, height // 4, width * 3 // 4, height * 3 // 4)
    ImageDraw.Draw(mask).ellipse(middle, fill=255)
    file = io.BytesIO()
    mask.save(file, "PNG")
    return Upload("mask.png", file.getvalue())
