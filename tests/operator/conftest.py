from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.discord import DiscordSandbox
from sandbox.process import KEPT, ROOT
from sandbox.providers import Providers


@dataclass
class Shell:
    """An operator's shell: the command line of the bot, against the sandbox."""

    folder: Path
    discord: DiscordSandbox
    providers: Providers
    settings: dict[str, str] = field(default_factory=dict)

    async def run(self, *arguments: str, typed: str = "", **settings: str) -> tuple[int, str, str]:
        """Run a command to its end; gives exit status, output and errors."""
        environment = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_URL": self.discord.url,
            "DATABASE_URL": f"sqlite:///{self.folder / 'remix.db'}",
            **self.providers.env(),
            **self.settings,
            **settings,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            env={name: value for name, value in environment.items() if value},
            cwd=self.folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(typed.encode())
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    async with DiscordSandbox() as discord, Providers() as providers:
        yield Shell(tmp_path, discord, providers)
