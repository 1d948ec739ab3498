"""A disk that notes what SQLite writes and syncs, and tells what a power cut would leave of it.

The open function of SQLite's own layer to the system is replaced, in this process, by one that
looks on. So the engine under test is the real one, on real files.

Source: sqlite.org, c3ref/vfs.html and c3ref/io_methods.html, read 2026-11.
"""

from __future__ import annotations

import ctypes
import random
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from ctypes.util import find_library
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECTOR = 512
_AFTER_SYNC = ("FileSize", "Lock", "Unlock", "CheckReservedLock", "FileControl", "SectorSize")
_LATER = ("DeviceCharacteristics", "ShmMap", "ShmLock", "ShmBarrier", "ShmUnmap")


class _Methods(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_int),
        *((name, ctypes.c_void_p) for name in ("Close", "Read", "Write", "Truncate", "Sync")),
        *((name, ctypes.c_void_p) for name in (*_AFTER_SYNC, *_LATER, "Fetch", "Unfetch")),
    ]


class _File(ctypes.Structure):
    _fields_ = [("methods", ctypes.POINTER(_Methods))]


class _Vfs(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int) for name in ("version", "file_size", "path_size")),
        *((name, ctypes.c_void_p) for name in ("next", "name", "data", "open")),
    ]


_OPEN = ctypes.CFUNCTYPE(
    *(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p),
    *(ctypes.POINTER(_File), ctypes.c_int, ctypes.c_void_p),
)
_WRITE = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


@dataclass(frozen=True)
class Write:
    file: str
    offset: int
    data: bytes


@dataclass(frozen=True)
class Truncate:
    file: str
    size: int


@dataclass(frozen=True)
class Sync:
    file: str


@dataclass(frozen=True)
class Acknowledged:
    what: str


Event = Write | Truncate | Sync | Acknowledged


@dataclass
class Disk:
    """What was done to the files of one folder, in order."""

    folder: Path
    events: list[Event] = field(default_factory=list)

    def acknowledge(self, what: str) -> None:
        """Note that somebody was told that it is stored."""
        self.events.append(Acknowledged(what))


def library() -> ctypes.CDLL | None:
    """The SQLite library that Python itself uses; None where it cannot be reached."""
    name = find_library("sqlite3")
    found = None if name is None else ctypes.CDLL(name)
    if found is None:
        return None
    found.sqlite3_libversion.restype = ctypes.c_char_p
    found.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    same = found.sqlite3_libversion().decode() == sqlite3.sqlite_version
    return found if same else None


@contextmanager
def watched(disk: Disk, sqlite: ctypes.CDLL) -> Generator[None]:
    """Note what is done to files that are opened inside."""
    vfs = sqlite.sqlite3_vfs_find(None).contents
    before = vfs.open
    looking_on = _looking_on(disk, _OPEN(before))
    vfs.open = ctypes.cast(looking_on, ctypes.c_void_p).value
    try:
        yield
    finally:
        vfs.open = before


def _looking_on(disk: Disk, open_file: Callable[..., int]) -> Any:
    kept: list[object] = []
    """What SQLite has only the addresses of."""

    @_OPEN
    def look_on(vfs: int, name: int, file: Any, flags: int, out: int) -> int:
        status = open_file(vfs, name, file, flags, out)
        path = Path(ctypes.string_at(name).decode()) if name else None
        if status == 0 and path is not None and path.parent == disk.folder:
            methods = _Methods.from_buffer_copy(file.contents.methods.contents)
            kept.append((methods, _note(disk, path.name, methods)))
            file.contents.methods = ctypes.pointer(methods)
        return status

    kept.append(look_on)
    return look_on


def _note(disk: Disk, name: str, methods: _Methods) -> object:
    write, truncate = _WRITE(methods.Write), _TRUNCATE(methods.Truncate)
    sync = _SYNC(methods.Sync)

    @_WRITE
    def note_write(file: int, data: int, size: int, offset: int) -> int:
        disk.events.append(Write(name, offset, ctypes.string_at(data, size)))
        return write(file, data, size, offset)

    @_TRUNCATE
    def note_truncate(file: int, size: int) -> int:
        disk.events.append(Truncate(name, size))
        return truncate(file, size)

    @_SYNC
    def note_sync(file: int, flags: int) -> int:
        status = sync(file, flags)
        disk.events.append(Sync(name))
        return status

    methods.Write = ctypes.cast(note_write, ctypes.c_void_p).value
    methods.Truncate = ctypes.cast(note_truncate, ctypes.c_void_p).value
    methods.Sync = ctypes.cast(note_sync, ctypes.c_void_p).value
    return note_write, note_truncate, note_sync


# What is left


def after_cut(events: list[Event], chance: random.Random | None) -> dict[str, bytes]:
    """What lies on the disk after a power cut: all that was synced, and some of the rest.

    Args:
        events: Up to the cut.
        chance: Which of the writes since the last sync came through, in which sectors; None: none.
    """
    files: dict[str, bytearray] = {}
    for name in {event.file for event in events if not isinstance(event, Acknowledged)}:
        its = [one for one in events if not isinstance(one, Acknowledged) and one.file == name]
        synced = max((at for at, one in enumerate(its) if isinstance(one, Sync)), default=-1)
        files[name] = bytearray()
        for at, event in enumerate(its):
            if at <= synced:
                _apply(files[name], event)
            elif chance is not None:
                _apply_some(files[name], event, chance)
    return {name: bytes(data) for name, data in files.items()}


def _apply(data: bytearray, event: Event) -> None:
    if isinstance(event, Truncate):
        del data[event.size :]
    elif isinstance(event, Write):
        data.extend(bytes(max(0, event.offset - len(data))))
        data[event.offset : event.offset + len(event.data)] = event.data


def _apply_some(data: bytearray, event: Event, chance: random.Random) -> None:
    """Apply a truncation or not, and of a write some sectors."""
    if isinstance(event, Truncate) and chance.random() < 0.5:
        _apply(data, event)
    if isinstance(event, Write):
        for start in range(0, len(event.data), SECTOR):
            if chance.random() < 0.5:
                piece = event.data[start : start + SECTOR]
                _apply(data, Write(event.file, event.offset + start, piece))
