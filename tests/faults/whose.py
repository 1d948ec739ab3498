"""Whose a request is, where many rows are played at once."""

from __future__ import annotations

import json
from inspect import isawaitable
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.faults import read_again

if TYPE_CHECKING:
    from tests.faults.play import Play
    from tests.faults.wires import Wire


async def is_mine(play: Play, wire: Wire, request: web.Request) -> bool:
    """Say whether a request at the address of a wire is the one that a row means."""
    if not wire.only(request):
        return False
    if wire.match is not None:
        matched = wire.match(request)
        if not (await matched if isawaitable(matched) else matched):
            return False
    return wire.shared or await _is_of(play, wire.to, request)


async def _is_of(play: Play, to: str, request: web.Request) -> bool:
    stands = play.house.stands
    match to:
        case "discord" if request.path.endswith("/users/@me/channels"):
            return _is_to_correspondent(play, await read_again(request))
        case "discord":
            return _is_in_room(play, request.path)
        case "relay":
            return await stands.word_of_report(request) == play.word
        case "operator":
            return play.word in (await read_again(request)).decode()
        case _:
            return await stands.word(stands.server(to), request) == play.word


def _is_to_correspondent(play: Play, body: bytes) -> bool:
    who = play.correspondent
    return who is not None and str(json.loads(body)["recipient_id"]) == str(who.id)


def _is_in_room(play: Play, path: str) -> bool:
    parts = path.split("/")
    if str(play.channel.id) in parts:
        return True
    found = map(play.house.discord.world.interactions.find, parts)
    return any(shot is not None and shot.channel is play.channel for shot in found)
