"""The rows of buttons and selects below a card's pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import discord
from discord import ui

from bot import strength
from bot.backends.base import Operation
from bot.backends.entry import Entry, Feature
from bot.jobs.record import Job
from cogs.ids import Action, CustomId

Row = ui.ActionRow[ui.LayoutView]

REDO: Mapping[Operation, tuple[Action, ...]] = {
    Operation.REMIX: (Action.REROLL, Action.CLOSER, Action.BOLDER, Action.EDIT, Action.MORE),
    Operation.GENERATE: (Action.REROLL, Action.EDIT, Action.MORE),
    Operation.EDIT: (Action.REROLL, Action.EDIT, Action.MORE),
    Operation.REFRAME: (Action.REROLL, Action.MORE),
}
"""What each operation can be asked for again with; strength only where the backend takes it."""


def button(
    job_id: str,
    action: Action,
    label: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    *,
    picture: int | None = None,
) -> ui.Button[ui.LayoutView]:
    """A button of a card, served from its id by `cogs.buttons`."""
    custom_id = CustomId(action=action, job_id=job_id, picture=picture)
    return ui.Button(label=label, style=style, custom_id=str(custom_id))


def redo(job: Job, entry: Entry) -> Row:
    """Ask for the same again, or for a little else."""
    row: Row = ui.ActionRow()
    for action in REDO[job.request.operation]:
        label = _label(job, entry, action)
        if label is not None:
            main = action is Action.REROLL
            style = discord.ButtonStyle.primary if main else discord.ButtonStyle.secondary
            row.add_item(button(job.id, action, label, style))
    return row


def onward(job: Job, numbers: Sequence[int], *, part: int, reports: bool = False) -> list[Row]:
    """Remix this result, which of several being chosen in a select, Delete, and Report.

    Args:
        job: Whose pictures they are.
        numbers: Of the pictures on this message, from 1.
        part: Which message of the job it is.
        reports: Whether moderators take reports of it.
    """
    last = [button(job.id, Action.DELETE, "Delete")]
    if reports:
        last.append(button(job.id, Action.REPORT, "Report"))
    if not numbers:
        return [ui.ActionRow(*last)]
    if len(numbers) == 1:
        again = button(job.id, Action.AGAIN, "Remix this result", picture=numbers[0])
        return [ui.ActionRow(again, *last)]
    select: ui.Select[ui.LayoutView] = ui.Select(
        custom_id=f"remix-pick:{job.id}:{part}",
        placeholder="Remix one of these",
        options=[
            discord.SelectOption(label=f"Picture {number}", value=str(number)) for number in numbers
        ],
    )
    return [ui.ActionRow(select), ui.ActionRow(*last)]


def _label(job: Job, entry: Entry, action: Action) -> str | None:
    """What a button says; None where it has no use."""
    match action:
        case Action.CLOSER | Action.BOLDER:
            step = strength.closer if action is Action.CLOSER else strength.bolder
            asked = job.request.strength
            after = step(strength.DEFAULT if asked is None else asked)
            takes = entry.takes(Feature.STRENGTH)
            return f"{action.capitalize()} {after}" if takes and after is not None else None
        case Action.REROLL:
            return "Re-roll"
        case _:
            return action.capitalize()
