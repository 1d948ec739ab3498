"""Whose turn it is where many wait for few places: a pure function of who waits and who has.

The next place goes to the member who would have the fewest with it: those that their calls
hold, those that they asked for before, and those asked for now are counted together. So
whoever asks for one picture comes before the rest of somebody's twenty, whether these are one
job or many, and a member who asks alone has all places. Of those who would have as many, the one
who was given places least lately is next. Each member's own jobs stay in order.

Nobody waits for ever: once as many places as there are went past a member's first job to
others who asked later, it is overdue, comes before all that are not, and is passed no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from storage.waiting import WaitingRow


def turn(
    waiting: Sequence[WaitingRow], in_flight: Mapping[int, int], *, used: int, limit: int
) -> list[WaitingRow]:
    """Give those who may take their places now, all together.

    Who is next and does not fit is passed by those who do, unless it is overdue.

    Args:
        waiting: All that wait, in the order in which they were asked for.
        in_flight: Places that each member's calls hold.
        used: Places that are taken.
        limit: Places that there are.
    """
    free, found = limit - used, list[WaitingRow]()
    for row, overdue in _in_order(waiting, in_flight, limit):
        if row.places <= free:
            free -= row.places
            found.append(row)
        elif overdue:
            break
    return found


def passed_by(
    chosen: WaitingRow, waiting: Sequence[WaitingRow], now: Sequence[WaitingRow]
) -> list[WaitingRow]:
    """Give the jobs that `chosen` goes past.

    They were asked for earlier, are the first of their members', and their turn is not `now`.
    """
    earlier = waiting[: waiting.index(chosen)]
    first: dict[int, WaitingRow] = {}
    for row in earlier:
        first.setdefault(row.user_id, row)
    return [row for row in first.values() if row not in now]


def _in_order(
    waiting: Sequence[WaitingRow], in_flight: Mapping[int, int], limit: int
) -> list[tuple[WaitingRow, bool]]:
    """All that wait, the next first, and whether each is overdue."""
    share, begun = Counter(in_flight), set[int]()
    keyed: list[tuple[bool, int, int, int, WaitingRow]] = []
    for place, row in enumerate(waiting):
        overdue = row.user_id not in begun and row.passed >= limit
        begun.add(row.user_id)
        share[row.user_id] += row.places
        taken, served = (0, 0) if overdue else (share[row.user_id], row.served)
        keyed.append((not overdue, taken, served, place, row))
    keyed.sort(key=lambda item: item[:4])
    return [(row, not later) for later, _, _, _, row in keyed]
