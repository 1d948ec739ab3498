"""The order of the tests: every worker begins with its share of the long ones.

Otherwise one worker would still be at one of them while the others have nothing left to steal.
pytest-xdist hands the tests out in as many pieces as there are workers, in the order given here.

A test of the world that all tests of a worker share is never long: between it and the others of
that world nobody would answer the bot's heartbeats, and it would say that it lost Discord.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import pytest


def dealt(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """Give the tests in the order of the workers' pieces.

    Args:
        items: As they were collected.
        workers: How many there are.
    """
    groups = list(_groups(items))
    hands = [_hand(groups, number, workers) for number in range(workers)]
    rest = iter([item for item in items if not _is_long(item)])
    left, order = len(items), list[pytest.Item]()
    for number, hand in enumerate(hands):
        share = left // (workers - number)
        hand += [item for _, item in zip(range(share - len(hand)), rest, strict=False)]
        order += hand
        left -= share
    return order + list(rest)


def _hand(groups: Sequence[list[pytest.Item]], number: int, workers: int) -> list[pytest.Item]:
    """Give one worker's long tests.

    Those of one folder wait alike, so every other worker begins at the other end: else all would
    wait together, and compute together.
    """
    mine = groups[number::workers]
    return list(chain.from_iterable(reversed(mine) if number % 2 else mine))


def _groups(items: Sequence[pytest.Item]) -> Iterator[list[pytest.Item]]:
    """Give the long tests, those that share what is made for a whole module together."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in filter(_is_long, items):
        whole = any(mark.kwargs.get("whole") for mark in item.iter_markers("long"))
        groups.setdefault(item.path.name if whole else item.nodeid, []).append(item)
    yield from groups.values()


def _is_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("long") is not None
