from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.health import check, keep_beating, sqlite_warning

NOW = 1_800_000_000_000


class StoppedClock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> int:
        return self.time


class Pauses:
    """Stands for the sleep between beats: the test waits for it to begin, and ends it."""

    def __init__(self) -> None:
        self.begun = asyncio.Queue[float]()
        self.over = asyncio.Queue[None]()

    async def __call__(self, seconds: float) -> None:
        self.begun.put_nowait(seconds)
        await self.over.get()


@asynccontextmanager
async def beating(
    path: Path, clock: StoppedClock, ready: Callable[[], bool]
) -> AsyncGenerator[Pauses]:
    pauses = Pauses()
    task = asyncio.create_task(keep_beating(path, clock=clock, ready=ready, sleep=pauses))
    try:
        yield pauses
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "health.json"


async def test_a_beating_bot_is_well(path: Path) -> None:
    async with beating(path, StoppedClock(), lambda: True) as pauses:
        assert await pauses.begun.get() == 5.0
        reason = check(path, NOW)

    assert reason is None
    assert json.loads(path.read_text()) == {"at": NOW, "ready": True, "pid": os.getpid()}
    assert [file.name for file in path.parent.iterdir()] == ["health.json"]


async def test_each_beat_tells_the_time_and_the_gateway_anew(path: Path) -> None:
    clock, gateway = StoppedClock(), [False]
    async with beating(path, clock, lambda: gateway[0]) as pauses:
        await pauses.begun.get()
        before = check(path, NOW)
        clock.time, gateway[0] = NOW + 70_000, True
        pauses.over.put_nowait(None)
        await pauses.begun.get()
        after = check(path, NOW + 70_000)

    assert before == "The bot is not connected to Discord's gateway."
    assert after is None


async def test_a_loop_that_stands_still_is_found_out(path: Path) -> None:
    async with beating(path, StoppedClock(), lambda: True) as pauses:
        await pauses.begun.get()

        assert check(path, NOW + 60_000) is None
        assert check(path, NOW + 60_001) == "The event loop gave its last sign of life 60 s ago."
        assert check(path, NOW - 60_001) is not None


async def test_a_disk_that_fails_does_not_stop_the_beat(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = path.parent / "later"
    async with beating(folder / path.name, StoppedClock(), lambda: True) as pauses:
        await pauses.begun.get()
        folder.mkdir()
        pauses.over.put_nowait(None)
        await pauses.begun.get()

        assert check(folder / path.name, NOW) is None

    assert [record.message for record in caplog.records] == ["health.not_written"]


def test_no_file_means_not_running(path: Path) -> None:
    assert str(check(path, NOW)).startswith("The bot is not running, or its health file")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"at": "1", "ready": true, "pid": 1}', '{"at": 1}', "\x00\xff"]
)
def test_a_file_that_is_none_of_ours_is_ill_health(path: Path, text: str) -> None:
    path.write_text(text, encoding="latin-1")

    assert check(path, NOW) == f"{path} is not a health file."


def test_the_system_clock_counts_milliseconds() -> None:
    assert 1_750_000_000_000 < SystemClock().now() < 10_000_000_000_000


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 51, 2), (3, 7, 0)])
def test_an_old_sqlite_gets_a_warning_with_its_reason(version: tuple[int, int, int]) -> None:
    warning = sqlite_warning(version)

    assert warning is not None
    assert warning.startswith(f"SQLite {'.'.join(map(str, version))} has a fault, mended in 3.51.3")
    assert "corrupt" in warning


@pytest.mark.parametrize("version", [(3, 51, 3), (3, 52, 1), (4, 0, 0)])
def test_a_sound_sqlite_gets_none(version: tuple[int, int, int]) -> None:
    assert sqlite_warning(version) is None
