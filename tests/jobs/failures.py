"""How a job is made to meet each row of a table of failures, and what must come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from bot.backends.base import ProviderName
from bot.backends.errors import Reason
from bot.backends.failures import Failure, Fate, Link, Retry, Step
from bot.jobs.record import Failure as Ending
from sandbox.faults import Fault
from sandbox.providers import steps
from storage.states import CallOutcome, JobState
from tests.jobs.surroundings import QUICK
from tests.jobs.world import World

Key = tuple[Step, str]
"""A step, and the sign of a row, or the first of its signs."""

PROMPT = "a copper city"
HTML = b"<html></html>"
UPSTREAM_MARK = {"x-fal-request-id": "1"}
"""By which an answer is fal's own, and not of what stands before it."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a stand-in is made to fail as one row says."""

    arrange: Callable[[World, int | None], Fault | None] = lambda *_: None
    """Lets the failure be met so many times, or always, and gives what counts it; None where
    only the end of the job tells that it was met."""
    asked: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What is ordered otherwise than usual."""
    around: Callable[[World], AbstractAsyncContextManager[object]] | None = None
    """What lasts while the failure is met."""
    before_card: Callable[[World, str], Awaitable[None]] | None = None
    """What happens to a job before its card is confirmed."""
    reaches: bool = True
    """Whether the paid call reaches the stand-in."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """One way in which a job meets a failure, and its end."""

    name: str
    times: int | None
    """How often the failure is met; None: always."""
    others: bool
    """Whether another backend may take over."""
    state: JobState
    reason: str | None
    outcomes: tuple[CallOutcome, ...]
    """Of its calls; the first may come several times where it was not accepted."""
    impatient: bool = False
    """Whether the time for it is over soon: the deadline, that for a lost answer, or for a link."""


def courses(row: Failure) -> tuple[Course, ...]:
    """Give every way in which a job can meet a row's failure."""
    match row.retry:
        case Retry.NEVER:
            found = (_lost() if row.fate is Fate.UNKNOWN else _ended(row),)
        case Retry.SUBMIT:
            found = _tried_again()
        case Retry.ELSEWHERE:
            found = _taken_over(row)
        case Retry.SAME_ID:
            found = _borne(1), _lost(impatient=True)
        case Retry.ASK:
            found = _asked(row)
    return found


def _asked(row: Failure) -> tuple[Course, ...]:
    match row.step, row.fate:
        case Step.SUBMIT, _:
            return (_borne(1),)
        case Step.DOWNLOAD, _:
            return _borne(2), _unread()
        case _, Fate.OPEN:
            # More often than any answer that counts as a doubt.
            return _borne(3 * QUICK.patience), _lost(impatient=True)
        case _:
            return _borne(QUICK.patience), _lost()


def _ended_call(row: Failure) -> CallOutcome:
    ended = row.fate in (Fate.FAILED, Fate.BILLED)
    return CallOutcome.FAILED if ended else CallOutcome.NOT_ACCEPTED


def _ended(row: Failure, name: str = "ends it", *, others: bool = True) -> Course:
    return Course(
        name=name,
        times=None,
        others=others,
        state=JobState.FAILED,
        reason=row.reason,
        outcomes=(_ended_call(row),),
    )


def _tried_again() -> tuple[Course, ...]:
    passes = Course(
        name="is tried again",
        times=1,
        others=True,
        state=JobState.SUCCEEDED,
        reason=None,
        outcomes=(CallOutcome.NOT_ACCEPTED, CallOutcome.DONE),
    )
    stays = Course(
        name="lasts an hour",
        times=None,
        others=False,
        state=JobState.FAILED,
        reason=Ending.TOO_LATE,
        outcomes=(CallOutcome.NOT_ACCEPTED,),
    )
    return passes, stays


def _taken_over(row: Failure) -> tuple[Course, ...]:
    elsewhere = Course(
        name="is done elsewhere",
        times=None,
        others=True,
        state=JobState.SUCCEEDED,
        reason=None,
        outcomes=(_ended_call(row), CallOutcome.DONE),
    )
    return _ended(row, "ends it alone", others=False), elsewhere


def _borne(times: int) -> Course:
    return Course(
        name="is borne",
        times=times,
        others=True,
        state=JobState.SUCCEEDED,
        reason=None,
        outcomes=(CallOutcome.DONE,),
    )


def _lost(*, impatient: bool = False) -> Course:
    return Course(
        name="is lost",
        times=None,
        others=True,
        state=JobState.UNCONFIRMED,
        reason=Ending.UNCONFIRMED,
        outcomes=(CallOutcome.UNKNOWN,),
        impatient=impatient,
    )


def _unread() -> Course:
    return Course(
        name="ends it",
        times=None,
        others=True,
        state=JobState.FAILED,
        reason=Reason.NO_RESULT,
        outcomes=(CallOutcome.FAILED,),
        impatient=True,
    )


# What is done alike at all three


BACKENDS: Mapping[ProviderName, str] = {
    ProviderName.FAL: "fal-v2a",
    ProviderName.RUNWARE: "runware-v2",
    ProviderName.IDEOGRAM: "ideogram-v2",
}
"""Of which each can do what another one can, for no more."""


def ordered(row: Failure, course: Course, recipe: Recipe) -> dict[str, Any]:
    """Give what is ordered so that a row's failure is met."""
    order: dict[str, Any] = {"backend": BACKENDS[row.provider], "prompt": PROMPT, **recipe.asked}
    if course.state is JobState.UNCONFIRMED:
        # What nobody sees need not be painted.
        order["prompt"] += " __garbage__"
    return order


def at(provider: str, step: steps.Step, **how: Any) -> Recipe:
    """Let a stand-in fail at a step; see `Server.fail`."""
    return Recipe(
        arrange=lambda world, times: world.server(provider).fail(step, times=times, **how)
    )


def by_prompt(*triggers: str) -> Recipe:
    """Let the prompt ask for the failure."""
    asked = " ".join(f"__{trigger}__" for trigger in triggers)
    return Recipe(asked={"prompt": f"{PROMPT} {asked}"})


def unreachable(provider: str) -> Recipe:
    """Let nobody connect."""
    return Recipe(around=lambda world: world.server(provider).unreachable(), reaches=False)


async def _lose_source(world: World, job_id: str) -> None:
    """Take the normalised source away after it was read, and before it is sent."""

    async def lies() -> bool:
        return await world.context.spool.has(job_id, "source")

    await world.until(lies)
    world.context.spool.path(job_id, "source").unlink()


UNREADABLE = Recipe(before_card=_lose_source, reaches=False)


def downloads(provider: str) -> dict[Key, Recipe]:
    """Give the recipes of results that cannot be read from their links."""

    def large(world: World, _: int | None) -> None:
        world.server(provider).results.oversize = 26_000_000

    return {
        (Step.DOWNLOAD, Link.DEAD): by_prompt("gone", "garbage"),
        (Step.DOWNLOAD, Link.PRIVATE): by_prompt("elsewhere", "garbage"),
        (Step.DOWNLOAD, Link.LARGE): replace(by_prompt("oversized"), arrange=large),
        (Step.DOWNLOAD, Link.BROKEN): at(provider, steps.Step.DOWNLOAD, cut=100),
    }
