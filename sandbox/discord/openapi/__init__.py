"""Checks against Discord's own OpenAPI file, where that is at hand."""

from sandbox.discord.openapi.document import OpenApi

__all__ = ["OpenApi"]
