"""The stand-in of fal: queue, synchronous endpoint, storage."""

from sandbox.providers.fal.server import Fal

__all__ = ["Fal"]
