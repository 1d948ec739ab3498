"""All that is stored about a member as one JSON file, made off the event loop."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from storage import personal_data
from storage.database import Query

Record = dict[str, Any]
"""One row as a person reads it."""

NAME: Final = "your-data.json"
HEAD: Final = "What this bot stores about you, over all servers. Times are in UTC."
EVERYWHERE: Final = "everywhere"
_SHOWN_OF_RESULTS: Final = frozenset(
    {"width", "height", "media_type", "size", "seed", "prompt", "style", "flagged"}
)
_START: Final = (-1, "")


class TooLargeError(Exception):
    """Even zipped the file is larger than Discord takes."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """A file."""

    name: str
    data: bytes


async def export(query: Query, user_id: int, alias: int, *, limit: int, now: int) -> Export:
    """Collect all that is stored about a member.

    Args:
        query: Reads.
        user_id: The member.
        alias: Under which the books know them once they were erased.
        limit: Bytes that Discord takes; a larger file is zipped.
        now: Milliseconds.

    Raises:
        TooLargeError: It is too large for Discord all the same.
    """
    whose = (user_id, alias)
    file = io.BytesIO()
    file.write(f'{{\n"about": {_dump(HEAD)},\n"made": {_dump(_iso(now))}'.encode())
    for name in personal_data.SECTIONS:
        _write(file, name, await personal_data.section(query, name, *whose))
    _write(file, "changes", await personal_data.changes(query, *whose))
    _write(file, "erasures", await personal_data.erasures(query, alias))
    await _stream(file, "ledger", _entries(query, whose))
    await _stream(file, "jobs", _jobs(query, whose))
    file.write(b"\n}\n")
    return await asyncio.to_thread(_fitted, file.getvalue(), limit)


def _fitted(data: bytes, limit: int) -> Export:
    if len(data) <= limit:
        return Export(name=NAME, data=data)
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(NAME, data)
    if len(zipped.getvalue()) > limit:
        raise TooLargeError
    return Export(name=f"{NAME}.zip", data=zipped.getvalue())


async def _jobs(query: Query, whose: tuple[int, int]) -> AsyncGenerator[list[Record]]:
    for one in whose:
        after = _START
        while rows := await personal_data.jobs(query, one, after):
            after = (int(str(rows[-1]["created_at"])), str(rows[-1]["job"]))
            calls = await personal_data.calls(query, [str(row["job"]) for row in rows])
            yield [{**row, "calls": calls.get(str(row["job"]), [])} for row in rows]


async def _entries(query: Query, whose: tuple[int, int]) -> AsyncGenerator[list[Record]]:
    for one in whose:
        for server_id in await personal_data.servers(query, one):
            after = _START
            while rows := await personal_data.entries(query, server_id, one, after):
                after = (int(str(rows[-1]["entered_at"])), str(rows[-1]["entry"]))
                lines = await personal_data.lines(query, [str(row["entry"]) for row in rows])
                yield [{**row, "lines": lines.get(str(row["entry"]), [])} for row in rows]


def _write(file: io.BytesIO, name: str, rows: Sequence[Record]) -> None:
    file.write(f',\n"{name}": [\n{_text(rows)}\n]'.encode())


async def _stream(file: io.BytesIO, name: str, pages: AsyncGenerator[list[Record]]) -> None:
    file.write(f',\n"{name}": [\n'.encode())
    first = True
    async for rows in pages:
        # Off the loop: two hundred jobs take some milliseconds.
        text = await asyncio.to_thread(_text, rows)
        file.write(("" if first else ",\n").encode() + text.encode())
        first = False
    file.write(b"\n]")


def _text(rows: Sequence[Record]) -> str:
    return ",\n".join(_dump(_readable(row)) for row in rows)


def _readable(row: Record) -> Record:
    """A row with names, times and ids as a person, or another program, reads them."""
    found: Record = {}
    for name, value in row.items():
        if name.endswith("_at"):
            found[name.removesuffix("_at")] = _iso(value)
        elif name.endswith("_id"):
            found[name.removesuffix("_id")] = _id(value)
        elif name in {"request", "results"}:
            found[name] = None if value is None else _read(name, json.loads(value))
        elif name in {"calls", "lines"}:
            found[name] = [_readable(one) for one in value]
        else:
            found[name] = bool(value) if name == "gift" else value
    return found


def _read(name: str, value: Record) -> object:
    if name == "request":
        return {field: said for field, said in value.items() if said not in (None, [], ())}
    results: list[Record] = value.get("results", [])
    return [
        {field: said for field, said in one.items() if field in _SHOWN_OF_RESULTS}
        for one in results
    ]


def _iso(at: int | None) -> str | None:
    # An account that was opened without ever being used has begun no period.
    if at is None or at <= 0:
        return None
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")


def _id(value: int | None) -> str | None:
    # As text, since many programs read numbers of JSON with 53 bits.
    return value if value is None else str(value) if value else EVERYWHERE


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
