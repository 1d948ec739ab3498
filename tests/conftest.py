"""Keeps the memory of a long run small: thousands of tests make stand-ins in one process."""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest
from aiohttp import web_app


def pytest_collection_finish() -> None:
    """Set what importing and collecting made apart: it stays, and need not be searched again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    """Let go of the test's servers; aiohttp remembers the handlers of the last 1024 routes used."""
    yield
    web_app._cached_build_middleware.cache_clear()
