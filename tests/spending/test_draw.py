"""Charts are drawn by a process of their own, which ends with its call, however that ends."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from bot.spending.draw import ChartError, Charts
from tests.spending.rows import HOSTILE, spent

PICTURE = r"sys.stdout.buffer.write(b'\x89PNG\r\n\x1a\nand more')"


def command(*lines: str) -> list[str]:
    """A process in place of the one that draws."""
    return [sys.executable, "-c", "\n".join(("import os, sys, time", *lines))]


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return str(path)


def children() -> set[int]:
    """Processes of this one that run, or that nobody has waited for."""
    found: set[int] = set()
    for thread in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread may have ended by now
            found |= set(map(int, (thread / "children").read_text().split()))
    return found


@pytest.fixture
def ours() -> Callable[[], int]:
    """How many processes there are beside those that other tests have left running."""
    others = children()
    return lambda: len(children() - others)


async def told(pipe: str) -> str:
    """Wait until a process has written into the named pipe, and read it."""
    handle = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)  # opened for both, it waits for nobody
    written = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, written.set)
    try:
        await written.wait()
        return os.read(handle, 4096).decode()
    finally:
        loop.remove_reader(handle)
        os.close(handle)


async def test_a_chart_is_drawn() -> None:
    rows = [spent(member, cost=10 + member) for member in range(len(HOSTILE))]

    png = await Charts().draw("Credits", rows, dict(enumerate(HOSTILE)))

    with Image.open(io.BytesIO(png)) as image:
        assert (image.format, image.size) == ("PNG", (1200, 700))


async def test_the_loop_goes_on_while_a_chart_is_drawn(ours: Callable[[], int]) -> None:
    loop = asyncio.get_running_loop()
    turns: list[float] = []

    def turn() -> None:
        turns.append(loop.time())
        handles[:] = [loop.call_later(0.01, turn)]

    handles = [loop.call_soon(turn)]
    started = loop.time()
    await Charts().draw("Credits", [spent()], {})
    took = loop.time() - started
    handles[0].cancel()

    # Drawn in this process it would have had two or three; nine in ten are left to a busy machine.
    assert len(turns) > took / 0.01 / 10
    assert ours() == 0


async def test_the_bot_itself_does_not_load_what_draws() -> None:
    script = "import sys, bot.spending.draw, bot.spending.table; print(*sys.modules)"

    found = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = found.stdout.split()
    assert "bot.spending.bars" in loaded
    assert not [name for name in loaded if name.startswith(("matplotlib", "numpy"))]


async def test_the_process_knows_no_secret_and_little_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "made-up-token")
    known = tmp_path / "known"
    write = f"open({str(known)!r}, 'wb').write(open('/proc/self/environ', 'rb').read())"

    await Charts(command=command(write, PICTURE)).draw("Credits", [], {})

    entries = [entry for entry in known.read_bytes().split(b"\0") if entry]
    assert b"made-up-token" not in known.read_bytes()
    assert {entry.partition(b"=")[0].decode() for entry in entries} <= {
        *("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "MPLCONFIGDIR", "HOME", "OPENBLAS_NUM_THREADS"),
    }


async def test_a_process_past_its_deadline_is_killed_and_its_folder_removed(
    ours: Callable[[], int], pipe: str
) -> None:
    tell = f"open({pipe!r}, 'w').write(os.environ['MPLCONFIGDIR'])"
    charts = Charts(command=command(tell, "time.sleep(600)"), deadline=2.0)
    drawing = asyncio.create_task(charts.draw("Credits", [], {}))

    folder = Path(await told(pipe))
    assert folder.is_dir()
    with pytest.raises(ChartError, match="not done in 2 s"):
        await drawing

    assert not folder.exists()
    assert ours() == 0


async def test_a_cancelled_call_leaves_neither_process_nor_folder(
    ours: Callable[[], int], pipe: str
) -> None:
    tell = f"open({pipe!r}, 'w').write(os.environ['MPLCONFIGDIR'])"
    charts = Charts(command=command(tell, "time.sleep(600)"))
    drawing = asyncio.create_task(charts.draw("Credits", [], {}))
    folder = Path(await told(pipe))

    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing

    assert not folder.exists()
    assert ours() == 0


async def test_charts_are_drawn_one_after_the_other(
    ours: Callable[[], int], pipe: str, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)
    tell, wait = f"open({pipe!r}, 'w').write('started')", f"open({str(go)!r}).read()"
    charts = Charts(command=command(tell, wait, PICTURE))

    drawing = [asyncio.create_task(charts.draw("Credits", [], {})) for _ in range(3)]
    for _ in drawing:
        assert await told(pipe) == "started"
        assert ours() == 1
        await asyncio.to_thread(go.write_text, "go")
    pictures = await asyncio.gather(*drawing)

    assert len(pictures) == 3
    assert ours() == 0


async def test_a_call_that_is_cancelled_while_it_waits_takes_no_turn(
    pipe: str, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)
    tell, wait = f"open({pipe!r}, 'w').write('started')", f"open({str(go)!r}).read()"
    charts = Charts(command=command(tell, wait, PICTURE))
    first = asyncio.create_task(charts.draw("Credits", [], {}))
    await told(pipe)
    waiting = asyncio.create_task(charts.draw("Credits", [], {}))
    await asyncio.sleep(0)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.to_thread(go.write_text, "go")

    assert (await first).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["print('warning', file=sys.stderr)", "raise MemoryError('no room')"], "no room"),
        (["os.kill(os.getpid(), 9)"], "ended with -9"),
        (["print('no picture')"], "ended with 0"),
        ([PICTURE, "sys.stdout.flush()", "sys.exit(3)"], "ended with 3"),
        (["os.close(0)", PICTURE, "sys.stdout.flush()", "sys.exit('odd ' * 999)"], "odd"),
    ],
)
async def test_a_process_that_fails_is_told(
    ours: Callable[[], int], lines: list[str], says: str
) -> None:
    charts = Charts(command=command(*lines))

    with pytest.raises(ChartError, match=says) as caught:
        await charts.draw("Credits", [spent()], {})

    assert len(str(caught.value)) < 250
    assert ours() == 0


async def test_a_process_that_cannot_be_started_is_told() -> None:
    with pytest.raises(ChartError, match="not started"):
        await Charts(command=["./no-such-command"]).draw("Credits", [], {})


async def test_the_next_chart_is_drawn_after_one_that_failed(tmp_path: Path) -> None:
    once = f"os.mkdir({str(tmp_path / 'once')!r})"
    charts = Charts(command=command("try:", f"    {once}", "except OSError:", f"    {PICTURE}"))

    with pytest.raises(ChartError):
        await charts.draw("Credits", [], {})

    assert (await charts.draw("Credits", [], {})).startswith(b"\x89PNG")
