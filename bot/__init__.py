"""Remix Bot: everything that is neither a Discord command nor SQL."""

__version__ = "0.1.0"
