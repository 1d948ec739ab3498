"""The stand-in of Ideogram's legacy remix."""

from sandbox.providers.ideogram.server import Ideogram

__all__ = ["Ideogram"]
