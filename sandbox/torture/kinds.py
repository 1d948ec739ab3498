"""All ways to ask for a picture, one for each entry of the catalogue; each wave takes a few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.backends.base import Operation
from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Entry

REMIXES = 2
"""Of each provider in one wave; of anything else there is one."""


@dataclass(frozen=True, order=True)
class Kind:
    """One way to ask for a picture."""

    command: str
    backend: str

    def __str__(self) -> str:
        return f"/{self.command} {self.backend}"


def kind_of(entry: Entry) -> Kind:
    """How members ask for an entry: commands are called as operations are."""
    return Kind(entry.operation.value, entry.name)


KINDS = frozenset(map(kind_of, CATALOGUE))


def in_turn(turn: int, point: str | None = None) -> list[Kind]:
    """Give the kinds of a wave: something of each provider and operation, each kind in its turn.

    Args:
        turn: Which turn it is.
        point: At which the bot shall die; who orders what leads there comes along.
    """
    kinds: list[Kind] = []
    for entries in _groups().values():
        most = REMIXES if entries[0].operation is Operation.REMIX else 1
        number = min(most, len(entries))
        places = range(turn * number, turn * number + number)
        kinds += [kind_of(entries[place % len(entries)]) for place in places]
    words = (point or "").split()
    kinds += [kind_of(entry) for entry in CATALOGUE if f"/queue/{entry.model}" in words]
    return list(dict.fromkeys(kinds))


def backends(kinds: Iterable[Kind]) -> set[str]:
    """Give the backends among some kinds."""
    return {kind.backend for kind in kinds}


def _groups() -> Mapping[tuple[str, str], Sequence[Entry]]:
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in CATALOGUE:
        groups[entry.provider, entry.operation].append(entry)
    return groups
