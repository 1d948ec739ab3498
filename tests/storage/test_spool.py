"""The spool keeps the files of jobs in flight, whole or not at all, and no others."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from storage.spool import Spool, SpoolFullError

JOB = "0123456789abcdef"
OTHER = "fedcba9876543210"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "spool"


@pytest.fixture
def spool(root: Path) -> Spool:
    return Spool(root, cap=1000)


async def put(spool: Spool, job: str, name: str, data: bytes) -> Path:
    staged = spool.staging(job, name, size=len(data))
    staged.write_bytes(data)
    return await spool.commit(job, name, staged)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_file_appears_whole_under_its_name(spool: Spool) -> None:
    staged = spool.staging(JOB, "source", size=7)
    staged.write_bytes(b"picture")
    assert not await spool.has(JOB, "source")

    path = await spool.commit(JOB, "source", staged)

    assert spool.path(JOB, "source") == path
    assert path.read_bytes() == b"picture"
    assert await spool.has(JOB, "source")
    assert await spool.sizes(JOB) == {"source": 7}
    assert not staged.exists()


async def test_a_later_commit_replaces_the_file(spool: Spool) -> None:
    await put(spool, JOB, "result-0", b"old one")
    await put(spool, JOB, "result-0", b"new")

    assert spool.path(JOB, "result-0").read_bytes() == b"new"
    assert spool.used() == 3


async def test_folders_and_files_are_private(root: Path) -> None:
    before = os.umask(0)
    try:
        spool = Spool(root)
        staged = spool.staging(JOB, "source")
        assert mode(staged) == 0o600
        staged.unlink()
        staged.write_bytes(b"written by someone careless")
        assert mode(staged) == 0o666
        path = await spool.commit(JOB, "source", staged)
    finally:
        os.umask(before)

    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert mode(root) == 0o700


@pytest.mark.parametrize(
    "job", ["", "..", "0123456789abcde", JOB + "0", JOB.upper(), JOB + "\n", "../456789abcdef"]
)
async def test_an_id_that_is_not_ours_is_refused(spool: Spool, job: str) -> None:
    for refused in (spool.path, spool.staging):
        with pytest.raises(ValueError, match="no such id"):
            refused(job, "source")
    for refused in (spool.sizes, spool.clear):
        with pytest.raises(ValueError, match="no such id"):
            await refused(job)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "a\0", "Source", "a.part", "0", "-a", "ä", "a\n", "a" * 33],
)
async def test_a_name_that_is_not_ours_is_refused(spool: Spool, name: str) -> None:
    with pytest.raises(ValueError, match="no such id or name"):
        spool.path(JOB, name)
    with pytest.raises(ValueError, match="no such id or name"):
        spool.staging(JOB, name)


async def test_the_cap_is_held_before_a_byte_is_written(spool: Spool, root: Path) -> None:
    await put(spool, JOB, "source", bytes(600))

    with pytest.raises(SpoolFullError):
        spool.staging(OTHER, "source", size=401)

    assert not (root / OTHER).exists()
    assert spool.staging(OTHER, "source", size=400).exists()


async def test_what_may_not_wait_passes_the_cap_and_not_the_disk(root: Path) -> None:
    spool = Spool(root, cap=1000)
    await put(spool, JOB, "source", bytes(1000))

    assert spool.staging(JOB, "result-0", size=500, past_cap=True).exists()
    assert spool.used() == 1500
    with pytest.raises(SpoolFullError, match="disk"):
        spool.staging(JOB, "raw", size=shutil.disk_usage(root).total, past_cap=True)
    with pytest.raises(SpoolFullError, match="spool holds"):
        spool.require_room(0)


async def test_what_is_promised_to_temporaries_counts(spool: Spool) -> None:
    staged = spool.staging(JOB, "source", size=900)
    with pytest.raises(SpoolFullError):
        spool.staging(JOB, "result-0", size=200)

    staged.write_bytes(bytes(10))
    await spool.commit(JOB, "source", staged)

    assert spool.used() == 10
    spool.staging(JOB, "result-0", size=200)


async def test_room_is_given_back_by_discarding_and_clearing(spool: Spool, root: Path) -> None:
    await put(spool, JOB, "source", bytes(100))
    spool.staging(JOB, "result-0", size=300)
    raw = spool.staging(OTHER, "raw", size=500)
    assert spool.used() == 900

    spool.discard(raw)
    spool.discard(raw)
    assert spool.used() == 400

    await spool.clear(JOB)
    assert not raw.exists()  # It was asked for earlier.
    await spool.clear(JOB)
    assert spool.used() == 0
    assert not (root / JOB).exists()
    assert await spool.sizes(JOB) == {}


async def test_what_cannot_be_removed_disturbs_nobody(
    spool: Spool, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    raw = spool.staging(JOB, "raw", size=100)
    raw.unlink()
    raw.mkdir()  # which nobody can unlink

    spool.discard(raw)
    await put(spool, JOB, "source", b"picture")

    assert spool.used() == len(b"picture")
    assert [record.message for record in caplog.records] == ["spool.not_discarded"]
    await spool.clear(JOB)
    assert not (root / JOB).exists()


async def test_a_disk_without_room_is_full(root: Path) -> None:
    root.mkdir(parents=True)
    free = shutil.disk_usage(root).free
    spool = Spool(root, cap=2 * free, disk_margin=free // 2)

    with pytest.raises(SpoolFullError, match="disk"):
        spool.staging(JOB, "source", size=free // 2 + (1 << 30))

    spool.staging(JOB, "source", size=free // 4)
    with pytest.raises(SpoolFullError, match="disk"):
        spool.staging(JOB, "raw", size=free // 4 + (1 << 30))


async def test_only_a_temporary_of_the_job_is_committed(spool: Spool, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"x")
    of_other = spool.staging(OTHER, "source", size=1)

    for staged in (foreign, of_other):
        with pytest.raises(ValueError, match="not a temporary"):
            await spool.commit(JOB, "source", staged)


async def test_a_sweep_removes_orphans_and_temporaries(root: Path) -> None:
    before = Spool(root)
    await put(before, JOB, "source", b"kept")
    await put(before, OTHER, "source", b"orphan")
    half = before.staging(JOB, "result-0")
    half.write_bytes(b"half of a pict")
    (root / "lost+found").mkdir()

    spool = Spool(root)
    removed = await spool.sweep({JOB, "aaaaaaaaaaaaaaaa"})

    assert removed == 1
    assert sorted(path.name for path in root.iterdir()) == [JOB, "lost+found"]
    assert [path.name for path in (root / JOB).iterdir()] == ["source"]
    assert spool.used() == 4


async def test_clearing_waits_for_a_commit_that_was_cancelled(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread cannot be stopped, so the folder must not go under it."""
    syncing, disk = threading.Event(), threading.Event()

    def slow_disk(_: int) -> None:
        syncing.set()
        assert disk.wait(timeout=30)

    monkeypatch.setattr(os, "fsync", slow_disk)
    staged = spool.staging(JOB, "source", size=3)
    commit = asyncio.create_task(spool.commit(JOB, "source", staged))
    await asyncio.to_thread(syncing.wait)

    commit.cancel()
    clearing = asyncio.create_task(spool.clear(JOB))
    early, _ = await asyncio.wait({clearing}, timeout=0.05)
    disk.set()
    await clearing

    assert not early
    assert commit.cancelled()
    assert not await spool.has(JOB, "source")
    assert spool.used() == 0


async def test_a_commit_is_on_the_disk_before_it_is_seen(root: Path) -> None:
    """Seen from outside: the file is synced, then renamed, then both folders are synced."""
    script = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from storage.spool import Spool\n"
        "seen = []\n"
        "def hook(event, args):\n"
        "    if event == 'os.rename': seen.append('rename')\n"
        "fsync = os.fsync\n"
        "def watched(handle):\n"
        "    seen.append(os.path.basename(os.readlink(f'/proc/self/fd/{handle}'))[-16:])\n"
        "    fsync(handle)\n"
        "os.fsync = watched\n"
        "sys.addaudithook(hook)\n"
        "async def main():\n"
        "    spool = Spool(Path(sys.argv[1]))\n"
        f"    staged = spool.staging('{JOB}', 'source')\n"
        "    staged.write_bytes(b'abc')\n"
        f"    await spool.commit('{JOB}', 'source', staged)\n"
        "asyncio.run(main())\n"
        "print(*seen)\n"
    )

    run = subprocess.run(
        [sys.executable, "-P", "-c", script, str(root)],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    file, *rest = run.stdout.split()
    assert file.endswith(".part")
    assert rest == ["rename", JOB, "spool"]
