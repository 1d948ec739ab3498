"""The requests to Discord that answer commands and panels where no picture is made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bot.errors import UNEXPECTED
from sandbox.discord import Message
from sandbox.discord.interactions import Answer
from tests.faults.discord_wires import ORIGINAL
from tests.faults.ends import End
from tests.faults.kinds import Kind
from tests.faults.play import Play
from tests.faults.presses import BRIEF, PATIENCE, answers, given_up
from tests.faults.wires import Before, Wire

ANSWERED = End(came="answered")
SORRY = End(came="told that it failed")
NOTHING = End(came="nothing to be seen")
MOMENT = 0.04
"""Seconds between what a member sees first and what may come after it."""
SECTION = "remix-server:section"


async def outcome(play: Play, is_well: Callable[[], bool], *, sentence: str = UNEXPECTED) -> None:
    """Wait until something is to be seen of what a member did, and say what it is.

    Args:
        play: Whose press or command it was.
        is_well: Whether it was done.
        sentence: What its member reads if it could not be.
    """
    seen = {ANSWERED: is_well, SORRY: lambda: sentence in play.told}
    with suppress(TimeoutError):
        await play.house.discord.until(
            lambda: any(one() for one in seen.values()),
            BRIEF if play.expected == NOTHING else PATIENCE,
        )
    # Both may be, one after the other.
    await asyncio.sleep(MOMENT)
    play.came = ", ".join(end.came for end, one in seen.items() if one()) or NOTHING.came


async def _commanded(play: Play) -> None:
    """Use a command that is answered with a message."""
    await _use(play, "credits")
    await given_up(play)
    await outcome(play, lambda: _answered_by(play, Answer.MESSAGE) and UNEXPECTED not in play.told)


async def _exported(play: Play) -> None:
    """Use a command whose answer takes a while."""
    await _use(play, "quota export")
    await given_up(play)
    await outcome(play, lambda: has_file(play))


async def _chosen(play: Play) -> None:
    """Open a panel, and choose what it shows."""
    panel = await _opened(play)
    select = next(one for one in panel.selects() if one.custom_id.startswith(SECTION))
    values = [select.options[-1]["value"]]
    async with play.moment():
        play.pressed = await play.member.choose(panel, select.custom_id, values)
    await given_up(play)
    await outcome(play, lambda: _answered_by(play, Answer.UPDATE))


async def _closed(play: Play) -> None:
    """Open a panel, and close it."""
    panel = await _opened(play)
    async with play.moment():
        play.pressed = await play.member.click(panel, "Close")
    await given_up(play)
    await outcome(play, lambda: panel.deleted)


async def _typed(play: Play) -> None:
    """Type into an option of which choices are offered."""
    async with play.moment():
        typing = asyncio.create_task(
            play.member.autocomplete(play.channel, "generate", focused="backend")
        )
        await given_up(play)
    with suppress(TimeoutError):
        await typing
    offered = typing.exception() is None and typing.result()
    play.came = (ANSWERED if offered else NOTHING).came


async def _use(play: Play, command: str, **options: Any) -> None:
    async with play.moment():
        play.pressed = await play.member.slash(play.channel, command, **options)


async def _opened(play: Play) -> Message:
    """A panel of settings."""
    shot = await (await play.member.slash(play.channel, "settings")).answered()
    assert shot.message is not None
    return shot.message


def _answered_by(play: Play, kind: Answer) -> bool:
    return play.pressed is not None and play.pressed.response_type is kind


def has_file(play: Play) -> bool:
    """Whether the member was given a file."""
    message = play.pressed.message if play.pressed is not None else None
    return message is not None and bool(message.files)


_LOST = dict.fromkeys((Kind.CUT_BEFORE, Kind.BANNED), SORRY)
"""The sentence comes by the next request, which is answered."""


def _answer(name: str, kind: Answer, **more: Any) -> Wire:
    defaults: dict[str, Any] = {
        "to": "discord",
        "method": "POST",
        "path": "/callback$",
        "match": answers(kind),
        "end": ANSWERED,
        "ends": {**_LOST, Kind.REFUSED: NOTHING},
        "moderates": True,
    }
    return Wire(name=name, **{**defaults, **more})


_DEFERRED = _answer("the answer that more follows", Answer.DEFER, scene=_exported)
_CLOSED = _answer("", Answer.DEFER_UPDATE, scene=_closed)
ANSWERS: tuple[Wire, ...] = (
    _answer("the answer to a command", Answer.MESSAGE, scene=_commanded),
    _answer("the answer to a choice", Answer.UPDATE, scene=_chosen),
    _answer(
        "choices while one types",
        Answer.CHOICES,
        scene=_typed,
        ends=dict.fromkeys((Kind.REFUSED, *_LOST), NOTHING),
    ),
    _DEFERRED,
    Wire(
        name="what follows",
        to="discord",
        method="PATCH",
        path=ORIGINAL,
        scene=_exported,
        before=Before(wire=_DEFERRED),
        end=ANSWERED,
        # It is sent once more where nothing was heard of it.
        ends={Kind.BANNED: SORRY, Kind.REFUSED: NOTHING},
        moderates=True,
    ),
    Wire(
        name="closing a panel",
        to="discord",
        method="DELETE",
        path=ORIGINAL,
        scene=_closed,
        before=Before(wire=_CLOSED),
        end=ANSWERED,
        # aiohttp asks once more where the answer has not begun.
        ends={Kind.BANNED: SORRY, Kind.REFUSED: NOTHING},
        moderates=True,
    ),
)
