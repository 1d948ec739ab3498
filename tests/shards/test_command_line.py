"""`remix-bot run` with shards."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.__main__ import EXIT_SETTINGS, main
from bot.serve import serve
from bot.settings import Settings, load
from bot.shards import Shards, ShardsError


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """All that the bot needs, with a file for a database."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DISCORD_TOKEN", "token-of-a-test-bot")
    monkeypatch.setenv("RUNWARE_API_KEY", "runware-key-of-a-test")
    monkeypatch.chdir(tmp_path)
    return load()


def test_shards_that_make_no_sense_stop_the_start_with_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["run", "--shard-ids", "4-7", "--shard-count", "4"])

    assert status == EXIT_SETTINGS
    assert "There is no shard 7 among 4" in capsys.readouterr().err


async def test_a_part_of_the_shards_needs_a_database_that_processes_share(
    settings: Settings,
) -> None:
    with pytest.raises(ShardsError, match="several processes need PostgreSQL"):
        await serve(settings, Shards(ids=(0, 1), count=4))
