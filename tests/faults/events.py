"""What goes wrong without a request: the gateway, the channel, the card and the token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.discord import DiscordSandbox, Permission
from tests.faults.discord_wires import expired
from tests.faults.ends import CARD_DELETED, DONE, GIVEN_BACK, UNSENT, End
from tests.faults.kinds import Kind
from tests.faults.play import Play
from tests.faults.providers import SLOWLY, remix
from tests.faults.reconnecting import Way, returning
from tests.faults.wires import Scene, Wire


def _event(name: str, scene: Scene, end: End = DONE, **more: Any) -> Wire:
    """Something that happens while a remix is made: its only row."""
    defaults: dict[str, Any] = {"words": SLOWLY, "without": frozenset({*Kind} - {Kind.NONE})}
    return Wire(
        name=name, to="discord", method="", path="", scene=scene, end=end, **{**defaults, **more}
    )


def _meanwhile(happens: Callable[[Play], object]) -> Scene:
    """Use /remix, and let something happen while the work runs."""

    async def scene(play: Play) -> None:
        await play.order()
        await play.running()
        happens(play)

    return scene


def _gateway(happens: Callable[[DiscordSandbox], object], way: Way) -> Scene:
    """Use /remix, let something happen to the gateway, and use /remix again."""

    async def scene(play: Play) -> None:
        discord = play.house.discord
        await play.order()
        await play.running()
        async with returning(discord, way):
            happens(discord)
        await play.order()

    return scene


async def _unconfirmed_then_deleted(play: Play) -> None:
    """Use /remix where the provider has no room, and delete the card."""
    full = play.strike("fal", "POST", "^(/queue)?/fal-ai/", status=429, body={}, times=None)
    shot = await play.order()
    await full.hit.wait()
    await shot.answered()
    _delete_card(play)


def _delete_card(play: Play) -> None:
    assert play.shot.message is not None
    play.house.discord.delete_message(play.shot.message)


def _delete_channel(play: Play) -> None:
    play.house.discord.delete_channel(play.channel)


def _expire_and_delete(play: Play) -> None:
    play.house.discord.expire_token(play.shot)
    _delete_channel(play)


def _expire_and_delete_card(play: Play) -> None:
    play.house.discord.expire_token(play.shot)
    _delete_card(play)


def _forbid(permissions: int) -> Callable[[Play], None]:
    """Take permissions from the bot."""
    return lambda play: _deny(play, permissions)


def _expire_and_forbid(permissions: int) -> Callable[[Play], None]:
    """The same, with the token dead."""

    def happens(play: Play) -> None:
        play.house.discord.expire_token(play.shot)
        _deny(play, permissions)

    return happens


def _deny(play: Play, permissions: int) -> None:
    bot = play.house.guild.bot_role
    play.house.discord.set_permissions(play.channel, bot, deny=int(permissions))


EVENTS: tuple[Wire, ...] = (
    _event("nothing happens", remix),
    _event("the token is past its 15 minutes", expired),
    _event("the card is deleted while it is made", _meanwhile(_delete_card), CARD_DELETED),
    _event(
        "the card is deleted, the token dead", _meanwhile(_expire_and_delete_card), CARD_DELETED
    ),
    _event("the card is deleted before the purchase", _unconfirmed_then_deleted, UNSENT),
    _event("the channel is deleted", _meanwhile(_delete_channel), GIVEN_BACK),
    _event("the channel is deleted, the token dead", _meanwhile(_expire_and_delete), GIVEN_BACK),
    _event("the channel is hidden", _meanwhile(_forbid(Permission.VIEW_CHANNEL))),
    _event(
        "the channel is hidden, the token dead",
        _meanwhile(_expire_and_forbid(Permission.VIEW_CHANNEL)),
        GIVEN_BACK,
    ),
    _event("files are forbidden", _meanwhile(_forbid(Permission.ATTACH_FILES))),
    _event(
        "files are forbidden, the token dead",
        _meanwhile(_expire_and_forbid(Permission.ATTACH_FILES)),
        GIVEN_BACK,
    ),
    _event("sending is forbidden", _meanwhile(_forbid(Permission.SEND_MESSAGES))),
    _event(
        "sending is forbidden, the token dead",
        _meanwhile(_expire_and_forbid(Permission.SEND_MESSAGES)),
    ),
    _event("the gateway drops", _gateway(DiscordSandbox.drop_gateway, Way.RESUMED), alone=True),
    _event(
        "the gateway drops for good",
        _gateway(lambda discord: discord.drop_gateway(resumable=False), Way.BEGUN),
        alone=True,
    ),
    _event(
        "the gateway asks to reconnect",
        _gateway(DiscordSandbox.request_reconnect, Way.RESUMED),
        alone=True,
    ),
    _event(
        "the session is invalid",
        _gateway(DiscordSandbox.invalidate, Way.BEGUN),
        alone=True,
    ),
    _event(
        "the session is invalid, and can be resumed",
        _gateway(lambda discord: discord.invalidate(resumable=True), Way.RESUMED),
        alone=True,
    ),
)
