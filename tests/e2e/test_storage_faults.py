"""A database that cannot be used, and one that was put back, under the real bot."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager
from decimal import Decimal
from pathlib import Path

from tests.e2e.cards import AFTER, card_of, labels, pictures, text_of
from tests.e2e.world import World

PAGE = 4096
SUBMIT = "/remix$"
SOURCES = "^/ephemeral-attachments/"


@contextmanager
def garbage_head(path: Path) -> Generator[str]:
    with spoilt(path, slice(0, PAGE)):
        yield "file is not a database"


@contextmanager
def garbage_page(path: Path) -> Generator[str]:
    with spoilt(path, slice(-PAGE, None)):
        yield "is damaged"


@contextmanager
def spoilt(path: Path, where: slice) -> Generator[None]:
    sound = path.read_bytes()
    file = bytearray(sound)
    file[where] = os.urandom(PAGE)
    path.write_bytes(file)
    yield
    path.write_bytes(sound)


@contextmanager
def later_schema(path: Path) -> Generator[str]:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE schema_version SET version = version + 2")
        connection.commit()
        yield "start the version of the bot that wrote it"
        connection.execute("UPDATE schema_version SET version = version - 2")
        connection.commit()


@contextmanager
def held_by_another(path: Path) -> Generator[str]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield "another program holds the file; end that one"
        other.execute("ROLLBACK")


Spoil = Callable[[Path], AbstractContextManager[str]]


async def test_a_file_that_cannot_be_used_stops_the_start_and_jobs_go_on_once_it_is_mended(
    own_world: World,
) -> None:
    world = own_world
    await world.start_bot()
    alice = world.member()
    world.providers.fal.gate.clear()
    shot = await world.remix(alice)
    await world.logged("call.accepted", str(world.job(shot)["id"]))
    await world.kill()
    path = world.books.path
    with closing(sqlite3.connect(path)) as connection:
        # So that all pages lie in the file itself.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    trials: list[Spoil] = [garbage_head, garbage_page, later_schema, held_by_another]
    for trial in trials:
        with trial(path) as sentence:
            bot = await world.launch()
            assert await bot.exited() == 1
        serious = [line for line in bot.lines if " ERROR " in line or " CRITICAL " in line]
        assert serious == bot.lines[-1:], bot.lines
        assert "The bot cannot start: " in serious[0]
        assert sentence in serious[0]

    world.providers.fal.gate.set()
    await world.start_bot()
    await world.shown(shot)
    assert world.used(alice) == 4


async def test_a_disk_that_fails_ends_the_bot_once_what_was_paid_is_stored(
    own_world: World,
) -> None:
    world = own_world
    # Read here: the audit takes each such line for a fault of the bot's.
    world.audit.tracebacks = True
    await world.start_bot()
    alice, fal = world.member(), world.providers.fal
    answered = world.event()
    sending = fal.faults.add(method="POST", path=SUBMIT, hold=answered)
    shot = await world.remix(alice)
    await world.reached(sending)

    pid = json.loads((world.folder / "health.json").read_bytes())["pid"]
    with files_no_larger_than(2 * PAGE, pid):
        answered.set()
        complaint = await world.logged("call.not_stored", "disk I/O error")
        await world.logged("bot.stopping")
        refused = await world.remix(world.member())
        assert "cannot write its records just now" in text_of(card_of(refused))
        assert world.running
    assert await world.bot.exited() == 1
    assert "The bot has stopped: The database failed (disk I/O error)" in world.bot.lines[-1]
    await world.discord.offline()
    job = world.job(shot)
    ticket = world.books.one("SELECT ticket FROM calls WHERE job_id = ?", job["id"])
    assert f"work={json.loads(ticket)['request_id']}" in complaint
    assert job["state"] == "running"

    await world.start_bot()
    await world.shown(shot)
    assert (world.used(alice), len(fal.bill)) == (4, 1)


@contextmanager
def files_no_larger_than(size: int, process: int) -> Generator[None]:
    """Let each write of a process beyond so many bytes of a file fail."""
    before = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, before[1]))
    yield
    resource.prlimit(process, resource.RLIMIT_FSIZE, before)


async def test_after_a_restore_nothing_is_sent_that_was_queued_and_no_picture_is_replaced(
    own_world: World,
) -> None:
    world = own_world
    await world.start_bot()
    alice, bob, fal = world.member(), world.member(), world.providers.fal
    reading = [world.discord.faults.add(path=SOURCES, hold_before=world.event()) for _ in range(2)]
    done, not_done = [await world.remix(member) for member in (alice, bob)]
    for one in reading:
        await world.reached(one)
    copy = world.folder / "copy.db"
    back_up(world.books.path, copy)
    first = reading[0].hold_before
    assert first is not None
    first.set()
    await world.shown(done)
    await world.closed(done)
    edits = card_of(done).edits
    await world.kill()

    for suffix in ("-wal", "-shm"):
        world.books.path.with_name(f"remix.db{suffix}").unlink(missing_ok=True)
    shutil.copy(copy, world.books.path)
    world.release()
    await world.start_bot()
    for shot in (done, not_done):
        job = await world.closed(shot)
        assert (job["state"], job["reason"]) == ("failed", "restored")
    assert pictures(card_of(done), AFTER)
    assert card_of(done).edits == edits
    assert "put back to an earlier state" in text_of(card_of(not_done))
    assert labels(card_of(not_done)) == ["Try again", "Delete"]
    assert (world.used(alice), world.used(bob), len(fal.bill)) == (0, 0, 1)

    await world.shown(await world.press(bob, card_of(not_done), "Try again"))
    assert len(fal.bill) == 2
    # What was bought after the copy is in no book: that is what a restore costs.
    world.audit._charged = Decimal("0.04")


def back_up(path: Path, copy: Path) -> None:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
