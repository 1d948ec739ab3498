"""What Discord is asked besides: who may moderate, what members are called, where a card is."""

from __future__ import annotations

from typing import Any, cast

from bot.spending.names import nameless
from cogs.authority import UNKNOWN, Authority
from cogs.reports import GONE, NOT_SEEN
from sandbox.discord import Message, Upload
from sandbox.discord.interactions import Answer
from sandbox.discord.interactions import Kind as Use
from tests.e2e.cards import photo
from tests.faults.answers import ANSWERED, NOTHING, SORRY, has_file, outcome
from tests.faults.ends import End
from tests.faults.hasty import hasty
from tests.faults.kinds import GARBAGE, HELD, Kind
from tests.faults.play import Play
from tests.faults.presses import answers, given_up
from tests.faults.wires import Before, Wire

NAMED = End(came="all called by name")
NAMELESS = End(came="one not called by name")
UNNAMED = nameless(0)[:-4]
"""How one begins whose name is not known."""


# Who may moderate


async def _allowed(play: Play) -> None:
    """Use a command of moderators as one whom the server's own permissions let."""
    authority = cast("Authority", play.house.bot.get_cog(Authority.__cog_name__))
    play.house.discord.restrict_command(play.house.quiet, "settings", {play.member: True})
    authority._known.clear()
    authority._command_ids.clear()
    with hasty(play):
        async with play.moment():
            play.pressed = await play.member.slash(play.channel, "settings")
        await outcome(play, lambda: _shows(play, "### Settings"), sentence=UNKNOWN)


def _shows(play: Play, words: str) -> bool:
    return words in play.told


# What members are called


async def _exported(play: Play) -> None:
    """Use the command that names who spent something."""
    await _kept(play)
    with hasty(play):
        play.pressed = await play.member.slash(play.channel, "quota export")
        await outcome(play, lambda: has_file(play))
    if play.came == ANSWERED.came:
        assert play.pressed.message is not None
        (file,) = play.pressed.message.files
        play.came = (NAMELESS if UNNAMED in file.data.decode() else NAMED).came


# Where a card is


async def _deleted(play: Play) -> None:
    """Press Delete below a report about a card in a thread that was archived."""
    job_id = await _kept(play)
    report = await play.member.post(play.channel, "A report.")
    data = {"custom_id": f"remix-mod:delete:{job_id}", "component_type": 2, "id": 1}
    interactions = play.house.discord.world.interactions
    with hasty(play):
        play.pressed = interactions.open(
            Use.COMPONENT, play.member, play.channel, data, source=report
        )
        await given_up(play)
        await outcome(play, lambda: _shows(play, GONE), sentence=NOT_SEEN)


async def _kept(play: Play) -> str:
    """The id of a job whose card was in a thread that was archived; made once for a house."""
    house = play.house
    if not house.kept:
        thread = house.quiet.add_thread(house.quiet.add_channel("threads"), "thread")
        spender = house.quiet.add_member("spender")
        options = {"backend": "fal-v2-turbo", "prompt": "a harbour"}
        shot = await spender.slash(thread, "generate", **options)
        job = await play.closed(shot)
        assert shot.message is not None
        house.discord.delete_message(shot.message)
        house.discord.archive(thread)
        house.kept = job.id
    return house.kept


# What stands on a card


async def _remixed(play: Play) -> None:
    """Press what remixes a picture whose references stand on another message."""
    further = await _further(play)
    with hasty(play):
        async with play.moment():
            play.pressed = await play.member.click(further, "Remix this result")
        await given_up(play)
        await outcome(play, lambda: play.pressed is not None and play.pressed.modal is not None)


async def _further(play: Play) -> Message:
    """A message that shows what a card has no room for; made once for a house."""
    house = play.house
    if house.further is None:
        room, artist = house.quiet.add_channel("gallery"), house.quiet.add_member("artist")
        options: dict[str, Any] = {"backend": "fal-v3", "prompt": "a harbour", "count": 8}
        for name in ("image", "reference", "reference2"):
            options[name] = Upload(f"{name}.jpg", photo(64, 64))
        await play.closed(await artist.slash(room, "remix", **options))
        _, house.further = room.messages
    return house.further


def _asked(name: str, path: str, **more: Any) -> Wire:
    """A question that does not tell whose it is."""
    defaults: dict[str, Any] = {"to": "discord", "method": "GET", "shared": True, "alone": True}
    return Wire(name=name, path=path, **{**defaults, **more})


# aiohttp asks once more where the answer has not begun.
_UNANSWERED = (Kind.CUT_BODY, Kind.BANNED, Kind.S503, *GARBAGE)
_UNKNOWN = {**dict.fromkeys((*HELD, *_UNANSWERED), SORRY), Kind.REFUSED: NOTHING}
"""What tells of a refused question is refused as well."""


_PERMISSIONS = _asked(
    "who may use a command",
    "/commands/permissions$",
    scene=_allowed,
    end=ANSWERED,
    ends=_UNKNOWN,
)
_DEFERRED = Wire(
    name="",
    to="discord",
    method="POST",
    path="/callback$",
    match=answers(Answer.DEFER),
    scene=_exported,
)
ASKED: tuple[Wire, ...] = (
    _PERMISSIONS,
    _asked(
        "what the ids of commands are",
        r"/applications/\d+/commands$",
        scene=_allowed,
        before=Before(wire=_PERMISSIONS),
        end=ANSWERED,
        ends=_UNKNOWN,
    ),
    _asked(
        "what a member is called",
        r"/guilds/\d+/members/\d+$",
        scene=_exported,
        before=Before(wire=_DEFERRED),
        end=NAMED,
        ends={**dict.fromkeys((*HELD, *_UNANSWERED), NAMELESS), Kind.REFUSED: NOTHING},
        moderates=True,
    ),
    _asked(
        "what stands on a card",
        r"/channels/\d+/messages/\d+$",
        scene=_remixed,
        end=ANSWERED,
        ends={Kind.REFUSED: NOTHING},
    ),
    _asked(
        "where a card is",
        r"/channels/\d+$",
        scene=_deleted,
        before=Before(wire=_DEFERRED),
        end=ANSWERED,
        ends={**dict.fromkeys(_UNANSWERED, SORRY), Kind.REFUSED: NOTHING},
        moderates=True,
    ),
)
