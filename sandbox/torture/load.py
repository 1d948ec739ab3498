"""What members do while the bot is killed: orders on every backend in turn, and pressed buttons."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from functools import cache
from random import Random
from typing import Any

from PIL import Image, ImageDraw

from sandbox.discord import Actor, Channel, Invocation, Message, Upload
from sandbox.discord.interactions import ANSWER_SECONDS
from sandbox.torture.kinds import Kind
from sandbox.torture.presses import ORDER
from sandbox.torture.stage import Stage

SPREAD = 0.3
"""Seconds over which the orders of a wave are spread."""
OLD_CARDS = 2
"""Cards of earlier waves on which a button is pressed."""
REDONE = ("Re-roll", "Closer 65", "Bolder 35", "Edit", "Remix this result")
FORMS = frozenset({"Edit", "Remix this result"})
"""Buttons that open a form."""


class Load:
    """All that members do in one wave.

    Args:
        stage: Where.
        random: Decides when, and on what.
        kinds: What is ordered, each once.
    """

    def __init__(self, stage: Stage, random: Random, kinds: Sequence[Kind]) -> None:
        self._stage = stage
        self._random = random
        self._kinds = kinds
        self._tasks: list[asyncio.Task[None]] = []
        self._lost: list[tuple[Channel, list[Invocation]]] = []

    def begin(self) -> None:
        """Let everybody do what they do."""
        lost = self._random.choice(self._kinds) if self._random.random() < 0.25 else None
        for kind in self._kinds:
            self._go(self._order(kind, lost=kind is lost))
        cards = [card for card in self._stage.channel.messages if _labels(card) & {*REDONE}]
        for card in self._random.sample(cards, min(OLD_CARDS, len(cards))):
            label = self._random.choice(sorted(_labels(card) & {*REDONE}))
            self._go(self._redo(card, label))
        if self._random.random() < 0.3:
            self._go(self._cancel())

    @property
    def done(self) -> bool:
        """Whether everybody has done all that they could."""
        return all(task.done() for task in self._tasks)

    def lose(self) -> None:
        """Take away the channels that are to be lost: no way is left to those who ordered there."""
        for channel, shots in self._lost:
            if not channel.deleted:
                for shot in shots:
                    shot.expired = True
                self._stage.discord.delete_channel(channel)

    async def end(self) -> None:
        """Stop whoever still waits."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _go(self, doing: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(self._in_time(doing, self._random.random())))

    async def _in_time(self, doing: Coroutine[Any, Any, None], when: float) -> None:
        await asyncio.sleep(when * SPREAD)
        # Whoever comes while the bot is dead asks its next life.
        await self._stage.until(lambda: self._stage.ready, "a bot that can be used")
        # What the bot does not answer any more, or what its death took away, is tried in vain.
        with suppress(TimeoutError, ValueError):
            await doing

    def _take(self, shot: Invocation, label: str = ORDER) -> Invocation:
        self._stage.shots.append(shot)
        self._stage.asked.append((shot, label))
        return shot

    async def _order(self, kind: Kind, *, lost: bool) -> None:
        stage, member = self._stage, new_member(self._stage)
        channel = stage.channel
        if lost:
            channel = stage.guild.add_channel(f"lost{len(stage.shots)}")
        shot = self._take(await member.slash(channel, kind.command, **options(stage, kind)))
        if lost:
            self._lost.append((channel, [shot]))

    async def _redo(self, card: Message, label: str) -> None:
        shot = self._take(await new_member(self._stage).click(card, label), label)
        if label in FORMS:
            await shot.answered(ANSWER_SECONDS)
            assert isinstance(shot.member, Actor)
            self._take(await shot.member.submit(shot, {"prompt": new_prompt(self._stage)}))

    async def _cancel(self) -> None:
        """Press the first Cancel that there is."""

        def offered() -> list[Message]:
            return [m for m in self._stage.channel.messages if "Cancel" in _labels(m)]

        card = (await self._stage.discord.until(offered, ANSWER_SECONDS))[0]
        assert card.invocation is not None
        assert isinstance(card.invocation.member, Actor)
        shot = await card.invocation.member.click(card, "Cancel")
        self._stage.asked.append((shot, "Cancel"))


def _labels(card: Message) -> set[str]:
    return {button.label or "" for button in card.buttons()}


def options(stage: Stage, kind: Kind) -> dict[str, Any]:
    """What is typed and attached; each order has a mark of its own."""
    given: dict[str, Any] = {"backend": kind.backend}
    if kind.command == "reframe":
        given |= {"aspect": "16:9", "style_codes": new_code(stage)}
    else:
        given["prompt"] = new_prompt(stage)
    if kind.command != "generate":
        given["image"] = Upload("photo.png", photo())
    if kind.command == "edit":
        given["mask"] = Upload("mask.png", mask())
    return given


def new_member(stage: Stage) -> Actor:
    """Let somebody join who has done nothing yet."""
    return stage.guild.add_member(f"member{len(stage.guild.members)}")


def new_prompt(stage: Stage) -> str:
    """A prompt that nobody else used, by which what reaches a provider is told apart."""
    stage.prompts += 1
    return f"a harbour in copper light, number {stage.prompts:05d}"


def new_code(stage: Stage) -> str:
    """The code of a style that nobody else used, for what has no prompt."""
    stage.prompts += 1
    return f"{stage.prompts:08X}"


@cache
def photo() -> bytes:
    """A small picture with something on it."""
    picture = Image.linear_gradient("L").resize((160, 120)).convert("RGB")
    ImageDraw.Draw(picture).ellipse((40, 30, 90, 80), fill=(200, 40, 40))
    return _encoded(picture)


@cache
def mask() -> bytes:
    """A mask of it: white in a box, black around it."""
    picture = Image.new("L", (160, 120), 0)
    ImageDraw.Draw(picture).rectangle((40, 30, 120, 90), fill=255)
    return _encoded(picture)


def _encoded(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
