"""Named instants at which a harness may stop the process: around what touches the outside.

Nothing is armed but by a harness, so that a point costs one comparison.
"""

from __future__ import annotations

from collections.abc import Callable

_hook: Callable[[str], None] | None = None


def arm(hook: Callable[[str], None] | None) -> None:
    """Have `hook` called with the name of each point that is reached; None disarms."""
    global _hook  # noqa: PLW0603 - a point is free only if it looks at one name
    _hook = hook


def armed() -> bool:
    """Whether anybody listens: what a name costs to make is spared otherwise."""
    return _hook is not None


def reach(name: str) -> None:
    """Say that the instant `name` is reached."""
    if _hook is not None:
        _hook(name)
