"""Interactions that Discord's client would never send, because it does not offer them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.discord import Actor, Channel, Invocation, Message
from sandbox.discord.commands import CommandType
from sandbox.discord.interactions import Kind
from sandbox.discord.options import OptionType
from sandbox.discord.resolved import Resolved
from sandbox.discord.roles import Role

_BUTTON, _TEXT, _LABEL = 2, 4, 18
_NESTED = (OptionType.SUBCOMMAND, OptionType.SUBCOMMAND_GROUP)


async def commands(
    member: Actor, channel: Channel, name: str, role: Role
) -> list[tuple[str, Invocation]]:
    """Use all subcommands of a command with all that they take; each by its whole name."""
    known = member.world.commands.find(channel.guild, CommandType.CHAT_INPUT, name)
    shots: list[tuple[str, Invocation]] = []
    for words, definitions in _leaves([name], known):
        resolved = Resolved(channel, member)
        options: list[dict[str, Any]] = [
            {"name": one["name"], "type": one["type"], "value": _value(one, member, role, resolved)}
            for one in definitions
        ]
        for word, kind in reversed(words[1:]):
            options = [{"name": word, "type": kind, "options": options}]
        data = {
            "id": known["id"],
            "name": name,
            "type": int(CommandType.CHAT_INPUT),
            "options": options,
            **resolved.part(),
        }
        shot = member.world.interactions.open(Kind.COMMAND, member, channel, data)
        shots.append((" ".join(word for word, _ in words), await shot.answered()))
    return shots


async def press(member: Actor, message: Message, custom_id: str) -> Invocation:
    """Press a button of a message that the member does not see."""
    data = {"custom_id": custom_id, "component_type": _BUTTON, "id": 1}
    shot = member.world.interactions.open(
        Kind.COMPONENT, member, message.channel, data, source=message
    )
    return await shot.answered()


async def submit(member: Actor, cause: Invocation, custom_id: str, value: str) -> Invocation:
    """Send a form of one line that a press did not open."""
    line = {"type": _TEXT, "custom_id": "value", "id": 3, "value": value}
    data = {"custom_id": custom_id, "components": [{"type": _LABEL, "id": 2, "component": line}]}
    shot = member.world.interactions.open(
        Kind.MODAL, member, cause.channel, data, source=cause.source, cause=cause
    )
    return await shot.answered()


def _leaves(
    name: list[Any], command: dict[str, Any]
) -> Iterator[tuple[list[tuple[str, int]], list[dict[str, Any]]]]:
    words = [one if isinstance(one, tuple) else (one, 0) for one in name]
    options = command.get("options") or []
    nested = [one for one in options if one["type"] in _NESTED]
    if not nested:
        yield words, options
    for one in nested:
        yield from _leaves([*words, (one["name"], one["type"])], one)


def _value(definition: dict[str, Any], member: Actor, role: Role, resolved: Resolved) -> Any:
    if choices := definition.get("choices"):
        return choices[0]["value"]
    match OptionType(definition["type"]):
        case OptionType.USER:
            return resolved.add(member)
        case OptionType.ROLE:
            return resolved.add(role)
        case OptionType.INTEGER:
            return 5
        case _:
            return "5"
