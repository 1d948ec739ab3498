"""The straight-line bot that ours is compared with: discord.py and httpx, and nothing else.

It answers, reads the source, makes the same calls to fal's queue as ours, follows the same
stream, and edits its answer with the same two files. It has no database, no quota, no checks and
no second try, and it forgets everything when it ends.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import secrets
import signal
import ssl

import discord
import httpx
from discord import app_commands

from bot.discord_wire import use_discord_at
from bot.settings import Settings

MODEL = "fal-ai/ideogram/v2a/remix"
DONE = "COMPLETED"


class Baseline(discord.AutoShardedClient):
    """One command, carried out in one go."""

    def __init__(self, settings: Settings, *, pause: float | None) -> None:
        """Make it.

        Args:
            settings: Where Discord and fal are.
            pause: Seconds between two questions whether the work is done; None follows fal's
                stream instead, as ours does.
        """
        super().__init__(intents=discord.Intents(guilds=True), max_messages=None)
        self._pause = pause
        self._queue = f"{settings.fal_url}/queue"
        key = settings.fal_key.get_secret_value() if settings.fal_key else ""
        self._headers = {"Authorization": f"Key {key}"}
        self._tls = ssl.create_default_context()
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        """Tell Discord of the command."""

        @self.tree.command(name="remix", description="Remix")
        async def remix(
            interaction: discord.Interaction, image: discord.Attachment, prompt: str
        ) -> None:
            await self._answer(interaction, image, prompt)

        await self.tree.sync()

    async def _answer(
        self, interaction: discord.Interaction, image: discord.Attachment, prompt: str
    ) -> None:
        await interaction.response.send_message(f"Remixing: {prompt}")
        # A pool for each remix: one shared by all gets slower with each in flight.
        async with httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=60) as client:
            source = (await client.get(image.url)).content
            result = await self._remix(client, source, image, prompt)
        files = [
            discord.File(io.BytesIO(source), "before.png"),
            discord.File(io.BytesIO(result), "after.png"),
        ]
        await interaction.edit_original_response(content=prompt, attachments=files)

    async def _remix(
        self, client: httpx.AsyncClient, source: bytes, image: discord.Attachment, prompt: str
    ) -> bytes:
        data = base64.b64encode(source).decode()
        asked = {
            "prompt": prompt,
            "image_url": f"data:{image.content_type};base64,{data}",
            "strength": 0.5,
            "seed": secrets.randbits(31),
        }
        accepted = await client.post(f"{self._queue}/{MODEL}", json=asked, headers=self._headers)
        ticket = accepted.raise_for_status().json()
        if self._pause is None:
            await self._follow(client, ticket["status_url"])
        else:
            await self._ask(client, ticket["status_url"], self._pause)
        made = await client.get(ticket["response_url"], headers=self._headers)
        return (await client.get(made.json()["images"][0]["url"])).content

    async def _follow(self, client: httpx.AsyncClient, url: str) -> None:
        async with client.stream("GET", f"{url}/stream", headers=self._headers) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:") and json.loads(line[5:])["status"] == DONE:
                    return

    async def _ask(self, client: httpx.AsyncClient, url: str, pause: float) -> None:
        while True:
            answer = await client.get(url, headers=self._headers)
            if answer.json()["status"] == DONE:
                return
            await asyncio.sleep(pause)


async def serve_baseline(settings: Settings, *, pause: float | None) -> None:
    """Run it until the process is told to stop."""
    use_discord_at(settings.discord_url)
    async with Baseline(settings, pause=pause) as bot:
        running = asyncio.create_task(bot.start(settings.discord_token.get_secret_value()))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
        await asyncio.wait({running})
