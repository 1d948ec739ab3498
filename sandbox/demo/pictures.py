"""Pictures of what members saw: each card, and a contact sheet of before and after."""

from __future__ import annotations

import asyncio
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PIL import Image

from cogs.ids import Part
from sandbox.demo.script import Act
from sandbox.discord import Actor, Message
from sandbox.render import contact_sheet, render

Read = Callable[[str], bytes]
SHEET = "contact-sheet.png"
QUICKLY = 1
"""Of PNG's levels: whoever looks waits for these files, and nobody keeps them."""


async def draw(acts: Sequence[Act], member: Actor, folder: Path) -> list[Path]:
    """Draw each card, and one sheet with all pictures; gives the files."""
    files: list[Path] = []
    rows: dict[str, list[tuple[str, Image.Image]]] = {}
    number: Counter[str] = Counter()
    for act in acts:
        read = await reader(act.card, member)
        number[act.subject] += 1
        # Numbered, because /edit and the button Edit are spelt alike here.
        name = re.sub(r"[^a-z0-9]+", "-", f"{act.subject}-{number[act.subject]}-{act.what}".lower())
        files.append(folder / f"card-{name}.png")
        await asyncio.to_thread(_draw_card, act, read, files[-1])
        if act.subject not in rows:
            rows[act.subject] = [*_inputs(act, read)]
        rows[act.subject].append((act.what, _picture(act, Part.AFTER, read)))
    files.append(folder / SHEET)
    await asyncio.to_thread(_draw_sheet, list(rows.items()), files[-1])
    return files


def _draw_card(act: Act, read: Read, to: Path) -> None:
    card = render(act.card.payload(), read=read, author="Remix Bot")
    card.save(to, compress_level=QUICKLY)


def _draw_sheet(rows: list[tuple[str, list[tuple[str, Image.Image]]]], to: Path) -> None:
    contact_sheet(rows).save(to, compress_level=QUICKLY)


async def reader(message: Message, member: Actor) -> Read:
    """Read a message's links by their place: their signatures differ each time they are given."""
    shown = [url for _, url in message.media()]
    attached = [attachment["url"] for attachment in message.payload()["attachments"]]
    by_place = {_place(url): await member.fetch(url) for url in (*shown, *attached)}
    return lambda url: by_place[_place(url)]


def _place(url: str) -> str:
    return url.partition("?")[0]


def _inputs(act: Act, read: Read) -> Iterator[tuple[str, Image.Image]]:
    """What it was made from, as far as the card shows it."""
    for label, part in (("Before", Part.BEFORE), ("Mask", Part.MASK)):
        if any(component == part for component, _ in act.card.media()):
            yield label, _picture(act, part, read)


def _picture(act: Act, part: Part, read: Read) -> Image.Image:
    url = next(url for component, url in act.card.media() if component == part)
    return Image.open(io.BytesIO(read(url)))
