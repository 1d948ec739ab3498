"""A real discord.py client whose interactions the test itself takes and answers."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord
from discord import app_commands
from discord.http import Route
from PIL import Image

from sandbox.discord import DiscordSandbox


def png(width: int = 40, height: int = 30) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def file(name: str = "out.png", data: bytes | None = None) -> discord.File:
    return discord.File(io.BytesIO(png() if data is None else data), name)


def card(*items: Any) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    return view


def text(content: str, **options: Any) -> discord.ui.TextDisplay[Any]:
    return discord.ui.TextDisplay(content, **options)


def gallery(*media: Any, **options: Any) -> discord.ui.MediaGallery[Any]:
    items = [discord.MediaGalleryItem(item) for item in media]
    return discord.ui.MediaGallery(*items, **options)


def row(*items: Any) -> discord.ui.ActionRow[Any]:
    return discord.ui.ActionRow(*items)


def button(label: str, custom_id: str, **options: Any) -> discord.ui.Button[Any]:
    return discord.ui.Button(label=label, custom_id=custom_id, **options)


async def call(bot: Bot, method: str, path: str, **options: Any) -> Any:
    """Make a request that discord.py itself would not make."""
    return await bot.http.request(Route(method, path), **options)


class Bot(discord.AutoShardedClient):
    """Registers some commands, then hands every interaction to whoever waits for it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            intents=options.pop("intents", discord.Intents(guilds=True)),
            guild_ready_timeout=0.05,
            allowed_mentions=options.pop("allowed_mentions", None),
            **options,
        )
        self.tree = app_commands.CommandTree(self)
        self.synced: list[app_commands.AppCommand] = []
        self.arrived: asyncio.Queue[discord.Interaction[Any]] = asyncio.Queue()
        self.is_up = asyncio.Event()
        _register(self.tree)

    async def setup_hook(self) -> None:
        self.synced = await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not pace: discord.py would sleep five seconds."""

    async def on_ready(self) -> None:
        self.is_up.set()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        self.arrived.put_nowait(interaction)

    async def taken(self) -> Any:
        """Return the next interaction."""
        async with asyncio.timeout(5):
            return await self.arrived.get()


def _register(tree: app_commands.CommandTree[Any]) -> None:
    @tree.command(description="Remix a picture")
    @app_commands.choices(
        style=[
            app_commands.Choice(name="Realistic", value="REALISTIC"),
            app_commands.Choice(name="Anime", value="ANIME"),
        ]
    )
    async def remix(
        interaction: discord.Interaction[Any],
        image: discord.Attachment,
        prompt: app_commands.Range[str, 1, 200],
        backend: str | None = None,
        strength: app_commands.Range[int, 1, 100] = 50,
        weight: app_commands.Range[float, 0.0, 1.0] = 0.5,
        style: str | None = None,
        friend: discord.Member | None = None,
    ) -> None: ...

    @remix.autocomplete("backend")
    async def backends(
        interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        names = ["fal-v3", "fal-v2a", "runware-v2"]
        return [app_commands.Choice(name=n, value=n) for n in names if n.startswith(current)]

    quota = app_commands.Group(name="quota", description="Quotas", guild_only=True)

    @quota.command(name="set", description="Set a quota")
    async def quota_set(
        interaction: discord.Interaction[Any], role: discord.Role, credits_: int
    ) -> None: ...

    tree.add_command(quota)

    @tree.command(description="For moderators")
    @app_commands.default_permissions(manage_guild=True)
    async def audit(interaction: discord.Interaction[Any], in_full: bool = False) -> None: ...

    @tree.command(description="For adults", nsfw=True)
    async def after_dark(interaction: discord.Interaction[Any]) -> None: ...

    @tree.context_menu(name="Remix this image")
    async def on_message(
        interaction: discord.Interaction[Any], message: discord.Message
    ) -> None: ...

    @tree.context_menu(name="Show quota")
    async def on_member(interaction: discord.Interaction[Any], member: discord.Member) -> None: ...


class Runner:
    """Starts bots against a sandbox and stops those that a test leaves."""

    def __init__(self, discord_: DiscordSandbox) -> None:
        self._discord = discord_
        self._running: dict[Bot, asyncio.Task[None]] = {}

    async def start(self, **options: Any) -> Bot:
        """Start a bot and wait until it is up."""
        bot = Bot(**options)
        self._running[bot] = asyncio.create_task(bot.start(self._discord.token))
        await self._discord.ready(5)
        async with asyncio.timeout(5):
            await bot.is_up.wait()
        return bot

    async def stop(self, bot: Bot) -> None:
        """Stop a bot, and wait until the sandbox has noticed."""
        await bot.close()
        await self._running.pop(bot)

    async def stop_all(self) -> None:
        for bot in list(self._running):
            await self.stop(bot)
