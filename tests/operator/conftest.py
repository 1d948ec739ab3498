from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.discord import DiscordSandbox
from sandbox.nursery import Nursery, kept_environment
from sandbox.providers import Providers


@dataclass
class Shell:
    """An operator's shell: the command line of the bot, against the sandbox."""

    folder: Path
    discord: DiscordSandbox
    providers: Providers
    nursery: Nursery
    settings: dict[str, str] = field(default_factory=dict)
    interrupt: asyncio.Event | None = None
    """Once it is set, Ctrl-C is pressed."""

    async def run(self, *arguments: str, typed: str = "", **settings: str) -> tuple[int, str, str]:
        """Run a command to its end; gives exit status, output and errors."""
        environment = {
            **kept_environment(),
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_URL": self.discord.url,
            "DATABASE_URL": f"sqlite:///{self.folder / 'remix.db'}",
            **self.providers.env(),
            **self.settings,
            **settings,
        }
        with (
            tempfile.TemporaryFile() as keyboard,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            keyboard.write(typed.encode())
            keyboard.seek(0)
            process = await self.nursery.bear(
                *arguments,
                environment={name: value for name, value in environment.items() if value},
                folder=self.folder,
                streams=(keyboard.fileno(), out.fileno(), err.fileno()),
            )
            if self.interrupt is not None:
                await self.interrupt.wait()
                process.send_signal(signal.SIGINT)
            status = await process.wait()
            out.seek(0)
            err.seek(0)
            return status, out.read().decode(), err.read().decode()


@pytest.fixture
async def shell(tmp_path: Path, nursery: Nursery) -> AsyncIterator[Shell]:
    async with DiscordSandbox() as discord, Providers() as providers:
        yield Shell(tmp_path, discord, providers, nursery)
