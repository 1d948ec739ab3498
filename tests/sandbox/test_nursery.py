from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from sandbox.nursery import Child, Nursery, kept_environment

SETTINGS = {**kept_environment(), "DISCORD_TOKEN": "token-of-a-test", "FAL_KEY": "key:of-a-test"}


@pytest.fixture
def patient() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe into which nothing is written: what reads from it waits."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


async def waiting(nursery: Nursery, folder: Path, ends: tuple[int, int]) -> Child:
    """A process that asks whether to go on, and has said so."""
    (folder / "picture.png").write_bytes(b"a picture")
    reading, writing = os.pipe()
    try:
        child = await nursery.bear(
            *("calibrate", "fal-v3", "picture.png"),
            environment=SETTINGS,
            folder=folder,
            streams=(ends[0], writing, 2),
        )
        await asyncio.to_thread(os.read, reading, 1)
    finally:
        os.close(reading)
        os.close(writing)
    return child


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [(("health",), SETTINGS), (("walk",), kept_environment())],
)
async def test_what_is_born_says_and_ends_as_what_an_operator_starts(
    nursery: Nursery, tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str]
) -> None:
    plain = subprocess.run(
        (sys.executable, "-m", "bot", *arguments),
        env=settings,
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    with TemporaryFile() as out, TemporaryFile() as err:
        streams = (0, out.fileno(), err.fileno())
        child = await nursery.bear(
            *arguments, environment=settings, folder=tmp_path, streams=streams
        )
        status = await child.wait()
        out.seek(0)
        err.seek(0)
        said = out.read(), err.read()

    assert (status, *said) == (plain.returncode, plain.stdout, plain.stderr)


async def test_a_signal_reaches_it_and_no_other(
    nursery: Nursery, tmp_path: Path, patient: tuple[int, int]
) -> None:
    one = await waiting(nursery, tmp_path, patient)
    other = await waiting(nursery, tmp_path, patient)

    one.send_signal(signal.SIGKILL)

    assert await one.wait() == -signal.SIGKILL
    assert other.returncode is None
    other.send_signal(signal.SIGTERM)
    assert await other.wait() == -signal.SIGTERM


async def test_what_still_lives_ends_with_its_nursery(
    tmp_path: Path, patient: tuple[int, int]
) -> None:
    with Nursery() as nursery:
        child = await waiting(nursery, tmp_path, patient)

    assert await child.wait() == -signal.SIGKILL
