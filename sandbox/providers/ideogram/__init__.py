"""The stand-in of Ideogram: the legacy remix and the one of 3.0."""

from sandbox.providers.ideogram.server import Ideogram

__all__ = ["Ideogram"]
