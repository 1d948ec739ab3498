"""A first run that is watched: which points there are, and how often each is reached."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from sandbox.torture import late
from sandbox.torture.kills import Deck, count
from sandbox.torture.kinds import KINDS, in_turn
from sandbox.torture.load import Load
from sandbox.torture.stage import Stage


@dataclass(frozen=True, kw_only=True)
class Decks:
    """The points that members' orders reach, and those that a start with work left reaches."""

    load: Deck
    recovery: Deck

    @property
    def points(self) -> frozenset[str]:
        """All that there are."""
        return self.load.points | self.recovery.points


async def record(stage: Stage, random: Random) -> Decks:
    """Watch a wave, then a recovery from one kill; the bot that recovered goes on."""
    during, after = stage.folder / "load", stage.folder / "recovery"
    await stage.start(record=during)
    if stage.webhook:
        await late.hold(stage, random)
    # What the start itself reaches is of the recovery.
    during.write_text("")
    late.release(stage)
    await settle(stage, Load(stage, random, sorted(KINDS)))
    load = Load(stage, random, in_turn(0))
    load.begin()
    await stage.dead_within(random.uniform(0.3, 0.8))
    await stage.kill()
    await load.end()
    load.lose()
    await stage.start(record=after)
    await stage.until(stage.quiet, "the bot to recover")
    return Decks(
        load=Deck(_of_a_wave(count(during.read_text().splitlines())), random),
        recovery=Deck(count(after.read_text().splitlines()), random),
    )


def _of_a_wave(counts: Counter[str]) -> Mapping[str, int]:
    """How often points are reached where not all kinds are ordered, but those of one turn."""
    share = len(in_turn(0)) / len(KINDS)
    return {point: math.ceil(number * share) for point, number in counts.items()}


async def settle(stage: Stage, load: Load) -> None:
    """Let members do what they do, undisturbed."""
    load.begin()
    await stage.until(lambda: load.done, "the members to be done")
    await stage.until(stage.quiet, "all jobs to end")
    await load.end()
    load.lose()


def points(decks: Mapping[bool, Decks]) -> frozenset[str]:
    """All points of some decks."""
    return frozenset[str]().union(*(some.points for some in decks.values()))
