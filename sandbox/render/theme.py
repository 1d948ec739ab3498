"""Colours and measures of Discord's dark theme, read off the desktop client; lengths in pixels."""

from __future__ import annotations

from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]

CHAT: Colour = (49, 51, 56)
EPHEMERAL: Colour = (54, 56, 69)
CARD: Colour = (43, 45, 49)
CARD_EDGE: Colour = (63, 65, 71)
FIELD: Colour = (30, 31, 34)
CODE: Colour = (30, 31, 34)
PILL: Colour = (66, 68, 75)
MENTION: Colour = (60, 66, 112)
DIVIDER: Colour = (66, 69, 75)

TEXT: Colour = (219, 222, 225)
BRIGHT: Colour = (242, 243, 245)
MUTED: Colour = (148, 155, 164)
LINK: Colour = (0, 168, 252)
MENTION_TEXT: Colour = (201, 205, 251)
WHITE: Colour = (255, 255, 255)
BLURPLE: Colour = (88, 101, 242)

BUTTONS: dict[int, Colour] = {
    1: BLURPLE,
    2: (78, 80, 88),
    3: (36, 128, 70),
    4: (218, 55, 60),
    5: (78, 80, 88),
    6: BLURPLE,
}
"""The colour of each button style."""

TEXT_SIZE = 16.0
LINE = 22.0
GAP = 8.0
"""Between the parts of a layout."""
PADDING = 16.0
RADIUS = 8.0
AVATAR = 40.0
INDENT = 72.0
"""Where the message begins, to the right of its author's picture."""
STRIP = 4.0
"""Width of a container's accent."""


def mix(colour: Colour, ground: Colour, share: float) -> Colour:
    """Lay a colour over another; a share of 1 hides the ground."""
    red, green, blue = (
        round(top * share + bottom * (1 - share))
        for top, bottom in zip(colour, ground, strict=True)
    )
    return red, green, blue
