"""The requests to Discord when a card's buttons are pressed: Delete, a form, and what is told."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from aiohttp import web

from sandbox.discord.interactions import Answer
from sandbox.faults import read_again
from tests.e2e.cards import text_of
from tests.faults.discord_wires import FOLLOW_UPS, MESSAGE, MESSAGES
from tests.faults.ends import DONE, NOT_REMOVED, REMOVED, REPORTED, SORRY, STARTED
from tests.faults.kinds import Kind
from tests.faults.play import Play
from tests.faults.wires import Before, Wire

PATIENCE = 10.0
"""Seconds for what a press leads to."""
IN_TURN = 30.0
"""The same of a post, before which those of all other rows may meet their failures."""
BRIEF = 1.0
"""Seconds in which a press should lead to nothing."""


async def removed(play: Play) -> None:
    """Press Delete on a card, and wait for what comes of it."""
    await (await _made(play))()
    await _over(play)


async def removed_at_once(play: Play) -> None:
    """The same, just when the answer to it is to fail."""
    press = await _made(play)
    async with play.moment():
        await press()
    await _over(play)


async def not_removed(play: Play) -> None:
    """Press Delete where Discord deletes nothing, of which the member is told."""
    play.strike("discord", "DELETE", MESSAGE, status=503)
    await removed(play)


async def edited(play: Play) -> None:
    """Press Edit on a card, just when the form is to fail."""
    press = await _made(play, "Edit")
    async with play.moment():
        await press()
    await _over(play)


async def _made(play: Play, what: str = "Delete") -> Callable[[], Awaitable[None]]:
    """Make a remix; gives what presses a button of its card."""
    shot = await play.order()
    await play.closed()

    async def press() -> None:
        assert shot.message is not None
        play.pressed = await play.member.click(shot.message, what)

    return press


async def _over(play: Play) -> None:
    """Wait until something is to be seen of a press; not for long, where nothing should be."""
    press, card, end = play.pressed, play.shot.message, play.row.end
    assert press is not None
    await given_up(play)
    waits = end.told or not end.copies
    with suppress(TimeoutError):
        await play.house.discord.until(
            lambda: card not in play.channel.messages or bool(play.told),
            PATIENCE if waits else BRIEF,
        )


async def reported(play: Play) -> None:
    """Press Report on a card, and wait until the moderators read of it."""
    await (await _made(play, "Report"))()
    await given_up(play)
    with suppress(TimeoutError):
        await play.house.discord.until(lambda: bool(play.posts and play.told), IN_TURN)


async def started(play: Play) -> None:
    """Press More on a card, and Start on the panel, and wait until that says so."""
    await (await _made(play, "More"))()
    assert play.pressed is not None
    panel = (await play.pressed.answered()).message
    assert panel is not None
    await play.press(panel, "Start")
    await given_up(play)
    with suppress(TimeoutError):
        wanted = play.row.end.told
        await play.house.discord.until(
            lambda: wanted in text_of(panel), PATIENCE if wanted else BRIEF
        )
    if STARTED.told not in text_of(panel):
        play.pressed = None  # It shows all that can be chosen, as before.


async def _is_post(request: web.Request) -> bool:
    """Whether a message is one for a log channel: a layout without files, and no welcome."""
    if request.content_type != "application/json":
        return False
    message = json.loads(await read_again(request))
    return bool(message.get("components")) and "welcome" not in str(message.get("nonce"))


async def given_up(play: Play) -> None:
    """Let what is held go on as soon as it has come: the bot itself waits for minutes."""
    if play.fault is not None:
        await play.fault.hit.wait()
        play.released.set()


def answers(kind: Answer) -> Callable[[web.Request], Awaitable[bool]]:
    """Make the condition that an interaction is answered in this way."""

    async def answers(request: web.Request) -> bool:
        if request.content_type != "application/json":
            return False
        return json.loads(await read_again(request)).get("type") == kind

    return answers


_NOT_DONE = (Kind.CUT_BEFORE, Kind.BANNED)
_DEFERRED = Wire(
    name="the answer to Delete",
    to="discord",
    method="POST",
    path="/callback$",
    match=answers(Answer.DEFER_UPDATE),
    scene=removed_at_once,
    end=REMOVED,
    ends={Kind.REFUSED: DONE},
)
_DELETED = Wire(
    name="deleting a card",
    to="discord",
    method="DELETE",
    path=MESSAGE,
    scene=removed,
    before=Before(wire=_DEFERRED),
    end=REMOVED,
    # What tells of it is refused as well.
    ends={**dict.fromkeys((Kind.BANNED, Kind.S503), NOT_REMOVED), Kind.REFUSED: DONE},
)
_POST = Wire(
    name="a post in the log channel",
    to="discord",
    method="POST",
    path=MESSAGES,
    match=_is_post,
    scene=reported,
    told=True,
    shared=True,
    end=REPORTED,
)
_CARD = Wire(
    name="",
    to="discord",
    method="POST",
    path="/callback$",
    match=answers(Answer.MESSAGE),
    scene=started,
)
PRESSES: tuple[Wire, ...] = (
    _DEFERRED,
    _DELETED,
    Wire(
        name="a follow-up",
        to="discord",
        method="POST",
        path=FOLLOW_UPS,
        scene=not_removed,
        before=Before(wire=_DELETED, how={"status": 503}),
        end=NOT_REMOVED,
        ends=dict.fromkeys((*_NOT_DONE, Kind.REFUSED), DONE),
    ),
    # When it is due nobody can tell, but for its second attempt.
    replace(_POST, before=Before(wire=_POST, how={"drop": "before"})),
    Wire(
        name="the panel that was started",
        to="discord",
        method="PATCH",
        path=r"/webhooks/\d+/[^/]+/messages/\d+$",
        scene=started,
        # After the answers to the command and to More.
        before=Before(wire=_CARD, how={"after": 2}),
        end=STARTED,
        ends=dict.fromkeys((*_NOT_DONE, Kind.REFUSED), DONE),
    ),
    Wire(
        name="a form",
        to="discord",
        method="POST",
        path="/callback$",
        match=answers(Answer.MODAL),
        scene=edited,
        end=DONE,
        ends=dict.fromkeys(_NOT_DONE, SORRY),
    ),
)
