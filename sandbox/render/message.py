"""A whole message: its author, its text or layout, and the note below an ephemeral one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from sandbox.discord.rules.message import MessageFlag
from sandbox.render import fonts, theme
from sandbox.render.box import Box, Stack
from sandbox.render.canvas import Canvas
from sandbox.render.fonts import Face
from sandbox.render.gallery import Read, gallery
from sandbox.render.layout import Context, stack
from sandbox.render.text import text_box

_NAME = Face(size=16, bold=True)
_TAG = Face(size=10.5, bold=True)
_SMALL = Face(size=12)
_HEADER = 24.0
_NOTE = 26.0
_MARGIN = 16.0


def render(message: Mapping[str, Any], *, read: Read, author: str, width: int = 620) -> Image.Image:
    """Draw a message as Discord's dark theme shows it.

    Args:
        message: The message as Discord's API answers it; `content`, `attachments`, `components`,
            `flags` and `timestamp` are read.
        read: Turns the link of a picture into its bytes.
        author: The name above the message.
        width: Of the picture, in pixels; the height follows from the message.

    Returns:
        A picture in RGB.

    Raises:
        KeyError: A component lacks what it must have.
        ValueError: A component is of a type that Discord does not have.
        PIL.UnidentifiedImageError: What `read` returned is not a picture.
    """
    ephemeral = bool(message.get("flags", 0) & MessageFlag.EPHEMERAL)
    ground = theme.EPHEMERAL if ephemeral else theme.CHAT
    moment = _moment(message)
    context = Context(read=read, now=moment.timestamp(), ground=ground)
    body = _body(message, width - theme.INDENT - _MARGIN, context)
    height = 2 * _MARGIN + _HEADER + body.height + (_NOTE if ephemeral else 0)
    canvas = Canvas(width, height, ground)
    _draw_author(canvas, author, moment)
    body.draw(canvas, theme.INDENT, _MARGIN + _HEADER)
    if ephemeral:
        canvas.box(0, 0, 2, height, fill=theme.BLURPLE)
        _draw_note(canvas, _MARGIN + _HEADER + body.height + 18)
    return canvas.finish()


def _moment(message: Mapping[str, Any]) -> datetime:
    """When it was written or last edited: the time that relative timestamps count from."""
    text = message.get("edited_timestamp") or message.get("timestamp")
    return datetime.fromisoformat(text).astimezone(UTC) if text else datetime.now(UTC)


def _body(message: Mapping[str, Any], across: float, context: Context) -> Stack:
    boxes: list[Box] = []
    if message.get("content"):
        boxes.append(text_box(message["content"], across, now=context.now))
    pictures = [
        {"media": attachment, "spoiler": attachment["filename"].startswith("SPOILER_")}
        for attachment in message.get("attachments") or []
        if str(attachment.get("content_type")).startswith("image/")
    ]
    if pictures:
        boxes.append(gallery(pictures, across, context.read))
    boxes.append(stack(message.get("components") or [], across, context))
    return Stack(boxes=[box for box in boxes if box.height], gap=theme.GAP)


def _draw_author(canvas: Canvas, author: str, moment: datetime) -> None:
    canvas.disc(_MARGIN, _MARGIN, theme.AVATAR, theme.BLURPLE)
    initial, face = author[:1].upper(), Face(size=20, bold=True)
    middle = _MARGIN + theme.AVATAR / 2
    canvas.text(middle - fonts.width(initial, face) / 2, middle + 7, initial, face, theme.WHITE)
    x, baseline = theme.INDENT, _MARGIN + 14
    x += canvas.text(x, baseline, author, _NAME, theme.BRIGHT) + 6
    across = fonts.width("APP", _TAG) + 9
    canvas.box(x, baseline - 12, across, 15, fill=theme.BLURPLE, radius=4)
    canvas.text(x + 4.5, baseline - 0.5, "APP", _TAG, theme.WHITE)
    words = f"{moment.day:02}/{moment.month:02}/{moment.year} {moment:%H:%M}"
    canvas.text(x + across + 8, baseline, words, _SMALL, theme.MUTED)


def _draw_note(canvas: Canvas, baseline: float) -> None:
    x = theme.INDENT
    canvas.disc(x, baseline - 10, 12, theme.MUTED)
    canvas.disc(x + 3, baseline - 7, 6, theme.EPHEMERAL)
    x += 18
    x += canvas.text(x, baseline, "Only you can see this \u2022 ", _SMALL, theme.MUTED)
    canvas.text(x, baseline, "Dismiss message", _SMALL, theme.LINK)
