"""Run the demo; exits 0 only if everything was shown, charged and billed as it should be."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox.demo.photographs import photographs
from sandbox.demo.pictures import draw
from sandbox.demo.report import Report, report
from sandbox.demo.script import Act, Stage, scenes
from sandbox.discord import Actor, DiscordSandbox
from sandbox.process import BotProcess
from sandbox.providers import Providers
from sandbox.providers.pictures import Pictures
from storage.sqlite import SqliteDatabase

OUTPUT = Path("demo-output")
MEMBERS = ("ada", "ben", "chloe")
LATENCY = 1.5
"""Seconds that the stand-ins take for one picture, so that there is something to see."""
CREDITS = "400"
GRAIN = 2
"""A card shows a picture at half its size, so that finer painting would not be seen."""


def main() -> int:
    """Run the demo; returns the exit status."""
    started = time.monotonic()

    def tell(line: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {line}", flush=True)

    Pictures.grain = GRAIN
    OUTPUT.mkdir(exist_ok=True)
    for old in OUTPUT.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        found, files = asyncio.run(_play(Path(folder), tell))
    print("\n" + "\n".join(found.table))
    print(f"\nPictures: {OUTPUT}/ ({len(files)} files; begin with contact-sheet.png)")
    for fault in found.faults:
        print(f"WRONG: {fault}")
    if not found.faults:
        print("All cards were shown; every account equals its ledger, and every bill its record.")
    return 1 if found.faults else 0


async def _play(folder: Path, tell: Callable[[str], None]) -> tuple[Report, list[Path]]:
    path = folder / "demo.db"
    async with DiscordSandbox() as discord, Providers() as providers:
        for server in providers.servers:
            server.latency = LATENCY
        tell(f"the stand-ins of Discord, fal, Runware and Ideogram listen at {discord.url}")
        guild = discord.add_guild("Art")
        stage = Stage(discord=discord, channel=guild.add_channel("remixes"), tell=tell)
        members = [guild.add_member(name) for name in MEMBERS]
        settings = {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_URL": discord.url,
            "DATABASE_URL": f"sqlite:///{path}",
            "DEFAULT_DAILY_CREDITS": CREDITS,
            **providers.env(),
        }
        bot = BotProcess(settings, folder)
        await bot.start()
        try:
            await _ready(discord, bot)
            tell("the bot is connected")
            acts = await _all(stage, members)
        finally:
            bot.terminate()
            await bot.exited()
        files = await draw(acts, members[0], OUTPUT)
        database = await SqliteDatabase.open(path)
        try:
            return await report(database, providers, acts), files
        finally:
            await database.close()


async def _ready(discord: DiscordSandbox, bot: BotProcess) -> None:
    """Wait for the bot; where it ends instead, the log says why."""
    ready = asyncio.create_task(discord.ready(30))
    ended = asyncio.create_task(bot.ended())
    await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if not ready.done():
        ready.cancel()
        raise RuntimeError("the bot did not start:\n" + "\n".join(bot.lines))
    await ready


async def _all(stage: Stage, members: Sequence[Actor]) -> list[Act]:
    plays = [
        stage.play(members[number % len(members)], *scene)
        for number, scene in enumerate(scenes(photographs()))
    ]
    return [act for acts in await asyncio.gather(*plays) for act in acts]


if __name__ == "__main__":
    sys.exit(main())
