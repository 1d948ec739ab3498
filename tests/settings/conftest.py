from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import Settings, load

GOOD = {"DISCORD_TOKEN": "token-of-a-test-bot", "RUNWARE_API_KEY": "runware-key-of-a-test"}

Load = Callable[..., Settings]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no .env of whoever runs the tests is seen by them."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def load_with(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads from an environment that is good but for what is given."""

    def build(**variables: str | None) -> Settings:
        for name, value in {**GOOD, **variables}.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return load()

    return build
