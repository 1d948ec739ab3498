"""The pool outlives its workers: killed, too slow, out of memory, cancelled, closed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from bot.images import Fault, Images, Normalised, NormalisedPair, Unreadable, pool, task
from tests.images import files

# A named pipe stands for a picture that takes its time: a worker that opens it waits there
# until the test writes, and the test's own opening returns when the worker has come so far.


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo"
    path.write_bytes(files.png())
    return path


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    path = tmp_path / "slow"
    os.mkfifo(path)
    return path


@asynccontextmanager
async def being_read(path: Path, reading: asyncio.Task[Any]) -> AsyncGenerator[int]:
    """Wait until a worker is reading a named pipe; yields what to write to."""
    opening = asyncio.create_task(asyncio.to_thread(os.open, path, os.O_WRONLY))
    await asyncio.wait({opening, reading}, return_when=asyncio.FIRST_COMPLETED)
    if not opening.done():
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))  # lets the thread go
        os.close(await opening)
        pytest.fail("the picture was not read once more")
    handle = await opening
    try:
        yield handle
    finally:
        os.close(handle)


async def kill_reader(path: Path, reading: asyncio.Task[Any]) -> int:
    """Kill the one worker while it reads a named pipe, and wait until it is gone.

    It is stopped first, so that it does not see the pipe end.
    """
    async with being_read(path, reading):
        (pid,) = workers()
        ended = os.pidfd_open(pid)
        os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGKILL)
    await readable(ended)
    return pid


async def readable(handle: int) -> None:
    """Wait until a process has ended (pidfd_open(2)); the test's time-out is the limit."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, ended.set)
    await ended.wait()
    loop.remove_reader(handle)
    os.close(handle)


OTHERS: set[int] = set()
"""Workers of a pool that other tests share, which may live in this process as well."""


@pytest.fixture(autouse=True)
def _know_others() -> Iterator[None]:
    OTHERS.update(workers())
    yield
    OTHERS.clear()


def workers(parent: int | None = None) -> list[int]:
    """Process ids of the picture workers of a process, but for those of `OTHERS`."""
    children: list[int] = []
    for thread in Path(f"/proc/{parent or os.getpid()}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread may have ended by now
            children += map(int, (thread / "children").read_text().split())
    ours = (pid for pid in children if pid not in OTHERS)
    return [pid for pid in ours if b"bot.images.worker" in command_line(pid)]


def command_line(pid: int) -> bytes:
    with suppress(FileNotFoundError, ProcessLookupError):  # it may be gone by now
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


async def fault(images: Images, raw: Path, *, max_bytes: int = 10_000_000) -> Fault:
    with pytest.raises(Unreadable) as caught:
        await images.normalise(raw, raw.with_suffix(".out"), max_bytes=max_bytes)
    return caught.value.reason


async def read(images: Images, raw: Path) -> Normalised:
    return await images.normalise(raw, raw.with_suffix(".out"), max_bytes=10_000_000)


async def test_a_worker_killed_in_the_middle_is_replaced_and_asked_again(slow: Path) -> None:
    async with Images() as images:
        reading = asyncio.create_task(read(images, slow))
        first = await kill_reader(slow, reading)
        async with being_read(slow, reading) as pipe:
            (second,) = workers()
            os.write(pipe, files.png())

        assert (await reading).size == len(files.png())
        assert first != second


async def test_a_picture_that_kills_two_workers_is_refused_and_the_next_is_read(
    slow: Path, photo: Path
) -> None:
    async with Images() as images:
        reading = asyncio.create_task(fault(images, slow))
        for _ in range(2):
            await kill_reader(slow, reading)

        assert await reading is Fault.FAILED
        assert (await read(images, photo)).size == len(files.png())


async def test_a_worker_killed_while_idle_is_replaced(photo: Path) -> None:
    async with Images() as images:
        await images.warm()
        os.kill(workers()[0], signal.SIGKILL)

        assert (await read(images, photo)).size == len(files.png())


async def test_a_picture_past_its_deadline_is_refused_and_its_worker_killed(
    slow: Path, photo: Path
) -> None:
    async with Images(deadline=0.5) as images:
        await images.warm()

        assert await fault(images, slow) is Fault.TOO_SLOW
        assert workers() == []
        assert (await read(images, photo)).size == len(files.png())


async def test_a_tiny_deadline_refuses_a_real_picture(tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(files.large_jpeg())

    async with Images(deadline=0.01) as images:
        assert await fault(images, large) is Fault.TOO_SLOW


async def test_pictures_that_wait_are_not_hurt_by_a_slow_one(slow: Path, photo: Path) -> None:
    async with Images(deadline=1.0) as images:
        first = asyncio.create_task(fault(images, slow))
        async with being_read(slow, first):
            others = [asyncio.create_task(read(images, photo)) for _ in range(5)]

            assert await first is Fault.TOO_SLOW
        assert {len(files.png())} == {found.size for found in await asyncio.gather(*others)}


async def test_a_picture_out_of_memory_is_refused_and_the_next_is_read(
    tmp_path: Path, photo: Path
) -> None:
    large = tmp_path / "large"
    large.write_bytes(files.saved(files.photo(4000, 3000), "PNG", compress_level=1))

    async with Images(memory=64 << 20) as images:
        assert await fault(images, large) is Fault.FAILED
        assert (await read(images, photo)).size == len(files.png())


async def test_an_answer_to_another_question_is_not_believed(photo: Path) -> None:
    """A worker that was taken over can say what it likes."""
    other = TypeAdapter[NormalisedPair | task.Refusal](NormalisedPair | task.Refusal)
    errand = task.Normalise(raw=str(photo), to=f"{photo}.out", max_bytes=10_000, max_side=100)

    async with Images() as images:
        with pytest.raises(Unreadable) as caught:
            await images.run(errand, other)

        assert caught.value.reason is Fault.FAILED
        assert workers() == []
        assert (await read(images, photo)).size == len(files.png())


async def test_a_mask_past_its_deadline_is_refused(slow: Path, photo: Path) -> None:
    async with Images(deadline=0.3) as images:
        with pytest.raises(Unreadable) as caught:
            await images.normalise_pair(
                photo, slow, photo.with_suffix(".to"), photo.with_suffix(".mask"), max_bytes=10_000
            )

        assert caught.value.reason is Fault.TOO_SLOW
        assert caught.value.detail == "0.6 s"  # two pictures have twice the time
        assert workers() == []


async def test_pictures_are_read_in_the_order_of_asking(slow: Path, photo: Path) -> None:
    finished: list[int] = []

    async def one(images: Images, number: int) -> None:
        await images.normalise(photo, photo.with_suffix(f".{number}"), max_bytes=10_000_000)
        finished.append(number)

    async with Images() as images:
        reading = asyncio.create_task(read(images, slow))
        async with being_read(slow, reading) as pipe:
            others = [asyncio.create_task(one(images, number)) for number in range(8)]
            await asyncio.sleep(0)  # they all ask while the worker is busy
            os.write(pipe, files.png())
        await asyncio.gather(reading, *others)

    assert finished == list(range(8))


async def test_two_workers_read_two_pictures_at_once(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for path in (one, other):
        os.mkfifo(path)

    async with Images(workers=2) as images:
        reading = [asyncio.create_task(read(images, path)) for path in (one, other)]
        async with (
            being_read(one, reading[0]) as first,
            being_read(other, reading[1]) as second,
        ):
            assert len(workers()) == 2
            os.write(first, files.png())
            os.write(second, files.jpeg())

        sizes = [found.size for found in await asyncio.gather(*reading)]
    assert [len(files.png()), len(files.jpeg())] == sizes


async def test_a_cancelled_picture_is_written_no_more(slow: Path, photo: Path) -> None:
    async with Images() as images:
        reading = asyncio.create_task(read(images, slow))
        async with being_read(slow, reading):
            (first,) = workers()
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            assert first not in workers()

        assert not slow.with_suffix(".out").exists()
        assert (await read(images, photo)).size == len(files.png())


async def test_a_caller_that_is_cancelled_while_it_waits_takes_no_turn(
    slow: Path, photo: Path
) -> None:
    async with Images() as images:
        reading = asyncio.create_task(read(images, slow))
        async with being_read(slow, reading) as pipe:
            waiting = asyncio.create_task(read(images, photo))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            os.write(pipe, files.png())
        await reading

        assert (await read(images, photo)).size == len(files.png())


async def test_closing_ends_the_picture_in_hand_and_those_that_wait(
    slow: Path, photo: Path
) -> None:
    async with AsyncExitStack() as stack:
        images = await stack.enter_async_context(Images())
        reading = asyncio.create_task(fault(images, slow))
        async with being_read(slow, reading):
            waiting = [asyncio.create_task(fault(images, photo)) for _ in range(3)]
            await stack.aclose()

    assert {Fault.FAILED} == set(await asyncio.gather(reading, *waiting))
    assert workers() == []


async def test_a_worker_is_replaced_after_its_share_before_anybody_asks(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_TASKS_PER_PROCESS", 3)
    async with Images() as images:
        await read(images, photo)
        (first,) = workers()
        await read(images, photo)
        await read(images, photo)
        assert first not in workers()

        assert images._renewing is not None
        await images._renewing
        (second,) = workers()
        await read(images, photo)
        assert workers() == [second]


async def test_a_worker_that_ended_is_not_replaced_once_the_pool_is_closed(tmp_path: Path) -> None:
    async with Images() as images:
        await fault(images, tmp_path / "nothing")  # A fault of ours ends the worker.

    assert images._renewing is not None
    await images._renewing
    assert workers() == []


async def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    async with Images() as images:
        assert await fault(images, tmp_path / "nothing") is Fault.FAILED


async def test_what_is_written_is_private(photo: Path) -> None:
    async with Images() as images:
        await read(images, photo)

    assert photo.with_suffix(".out").stat().st_mode & 0o777 == 0o600


async def test_a_worker_knows_no_secret_and_little_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "made-up-token")

    async with Images() as images:
        await images.warm()
        (pid,) = workers()
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        limits = Path(f"/proc/{pid}/limits").read_text()

    assert b"made-up-token" not in environment
    names = {entry.partition(b"=")[0] for entry in environment.split(b"\0") if entry}
    assert names <= {b"PATH", b"LD_LIBRARY_PATH", b"PYTHONPATH"}
    assert "unlimited" not in next(li for li in limits.splitlines() if "address space" in li)


async def test_a_worker_loads_neither_the_bot_nor_the_event_loop() -> None:
    script = "import sys, bot.images.worker; print(*sys.modules)"

    found = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    unwanted = {"asyncio", "discord", "httpx", "pydantic", "ssl", "aiosqlite", "bot.settings"}
    assert not unwanted & set(found.stdout.split())


async def test_the_bot_itself_does_not_even_load_a_decoder() -> None:
    script = "import sys, bot.images; bot.images.Images; print(*sys.modules)"

    found = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "bot.images.pool" in found.stdout.split()
    assert not [name for name in found.stdout.split() if name.startswith("PIL")]


async def test_workers_end_with_a_bot_that_was_killed(tmp_path: Path) -> None:
    """Nobody is left to end them: they see their standard input end."""
    script = (
        "import asyncio, sys\n"
        "from bot.images import Images\n"
        "async def main():\n"
        "    async with Images(workers=2) as images:\n"
        "        await images.warm()\n"
        "        print('warm', flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", script),
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert bot.stdout is not None
    assert await bot.stdout.readline() == b"warm\n"
    handles = [os.pidfd_open(pid) for pid in workers(bot.pid)]
    assert len(handles) == 2

    bot.kill()
    await bot.communicate()

    for handle in handles:
        await readable(handle)
