"""The first answer to an interaction: which are possible to what, and what each does."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from sandbox.discord.body import Body
from sandbox.discord.components import number
from sandbox.discord.errors import UNKNOWN_MESSAGE, ApiError, invalid, refuse_if
from sandbox.discord.interactions import Answer, Invocation, Kind
from sandbox.discord.message import Flag, Message
from sandbox.discord.rules import check_autocomplete, check_defer, check_modal
from sandbox.discord.threads import check_editable, open_for_message

if TYPE_CHECKING:
    from sandbox.discord.world import World

_POSSIBLE: dict[Kind, frozenset[Answer]] = {
    Kind.COMMAND: frozenset({Answer.MESSAGE, Answer.DEFER, Answer.MODAL}),
    Kind.COMPONENT: frozenset(Answer) - {Answer.CHOICES},
    Kind.AUTOCOMPLETE: frozenset({Answer.CHOICES}),
    Kind.MODAL: frozenset(Answer) - {Answer.CHOICES, Answer.MODAL},
}
_CHAT_INPUT = 1
_CHAT_INPUT_REPLY = 20
_CONTEXT_MENU_REPLY = 23


def first_answer(world: World, invocation: Invocation, body: Body) -> dict[str, Any]:
    """Carry out the first answer.

    Args:
        world: Where.
        invocation: What is answered.
        body: The callback: its `type`, its `data` and its files.

    Returns:
        The body of Discord's answer.

    Raises:
        ApiError: Too late (10062), not the first (40060), not acceptable (50035, 40005), or
            in a thread that is closed to it (50083).
    """
    kind = _kind(invocation, body.message.get("type"))
    data = body.message.get("data") or {}
    invocation.check_answerable()
    if kind in (Answer.MESSAGE, Answer.DEFER):
        ephemeral = bool((data.get("flags") or 0) & Flag.EPHEMERAL)
        open_for_message(invocation.channel, ephemeral=ephemeral)
    match kind:
        case Answer.MESSAGE:
            invocation.message = world.posts.create(
                invocation.channel,
                world.bot,
                Body(payload=data, files=body.files),
                kind=_message_type(invocation),
                invocation=invocation,
            )
        case Answer.DEFER:
            refuse_if(check_defer(data))
            invocation.message = world.posts.placeholder(
                invocation, kind=_message_type(invocation), flags=Flag(data.get("flags") or 0)
            )
        case Answer.DEFER_UPDATE:
            invocation.message = invocation.source
        case Answer.UPDATE:
            source = _source(invocation)
            check_editable(source.channel)
            world.posts.edit(source, Body(payload=data, files=body.files))
            invocation.message = source
        case Answer.CHOICES:
            refuse_if(check_autocomplete(data, _focused_type(invocation)))
            invocation.choices = data["choices"]
        case Answer.MODAL:
            refuse_if(check_modal(data))
            modal = copy.deepcopy(data)
            number(modal["components"])
            invocation.modal = modal
    invocation.answer(kind)
    world.changes.notify()
    return _report(invocation, kind)


def _kind(invocation: Invocation, value: object) -> Answer:
    possible = _POSSIBLE[invocation.kind]
    if invocation.kind is Kind.MODAL and invocation.source is None:
        # Only a modal that a component opened has a message to update.
        possible -= {Answer.UPDATE, Answer.DEFER_UPDATE}
    if value not in possible:
        raise invalid(f"type: {value!r} cannot answer a {invocation.kind.name.lower()}")
    return Answer(value)


def _source(invocation: Invocation) -> Message:
    assert invocation.source is not None, "components and their modals have a message"
    if invocation.source.deleted:
        raise ApiError(UNKNOWN_MESSAGE)
    return invocation.source


def _message_type(invocation: Invocation) -> int:
    if invocation.kind is not Kind.COMMAND:
        return 0
    return _CHAT_INPUT_REPLY if invocation.data["type"] == _CHAT_INPUT else _CONTEXT_MENU_REPLY


def _focused_type(invocation: Invocation) -> int:
    options: list[dict[str, Any]] = list(invocation.data["options"])
    while options:
        option = options.pop()
        if option.get("focused"):
            return option["type"]
        options += option.get("options", [])
    raise AssertionError("an autocomplete has a focused option")


def _report(invocation: Invocation, kind: Answer) -> dict[str, Any]:
    interaction: dict[str, Any] = {"id": str(invocation.id), "type": int(invocation.kind)}
    report: dict[str, Any] = {"interaction": interaction}
    message = invocation.message
    if message is None:
        return report
    interaction["response_message_id"] = str(message.id)
    interaction["response_message_loading"] = message.loading
    interaction["response_message_ephemeral"] = message.ephemeral
    # The message itself comes back for types 4 and 7 only (receiving-and-responding,
    # "Interaction Callback Response Object").
    if kind in (Answer.MESSAGE, Answer.UPDATE):
        report["resource"] = {"type": int(kind), "message": message.payload()}
    return report
