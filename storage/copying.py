"""Copying a whole community from one database into another, and checking the copy row by row."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from storage import fitness, lineage, moves, rows
from storage.database import Database, Row, StorageError, Transaction
from storage.lineage import Lineage
from storage.moves import Departure, Stage
from storage.opening import file_of, open_database
from storage.rows import Key
from storage.shelves import Shelf, jobs_in_flight, shelf_of
from storage.tables import Table, tables

SPOOL = "pictures of jobs in flight"
_APART = {"processes", "spool_files"}
"""Tables that are not copied: who was alive is nobody's successor, and files go shelf by shelf."""


class DifferenceError(StorageError):
    """The copy is not equal; the text names the table and the key, and no content."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(
            f"the copy differs in {what} at {key}. The community stays where it was; remove the "
            "new database and copy again into an empty one."
        )


class Doing(StrEnum):
    """What is done with a table."""

    COPIED = "copied"
    COMPARED = "compared"
    RESTORED = "restored"
    """Its jobs in flight are taken for those of a restored backup: nothing is bought for them."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """How far it has come."""

    doing: Doing
    what: str
    """The table; or what lies in the spool."""
    done: int
    """Rows or files of it until now."""
    ended: bool


@dataclass(frozen=True, kw_only=True)
class Place:
    """A database as an operator names it."""

    url: str
    spool: Path
    """The folder of its pictures, if it is a file."""


@dataclass(frozen=True, kw_only=True)
class _End:
    """One of the two, opened."""

    database: Database
    shelf: Shelf


async def copy(
    source: Place, target: Place, *, lease: int, clock: Callable[[], int]
) -> AsyncGenerator[Step]:
    """Move a community; on return it lives in the target, and nobody starts on the source again.

    What fails before that leaves the source as it was, and a target on which nobody starts.

    Args:
        source: No bot may have it open.
        target: Is made if need be, and holds nothing.
        lease: Milliseconds after which a process without a sign of life counts as dead.
        clock: Gives milliseconds, where a database has no clock of its own.

    Raises:
        DifferenceError: The copy is not equal.
        StorageError: One of the two is not as it has to be, or failed.
    """
    fitness.require_two(source.url, target.url)
    await fitness.require_schema(source.url)
    async with AsyncExitStack() as stack:
        left = await _opened(source, stack)
        new = await _opened(target, stack)
        if await _was_cut_off_at_the_end(left.database, new.database):
            return
        await fitness.require_empty(new.database)
        departure = await Departure.begin(left.database, clock)
        try:
            # Only now, since who starts from here on sees the departure.
            await fitness.require_alone(left.database, lease=lease, clock=clock)
            async with aclosing(_carry_over(left, new, departure)) as steps:
                async for step in steps:
                    await departure.renew()
                    yield step
            _forget_life(target.url)
            if departure.again or await _is_put_back(source.url, left.database):
                yield await _take_for_restored(new.database)
            await departure.complete()
        except BaseException:
            # Where it cannot be written, a minute ends the departure all the same.
            with suppress(StorageError):
                await departure.give_up()
            raise
        await _settle(new.database, departure.id)


async def _carry_over(left: _End, new: _End, departure: Departure) -> AsyncGenerator[Step]:
    async def work(tx: Transaction) -> None:
        await moves.arrive(tx, departure.id)

    await new.database.transaction(work)
    copied = [table for table in tables() if table.name not in _APART]
    for doing, part in ((Doing.COPIED, _copy_table), (Doing.COMPARED, _compare_table)):
        for table in copied:
            async for step in _steps(doing, table.name, part(table, left.database, new.database)):
                yield step
        files = _copy_files if doing is Doing.COPIED else _compare_files
        async for step in _steps(doing, SPOOL, files(left, new)):
            yield step


async def _steps(doing: Doing, what: str, counts: AsyncGenerator[int]) -> AsyncGenerator[Step]:
    done = 0
    async with aclosing(counts):
        async for done in counts:
            yield Step(doing=doing, what=what, done=done, ended=False)
    yield Step(doing=doing, what=what, done=done, ended=True)


async def _copy_table(table: Table, source: Database, target: Database) -> AsyncGenerator[int]:
    done = 0
    async with aclosing(rows.pages(source.read, table)) as pages:
        async for page in pages:
            await _put(table, page, target)
            done += len(page)
            yield done


async def _put(table: Table, page: Sequence[Row], target: Database) -> None:
    async def work(tx: Transaction) -> None:
        await rows.put(tx, table, page)

    try:
        await target.transaction(work)
    except StorageError as error:
        first = _named(table, rows.key_of(table, page[0]))
        raise StorageError(f"{table.name}, from {first} on, cannot be written. {error}") from error


async def _compare_table(table: Table, source: Database, target: Database) -> AsyncGenerator[int]:
    """Count the rows that are equal.

    Raises:
        DifferenceError: One is not, or is only in one of the two.
    """
    done = 0
    async with aclosing(rows.pages(source.read, table)) as pages:
        async for page in pages:
            _require_equal(table, page, await rows.like(target.read, table, page))
            done += len(page)
            yield done
    if await rows.count(target.read, table) != done:
        async with aclosing(rows.pages(target.read, table)) as pages:
            async for page in pages:
                _require_equal(table, page, await rows.like(source.read, table, page))
        raise DifferenceError(table.name, "the number of its rows")


def _require_equal(table: Table, page: Sequence[Row], others: dict[Key, Row]) -> None:
    for row in page:
        key = rows.key_of(table, row)
        other = others.get(key)
        if other is None or not rows.are_equal(table, row, other):
            raise DifferenceError(table.name, _named(table, key))


async def _copy_files(left: _End, new: _End) -> AsyncGenerator[int]:
    if left.shelf.place == new.shelf.place:
        return
    done = 0
    for job_id in await jobs_in_flight(left.database):
        await new.shelf.clear(job_id)
        for name in await left.shelf.names(job_id):
            await new.shelf.put(job_id, name, await left.shelf.get(job_id, name))
            done += 1
            yield done


async def _compare_files(left: _End, new: _End) -> AsyncGenerator[int]:
    done = 0
    for job_id in await jobs_in_flight(left.database):
        names = set(await left.shelf.names(job_id))
        if names != set(await new.shelf.names(job_id)):
            raise DifferenceError(SPOOL, f"job {job_id}")
        for name in sorted(names):
            if await left.shelf.get(job_id, name) != await new.shelf.get(job_id, name):
                raise DifferenceError(SPOOL, f"job {job_id}, {name}")
            done += 1
            yield done


def _named(table: Table, key: Key) -> str:
    return ", ".join(f"{column} = {value}" for column, value in zip(table.key, key, strict=True))


async def _opened(place: Place, stack: AsyncExitStack) -> _End:
    database = await open_database(place.url)
    stack.push_async_callback(database.close)
    return _End(database=database, shelf=shelf_of(database, place.spool))


async def _is_put_back(url: str, database: Database) -> bool:
    """Whether a file is an older copy of itself on which no bot was started since."""
    file = file_of(url)
    return file is not None and await Lineage(file).is_restored(database)


def _forget_life(url: str) -> None:
    """Remove what a database of the same name left: the new one would be taken for restored."""
    file = file_of(url)
    if file is not None:
        file.with_name(file.name + lineage.SUFFIX).unlink(missing_ok=True)


async def _take_for_restored(database: Database) -> Step:
    await database.transaction(lineage.close_past)
    jobs = await jobs_in_flight(database)
    return Step(doing=Doing.RESTORED, what="jobs in flight", done=len(jobs), ended=True)


async def _was_cut_off_at_the_end(source: Database, target: Database) -> bool:
    """Settle what an earlier copy compared to its end; False where there was none."""
    left, arriving = await moves.known(source), await moves.known(target)
    if left is None or arriving is None or left.id != arriving.id or left.stage is not Stage.LEFT:
        return False
    await _settle(target, left.id)
    return True


async def _settle(database: Database, move_id: str) -> None:
    async def work(tx: Transaction) -> None:
        await moves.settle(tx, move_id)

    await database.transaction(work)
