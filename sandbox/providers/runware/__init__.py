"""The stand-in of Runware, over HTTP and WebSocket."""

from sandbox.providers.runware.server import Runware

__all__ = ["Runware"]
