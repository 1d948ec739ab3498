"""Make the pictures of the moderator's guide, from messages of the real bot.

A server is set up, members remix photographs, and a moderator looks at the settings, the report and
the log: `python -m sandbox.demo.guide` writes what they saw to docs/pictures.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.demo.photographs import photographs
from sandbox.demo.pictures import reader
from sandbox.discord import Actor, Channel, DiscordSandbox, Invocation, Message
from sandbox.discord.guilds import Guild
from sandbox.discord.permissions import Permission
from sandbox.process import BotProcess
from sandbox.providers import Providers
from sandbox.render import render

PICTURES = Path("docs/pictures")
MEMBERS = ("Ada", "Ben", "Chloe", "Dmitri", "Elif")
ORDERS: Sequence[tuple[int, str, dict[str, Any]]] = (
    (0, "fal-v3", {"count": 2}),
    (0, "runware-v2", {}),
    (0, "fal-v2a", {}),
    (1, "fal-v3", {}),
    (1, "ideogram-v2", {}),
    (2, "fal-v2-turbo", {}),
    (2, "fal-v2a", {"count": 1}),
    (3, "runware-v2", {}),
    (4, "fal-v2a", {}),
)
"""Who remixes on what."""
PATIENCE = 60.0


async def main() -> int:
    """Make the pictures; returns the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordSandbox() as discord, Providers() as providers:
            bot = BotProcess(
                {
                    "DISCORD_TOKEN": discord.token,
                    "DISCORD_URL": discord.url,
                    "DATABASE_URL": f"sqlite:///{folder}/guide.db",
                    "SERVER_MONTHLY_CREDITS": "5000",
                    **providers.env(),
                },
                Path(folder),
                discord.world.changes.notify,
            )
            guide = Guide(discord)
            await bot.start()
            try:
                await discord.ready(PATIENCE)
                await guide.play()
            finally:
                bot.terminate()
                await bot.exited()
    return 0


class Guide:
    """The server of the guide, and what happens in it."""

    def __init__(self, discord: DiscordSandbox) -> None:
        self._discord = discord
        self._guild: Guild = discord.add_guild("Art")
        self._room: Channel = self._guild.add_channel("remixes")
        self._log: Channel = self._guild.add_channel("moderators")
        role = self._guild.add_role("Moderators", permissions=Permission.MANAGE_GUILD)
        self._moderator: Actor = self._guild.add_member("Morgan", roles=[role])
        self._members = [self._guild.add_member(name) for name in MEMBERS]

    async def play(self) -> None:
        """Let it happen, and draw what the moderator saw."""
        panel = await self._answer("settings")
        await self._draw("settings", panel)
        await self._set_log_channel(panel)
        await self._answer("quota budget", credits="300")
        await self._answer(
            "quota grant", member=self._members[1], credits=50, expires="30d", reason="contest"
        )
        cards = await asyncio.gather(*(self._remix(*order) for order in ORDERS))
        reported = await self._members[4].click(cards[1], "Report")
        await reported.answered(PATIENCE)
        await self._draw("quota", await self._answer("quota show", member=self._members[1]))
        await self._report()
        await self._discord.until(
            lambda: any("reported" in text for m in self._log.messages for text in m.texts()),
            PATIENCE,
            "the report in the log channel",
        )
        await self._draw("log", self._log.messages[-1])

    async def _report(self) -> None:
        shot = await self._use("quota report")
        message = _message(shot)
        await self._discord.until(lambda: bool(message.files), PATIENCE, "the chart")
        await self._draw("report", message, width=760)

    async def _set_log_channel(self, panel: Message) -> None:
        sections = next(s for s in panel.selects() if ":section" in str(s.custom_id))
        await self._choose(panel, str(sections.custom_id), ["channels"])
        await self._draw("settings-channels", panel)
        select = next(s for s in panel.selects() if "log_channel" in str(s.custom_id))
        await self._choose(panel, str(select.custom_id), [self._log])

    async def _choose(self, panel: Message, custom_id: str, values: list[Any]) -> None:
        await (await self._moderator.choose(panel, custom_id, values)).answered(PATIENCE)

    async def _remix(self, who: int, backend: str, options: dict[str, Any]) -> Message:
        photograph = photographs()[who % len(photographs())]
        prompt = "a watercolour on rough paper, loose brush, morning light"
        shot = await self._members[who].slash(
            self._room, "remix", image=photograph, prompt=prompt, backend=backend, **options
        )
        card = _message(await shot.answered(PATIENCE))
        await self._discord.until(card.media, PATIENCE, f"the pictures on {backend}")
        return card

    async def _answer(self, command: str, **options: Any) -> Message:
        return _message(await self._use(command, **options))

    async def _use(self, command: str, **options: Any) -> Invocation:
        shot = await self._moderator.slash(self._room, command, **options)
        return await shot.answered(PATIENCE)

    async def _draw(self, name: str, message: Message, *, width: int = 620) -> None:
        read = await reader(message, self._moderator)
        picture = await asyncio.to_thread(
            render, message.payload(), read=read, author="Remix Bot", width=width
        )
        picture.save(PICTURES / f"{name}.png", optimize=True)


def _message(shot: Invocation) -> Message:
    if shot.message is None:
        raise RuntimeError(f"{shot!r} was not answered with a message")
    return shot.message


if __name__ == "__main__":
    PICTURES.mkdir(parents=True, exist_ok=True)
    sys.exit(asyncio.run(main()))
