"""A result that turns up late: its answer was lost, and its report comes when all was given up."""

from __future__ import annotations

from random import Random

from bot.backends.catalogue import CATALOGUE
from sandbox.discord.interactions import ANSWER_SECONDS
from sandbox.providers.steps import Step
from sandbox.torture.kinds import kind_of
from sandbox.torture.load import new_member, options
from sandbox.torture.stage import Stage

EVERY = 6
"""Of so many waves with webhooks one has a late result; giving it up takes seconds."""
POINTS = "db bot.jobs.late."
"""Begins the points that only a late result leads to."""
KINDS = sorted(kind_of(entry) for entry in CATALOGUE if entry.provider == "fal")
"""Only of what fal still works on does a report tell."""
_GIVEN_UP = (
    "SELECT COUNT(*) AS n FROM jobs"
    " WHERE state = 'unconfirmed' AND shown = 'yes' AND interaction_id = ?"
)


def is_due(stage: Stage, turn: int, point: str | None) -> bool:
    """Say whether a result comes late in a wave, in its turn or because a point wants it."""
    return stage.webhook and (turn % EVERY == 0 or (point or "").startswith(POINTS))


async def hold(stage: Stage, random: Random) -> None:
    """Let somebody order what fal carries out, and the bot give it up; its report is held."""
    # What a check pressed must not meet the fault in its place.
    await stage.until(stage.quiet, "what was pressed to be done")
    fal, kind = stage.providers.fal, random.choice(KINDS)
    fal.webhooks.gate.clear()
    fal.fail(Step.SUBMIT, drop="after")
    shot = await new_member(stage).slash(stage.channel, kind.command, **options(stage, kind))
    stage.shots.append(shot)
    await shot.answered(ANSWER_SECONDS)
    await stage.until(lambda: stage.books.one(_GIVEN_UP, shot.id), "a job to be given up")


def release(stage: Stage) -> None:
    """Let the reports go that are held, if any are."""
    stage.providers.fal.webhooks.gate.set()
