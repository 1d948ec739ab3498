"""How long a stop may take is said wherever somebody sets it, and is enough."""

from __future__ import annotations

import pytest

from bot.backends.base import ProviderAccess, ProviderName
from bot.backends.http import Http
from bot.backends.pace import Pace
from bot.backends.registry import Registry
from bot.jobs.context import Tempo
from sandbox.process import ROOT

GRACE_SECONDS = 150
CLOSING_SECONDS = 5
"""For storing what a call was answered, and closing the database."""


def test_the_longest_call_and_all_else_that_a_stop_waits_for_fit_into_the_grace() -> None:
    access = {name: ProviderAccess(key="key", url="http://x") for name in ProviderName}
    registry = Registry(Http(trusted=()), access)

    longest = max(Pace().synchronous, *map(registry.longest_submit, ProviderName))

    assert longest + Tempo().stop_showing + CLOSING_SECONDS <= GRACE_SECONDS


@pytest.mark.parametrize("page", ["README.md", "Dockerfile", "docs/operating.md"])
def test_the_grace_is_documented(page: str) -> None:
    assert f"--stop-timeout {GRACE_SECONDS}" in (ROOT / page).read_text(encoding="utf-8")


def test_the_grace_is_documented_for_other_supervisors() -> None:
    guide = (ROOT / "docs/operating.md").read_text(encoding="utf-8")

    for setting in (
        f"stop_grace_period: {GRACE_SECONDS}s",
        f"terminationGracePeriodSeconds: {GRACE_SECONDS}",
        f"TimeoutStopSec={GRACE_SECONDS}",
    ):
        assert setting in guide
