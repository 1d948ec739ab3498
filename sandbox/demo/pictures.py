"""Pictures of what members saw: each card, and a contact sheet of before and after."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from cogs.ids import Part
from sandbox.demo.script import Act
from sandbox.discord import Actor
from sandbox.render import contact_sheet, render


async def draw(acts: Sequence[Act], member: Actor, folder: Path) -> list[Path]:
    """Draw each card, and one sheet with all pictures; gives the files."""
    files: list[Path] = []
    pairs: list[tuple[str, Image.Image, Image.Image]] = []
    for act in acts:
        media = {url: await member.fetch(url) for _, url in act.card.media()}
        name = re.sub(r"[^a-z0-9]+", "-", f"{act.backend}-{act.what}".lower()).strip("-")
        files.append(folder / f"card-{name}.png")
        await asyncio.to_thread(_draw_card, act, media, files[-1])
        pairs.append((f"{act.backend}  {act.what}", *_before_and_after(act, media)))
    files.append(folder / "contact-sheet.png")
    await asyncio.to_thread(lambda: contact_sheet(pairs).save(files[-1]))
    return files


def _draw_card(act: Act, media: dict[str, bytes], to: Path) -> None:
    render(act.card.payload(), read=_reader(media), author="Remix Bot").save(to)


def _reader(media: dict[str, bytes]) -> Callable[[str], bytes]:
    """Read links by their place: their signatures differ each time they are given."""
    by_place = {url.partition("?")[0]: data for url, data in media.items()}
    return lambda url: by_place[url.partition("?")[0]]


def _before_and_after(act: Act, media: dict[str, bytes]) -> tuple[Image.Image, Image.Image]:
    read = _reader(media)
    by_part = dict(reversed(act.card.media()))
    return (
        Image.open(io.BytesIO(read(by_part[Part.BEFORE]))),
        Image.open(io.BytesIO(read(by_part[Part.AFTER]))),
    )
