"""What stands on a card, as a member reads it, and pictures to send."""

from __future__ import annotations

import io
import re
from functools import cache

from PIL import Image, ImageDraw

from sandbox.discord import Invocation, Message

PROMPT_TEXT, NEGATIVE_TEXT = 101, 102
BEFORE, AFTER, MASK, REFERENCES = 111, 112, 113, 114
"""The component ids of a card's parts."""


def card_of(shot: Invocation) -> Message:
    """The message that answered an interaction."""
    assert shot.message is not None, f"{shot!r} was not answered with a message"
    return shot.message


def text_of(message: Message) -> str:
    """All that a message says."""
    return "\n".join([message.content, *message.texts()])


def said(shot: Invocation) -> str:
    """What an interaction was answered, for its member alone."""
    message = card_of(shot)
    assert message.ephemeral, "everyone was told"
    return text_of(message)


def whispered(shot: Invocation) -> str:
    """What was said to the member after the first answer."""
    return "\n".join(text_of(message) for message in shot.followups if message.ephemeral)


def labels(message: Message) -> list[str]:
    """The labels of its buttons, in order."""
    return [button.label or "" for button in message.buttons()]


def pictures(message: Message, part: int) -> list[str]:
    """Links to what it shows under a component id."""
    return [url for component, url in message.media() if component == part]


def seed_on(message: Message) -> int:
    """The seed of the first picture on a card."""
    found = re.search(r"seed `(\d+)`", text_of(message))
    assert found is not None, text_of(message)
    return int(found[1])


def typed(shot: Invocation) -> dict[str, str]:
    """What a modal is prefilled with, by custom_id."""
    assert shot.modal is not None, f"{shot!r} opened no modal"
    inputs = [label["component"] for label in shot.modal["components"]]
    return {item["custom_id"]: item.get("value") or "" for item in inputs}


@cache
def photo(width: int = 320, height: int = 240) -> bytes:
    """A small JPEG with something on it."""
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((width // 4, height // 4, width // 2, height // 2), fill=(200, 40, 40))
    draw.rectangle((width // 2, height // 2, width - 9, height - 9), fill=(30, 90, 200))
    return encoded(picture)


@cache
def painted(
    width: int = 320, height: int = 240, *, box: tuple[int, int, int, int] = (80, 60, 240, 180)
) -> bytes:
    """A mask as a member paints one: white in a box, black around it."""
    picture = Image.new("L", (width, height), 0)
    ImageDraw.Draw(picture).rectangle(box, fill=255)
    return encoded(picture, "PNG")


@cache
def erased(width: int = 320, height: int = 240) -> bytes:
    """The photo as PNG with a hole in it."""
    picture = decoded(photo(width, height)).convert("RGBA")
    ImageDraw.Draw(picture).rectangle(
        (width // 4, height // 4, width // 2, height // 2), fill=(0, 0, 0, 0)
    )
    return encoded(picture, "PNG")


def encoded(picture: Image.Image, form: str = "JPEG") -> bytes:
    """The bytes of a picture."""
    file = io.BytesIO()
    picture.save(file, form)
    return file.getvalue()


def decoded(data: bytes) -> Image.Image:
    """A picture, read to its end."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture
