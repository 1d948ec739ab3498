"""The bot leaves Discord before it takes itself apart."""

from __future__ import annotations

from pathlib import Path

from discord.ext import commands

from tests.faults.house import House


class Last(commands.Cog):
    """Sees whether anything can still come when the cogs go."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.connected: list[bool] = []

    async def cog_unload(self) -> None:
        shards = self._house.bot.shards.values()
        self.connected += [not shard.is_closed() for shard in shards]


async def test_nothing_comes_any_more_when_the_commands_go(tmp_path: Path) -> None:
    async with House.open(tmp_path) as house:
        last = Last(house)
        await house.bot.add_cog(last)

        await house.bot.close()

        assert last.connected == [False]
