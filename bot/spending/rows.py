"""What was spent, by member and backend, and its sums."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What one member spent on one backend in the time of a report."""

    user_id: int
    backend: str
    jobs: int
    pictures: int
    credits: int
    micros: int
    """True cost in millionths of a US dollar; with what was refunded though billed."""


@dataclass(frozen=True, kw_only=True)
class Sum:
    """What several rows come to; units as in `Spent`."""

    jobs: int = 0
    pictures: int = 0
    credits: int = 0
    micros: int = 0


def total(rows: Iterable[Spent]) -> Sum:
    """Everything together."""
    jobs = pictures = credits_ = micros = 0
    for row in rows:
        jobs += row.jobs
        pictures += row.pictures
        credits_ += row.credits
        micros += row.micros
    return Sum(jobs=jobs, pictures=pictures, credits=credits_, micros=micros)


def by_member(rows: Iterable[Spent]) -> dict[int, Sum]:
    """Sums by user id; who spent most comes first."""
    return _grouped(rows, lambda row: row.user_id)


def by_backend(rows: Iterable[Spent]) -> dict[str, Sum]:
    """Sums by backend; what took most comes first."""
    return _grouped(rows, lambda row: row.backend)


def merged(rows: Iterable[Spent]) -> list[Spent]:
    """One row for each member and backend; that with most credits comes first."""
    groups = _grouped(rows, lambda row: (row.user_id, row.backend))
    return [
        Spent(
            user_id=user_id,
            backend=backend,
            jobs=of.jobs,
            pictures=of.pictures,
            credits=of.credits,
            micros=of.micros,
        )
        for (user_id, backend), of in groups.items()
    ]


def _grouped(rows: Iterable[Spent], key: Callable[[Spent], Key]) -> dict[Key, Sum]:
    groups: dict[Key, list[Spent]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    sums = [(of, total(members)) for of, members in groups.items()]
    # The key settles ties, so that a report is the same in whatever order rows were read.
    sums.sort(key=lambda one: (-one[1].credits, -one[1].micros, str(one[0])))
    return dict(sums)
