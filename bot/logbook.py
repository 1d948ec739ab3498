"""What a server's log channel is told: written in the transaction of what it tells of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from bot.servers.settings import ServerSettings
from storage import log_posts
from storage.database import Transaction


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button below a post."""

    label: str
    custom_id: str
    danger: bool = False


@dataclass(frozen=True, kw_only=True)
class Post:
    """One message of the log channel."""

    title: str
    lines: tuple[str, ...]
    """Markdown of ours; what a person typed stands in it as code or not at all."""
    quoted: str | None = None
    """Text of a member, shown as a block that can neither format nor ping."""
    buttons: tuple[Button, ...] = ()


POST: Final = TypeAdapter(Post)


def code(text: str, most: int = 100) -> str:
    """A piece of a person's text as code, on one line, so that it can neither format nor ping."""
    line = " ".join(text.split()).replace("`", "\u02cb")
    return f"`{line if len(line) <= most else line[: most - 1] + '…'}`" if line else "nothing"


async def write(
    tx: Transaction, settings: ServerSettings, server_id: int, post: Post, *, now: int
) -> None:
    """Have a post sent to the server's log channel; nothing where none is set."""
    if settings.log_channel is None:
        return
    await log_posts.add(
        tx,
        server_id=server_id,
        channel_id=settings.log_channel,
        body=POST.dump_json(post).decode(),
        now=now,
    )
