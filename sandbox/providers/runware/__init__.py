"""The stand-in of Runware's REST endpoint."""

from sandbox.providers.runware.server import Runware

__all__ = ["Runware"]
