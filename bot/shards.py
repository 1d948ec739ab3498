"""Which shards a process serves: all that Discord advises, or a part of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PART = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")
MOST = 100_000
"""More shards than anybody has, so that a slip of the keyboard fills no memory."""


class ShardsError(ValueError):
    """What was said of shards makes no sense; its text tells the operator what to do."""


@dataclass(frozen=True, kw_only=True)
class Shards:
    """The shards of one process."""

    ids: tuple[int, ...]
    """In rising order, each once."""
    count: int
    """How many the bot has in all its processes."""

    @property
    def all(self) -> bool:
        """Whether no other process has any."""
        return len(self.ids) == self.count


def parse(ids: str | None, count: int | None) -> Shards | None:
    """Read what `run` was told of shards.

    Args:
        ids: Such as `0-3`, or `0,2,5-7`.
        count: How many there are in all processes.

    Returns:
        None where nothing was said: the process serves all shards, as many as Discord advises.

    Raises:
        ShardsError: One is said without the other, or they do not fit.
    """
    if ids is None and count is None:
        return None
    if ids is None or count is None:
        raise ShardsError(
            "--shard-ids and --shard-count go together: say which shards this process serves, "
            "and how many there are in all processes."
        )
    if not 1 <= count <= MOST:
        raise ShardsError(f"--shard-count must be from 1 to {MOST}.")
    found = sorted({one for part in ids.split(",") for one in _ids(part.strip())})
    if found[-1] >= count:
        raise ShardsError(
            f"There is no shard {found[-1]} among {count}: their ids are 0 to {count - 1}."
        )
    return Shards(ids=tuple(found), count=count)


def _ids(part: str) -> range:
    found = _PART.fullmatch(part)
    if found is None:
        raise ShardsError("--shard-ids must be ids or ranges of them, such as 0-3 or 0,2,5-7.")
    first, last = int(found[1]), int(found[2] or found[1])
    if first > last:
        raise ShardsError(f"--shard-ids has a range that ends before it begins: {part}.")
    if last >= MOST:
        raise ShardsError(f"--shard-ids must be below {MOST}.")
    return range(first, last + 1)
