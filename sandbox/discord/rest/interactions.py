"""Answering interactions: the first answer, and messages behind an interaction's token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord.answers import first_answer
from sandbox.discord.body import Body
from sandbox.discord.errors import (
    UNKNOWN_CHANNEL,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    ApiError,
)
from sandbox.discord.interactions import Invocation
from sandbox.discord.message import Flag, Message
from sandbox.discord.rest.reply import body_of, reply
from sandbox.discord.threads import check_deletable, check_editable, open_for_message

if TYPE_CHECKING:
    from sandbox.discord.world import World


def routes(world: World) -> list[web.RouteDef]:
    """Return the routes of interactions."""
    answers = _Answers(world)
    token = "/webhooks/{webhook_id}/{webhook_token}"  # noqa: S105 - a path, not a secret
    one = f"{token}/messages/{{message_id}}"
    return [
        web.post("/interactions/{interaction_id}/{interaction_token}/callback", answers.callback),
        web.post(token, answers.follow_up),
        web.get(one, answers.get),
        web.patch(one, answers.edit),
        web.delete(one, answers.delete),
    ]


class _Answers:
    def __init__(self, world: World) -> None:
        self._world = world

    async def callback(self, request: web.Request) -> web.Response:
        invocation = self._world.interactions.find(request.match_info["interaction_token"])
        if invocation is None or str(invocation.id) != request.match_info["interaction_id"]:
            raise ApiError(UNKNOWN_INTERACTION)
        _check_channel(invocation)
        report = first_answer(self._world, invocation, body_of(request))
        # Without with_response Discord answers with nothing at all.
        return reply(report if request.query.get("with_response") in ("1", "true") else None)

    async def follow_up(self, request: web.Request) -> web.Response:
        invocation = self._invocation(request)
        _check_channel(invocation)
        body, original = body_of(request), invocation.message
        if original is not None and original.loading:
            # "Create Followup Message": directly after a deferral it edits the placeholder,
            # whose ephemeral flag stays what it was.
            open_for_message(original.channel, ephemeral=original.ephemeral)
            self._world.posts.edit(original, _without_ephemeral(body))
            return reply(original.payload())
        ephemeral = bool((body.message.get("flags") or 0) & Flag.EPHEMERAL)
        open_for_message(invocation.channel, ephemeral=ephemeral)
        message = self._world.posts.create(
            invocation.channel, self._world.bot, body, invocation=invocation
        )
        invocation.followups.append(message)
        self._world.changes.notify()
        return reply(message.payload())

    async def get(self, request: web.Request) -> web.Response:
        return reply(self._message(request).payload())

    async def edit(self, request: web.Request) -> web.Response:
        message = self._message(request)
        check_editable(message.channel)
        self._world.posts.edit(message, body_of(request))
        return reply(message.payload())

    async def delete(self, request: web.Request) -> web.Response:
        message = self._message(request)
        check_deletable(message.channel)
        self._world.posts.delete(message)
        return reply()

    def _invocation(self, request: web.Request) -> Invocation:
        invocation = self._world.interactions.find(request.match_info["webhook_token"])
        if invocation is None or request.match_info["webhook_id"] != str(self._world.bot.id):
            raise ApiError(UNKNOWN_WEBHOOK)
        invocation.check_token()
        return invocation

    def _message(self, request: web.Request) -> Message:
        invocation = self._invocation(request)
        _check_channel(invocation)
        name = request.match_info["message_id"]
        own = [invocation.message, *invocation.followups]
        source = invocation.source
        if name == "@original":
            own = own[:1]
        elif source is not None and source.ephemeral:
            # Undocumented, but bots rely on it: the message whose component was used can be
            # edited by its id, though the first answer was another message.
            own.append(source)
        for message in own:
            named = message is not None and name in ("@original", str(message.id))
            if message is not None and named and not message.deleted:
                return message
        raise ApiError(UNKNOWN_MESSAGE)


def _check_channel(invocation: Invocation) -> None:
    if invocation.channel.deleted:
        raise ApiError(UNKNOWN_CHANNEL)


def _without_ephemeral(body: Body) -> Body:
    payload = {**body.message}
    if payload.get("flags") is not None:
        payload["flags"] &= ~int(Flag.EPHEMERAL)
    return Body(payload=payload, files=body.files)
