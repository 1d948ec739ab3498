"""Every hostile file ends as a picture or as one sentence, and the event loop goes on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from PIL import Image

from bot.images import Fault, Images, Normalised, Unreadable
from tests.images.conftest import MAX_BYTES
from tests.images.hostile import CASES, Case, Good

pytestmark = pytest.mark.asyncio(loop_scope="module")

STALL_SECONDS = 0.1


async def outcome(images: Images, case: Case, folder: Path) -> Normalised | Fault:
    """Carry one case through; any error but `Unreadable` passes and fails the test."""
    raw, to = folder / f"{case.name}.raw", folder / f"{case.name}.out"
    await asyncio.to_thread(lambda: raw.write_bytes(case.build()))
    try:
        return await images.normalise(raw, to, max_bytes=MAX_BYTES)
    except Unreadable as error:
        return error.reason


def describe(found: Normalised | Fault) -> Fault | Good:
    if isinstance(found, Fault):
        return found
    size = (found.width, found.height)
    return Good(found.media_type, size, reencoded=found.reencoded, animated=found.animated)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_hostile_file_ends_as_expected(images: Images, case: Case, tmp_path: Path) -> None:
    found = await outcome(images, case, tmp_path)

    assert case.expected == describe(found)
    if isinstance(found, Normalised):
        with Image.open(tmp_path / f"{case.name}.out", formats=("PNG", "JPEG", "WEBP")) as image:
            image.load()
            assert (found.width, found.height) == image.size
            assert getattr(image, "n_frames", 1) == 1


async def test_all_at_once_they_do_not_stall_the_event_loop(tmp_path: Path) -> None:
    """Decoding any one of the large ones in the loop would hold it for 250 ms and more.

    What is left are the starts of worker processes and the parsing of short answers: some
    10 ms, measured on two processors with and without three other programs at full load.
    """
    raws = [tmp_path / str(number) for number in range(len(CASES))]
    for raw, case in zip(raws, CASES, strict=True):
        raw.write_bytes(case.build())
    done = asyncio.Event()

    async with Images(workers=2) as images:

        async def one(raw: Path) -> Normalised | Unreadable:
            try:
                return await images.normalise(raw, raw.with_suffix(".out"), max_bytes=MAX_BYTES)
            except Unreadable as error:
                return error

        longest = asyncio.create_task(longest_stall(done))
        found = await asyncio.gather(*(one(raw) for raw in raws))
        done.set()

    expected = [case.expected for case in CASES]
    assert expected == [describe(f.reason if isinstance(f, Unreadable) else f) for f in found]
    assert await longest < STALL_SECONDS


async def longest_stall(done: asyncio.Event) -> float:
    """Turn the loop every millisecond; return its longest turn in seconds.

    The time that this thread was ready but another program had the processor is not counted:
    it says nothing about the bot.
    """
    longest = 0.0
    while not done.is_set():
        before, waited = time.perf_counter(), waiting_seconds()
        await asyncio.sleep(0.001)
        turn = time.perf_counter() - before - (waiting_seconds() - waited)
        longest = max(longest, turn)
    return longest


def waiting_seconds() -> float:
    """How long this thread has been ready without running (proc(5), schedstat), in seconds."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


async def test_there_are_as_many_hostile_files_as_were_promised() -> None:
    names = [case.name for case in CASES]

    assert len(names) >= 40
    assert len(set(names)) == len(names)


async def test_every_fault_that_a_file_can_have_is_in_the_table() -> None:
    met = {case.expected for case in CASES if isinstance(case.expected, Fault)}

    of_masks = {fault for fault in Fault if fault.startswith("mask_")}
    assert set(Fault) - of_masks - {Fault.FAILED} == met
