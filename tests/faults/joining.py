"""The requests to Discord when the bot joins a server: it is welcomed once, where that goes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from sandbox.discord import Permission
from sandbox.discord.permissions import BOT_DEFAULT
from tests.faults.answers import MOMENT
from tests.faults.discord_wires import MESSAGES
from tests.faults.ends import End
from tests.faults.kinds import GARBAGE, Kind
from tests.faults.play import Play
from tests.faults.presses import BRIEF, PATIENCE, given_up
from tests.faults.wires import Wire

FIRST, SECOND, OWNER = "the first channel", "the second channel", "the owner"
NOBODY = End(came="nobody")


def _welcomed(*places: str) -> End:
    return End(came=", ".join(places))


async def _joined(play: Play) -> None:
    """Invite the bot to a server with two channels."""
    await _invited(play)


async def _shut(play: Play) -> None:
    """Invite the bot to a server where it may write nowhere."""
    await _invited(play, bot_permissions=BOT_DEFAULT & ~Permission.SEND_MESSAGES)


async def _invited(play: Play, **options: Any) -> None:
    discord = play.house.discord
    guild = discord.add_guild("Gallery", installed=False, **options)
    first, second = guild.add_channel("lobby"), guild.add_channel("art")
    guild.set_system_channel(first)
    if options:
        discord.set_role_permissions(guild.everyone, Permission.VIEW_CHANNEL)
    # By these the row's own requests are known.
    play.channel, play.correspondent = first, guild.owner
    places = {
        FIRST: lambda: first.messages,
        SECOND: lambda: second.messages,
        OWNER: lambda: guild.owner.direct_messages,
    }
    async with play.moment():
        discord.invite_bot(guild)
        await given_up(play)
    with suppress(TimeoutError):
        await discord.until(
            lambda: any(place() for place in places.values()),
            BRIEF if play.expected == NOBODY else PATIENCE,
        )
    await asyncio.sleep(MOMENT)
    found = [name for name, place in places.items() for _ in place()]
    play.came = _welcomed(*found).came or NOBODY.came


JOINED: tuple[Wire, ...] = (
    Wire(
        name="a welcome",
        to="discord",
        method="POST",
        path=MESSAGES,
        scene=_joined,
        end=_welcomed(FIRST),
        ends={Kind.REFUSED: NOBODY},
    ),
    Wire(
        name="opening a conversation",
        to="discord",
        method="POST",
        path="/users/@me/channels$",
        scene=_shut,
        end=_welcomed(OWNER),
        ends=dict.fromkeys(
            (
                *(Kind.REFUSED, Kind.CUT_BEFORE, Kind.CUT_AFTER, Kind.CUT_HEAD, Kind.CUT_BODY),
                *(Kind.BANNED, Kind.S503),
                *GARBAGE,
            ),
            NOBODY,
        ),
    ),
)
