"""Pictures: what comes in is proved and normalised, what goes out is proved and fitted.

`Images` is the way in. It hands every file to a worker process; nothing that a member or a
provider sent is decoded in the process of the bot.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from bot.images.faults import SENTENCES, Fault, Unreadable, sentence_of
from bot.images.sniff import MediaType, sniff
from bot.images.task import Distance, Normalised, NormalisedPair

if TYPE_CHECKING:
    from bot.images.images import Images

__all__ = [
    "SENTENCES",
    "Distance",
    "Fault",
    "Images",
    "MediaType",
    "Normalised",
    "NormalisedPair",
    "Unreadable",
    "sentence_of",
    "sniff",
]


def __getattr__(name: str) -> object:
    """Load `Images` when it is asked for: the worker imports this package, but not the pool."""
    if name == "Images":
        return import_module("bot.images.images").Images
    raise AttributeError(name)
