"""Strength in words: named steps, and the steps that buttons take."""

from __future__ import annotations

STEPS: dict[str, int] = {
    "Subtle": 90,
    "Light": 75,
    "Balanced": 50,
    "Bold": 25,
    "Wild": 10,
}
"""Named strengths, 100 being closest to the source."""

DEFAULT = 50
BUTTON_STEP = 15
LEAST, MOST = 1, 100


def name_of(strength: int) -> str | None:
    """The name of a strength that is one of the steps."""
    return next((name for name, value in STEPS.items() if value == strength), None)


def closer(strength: int) -> int | None:
    """One step closer to the source; None at the end."""
    return None if strength >= MOST else min(MOST, strength + BUTTON_STEP)


def bolder(strength: int) -> int | None:
    """One step further from the source; None at the end."""
    return None if strength <= LEAST else max(LEAST, strength - BUTTON_STEP)
