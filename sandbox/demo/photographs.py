"""Real photographs with free licences: see docs/photographs.md."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from sandbox.discord import Upload

NAMES = ("chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png", "hubble_deep_field.jpg")


def photographs() -> list[Upload]:
    """Read the photographs from the package that brings them; it is not imported.

    Raises:
        FileNotFoundError: The package is not installed.
    """
    spec = find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("The photographs are not installed: run `make demo`.")
    folder = Path(spec.submodule_search_locations[0]) / "data"
    return [Upload(name, (folder / name).read_bytes()) for name in NAMES]
