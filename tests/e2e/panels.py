"""The More panel as a member uses it: opened, set, filled in, started."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.discord import Actor, Invocation, Message
from tests.e2e.cards import card_of, text_of
from tests.e2e.world import World

SECTIONS = ("backend", "prompt", "shape", "style", "colours", "file")


@dataclass
class Panel:
    """A panel that a member has open."""

    world: World
    member: Actor
    message: Message
    draft_id: str

    @classmethod
    async def open(cls, world: World, member: Actor, card: Message) -> Panel:
        """Press More on a card."""
        message = card_of(await world.press(member, card, "More"))
        assert message.ephemeral
        draft_id = str(message.selects()[0].custom_id).split(":")[1]
        return cls(world, member, message, draft_id)

    @property
    def text(self) -> str:
        """All that it says."""
        return text_of(self.message)

    @property
    def price(self) -> str:
        """What it says that Start would cost."""
        found = re.search(r"This costs .*", self.text)
        assert found is not None, self.text
        return found[0]

    def id(self, *parts: str) -> str:
        """A custom id of its."""
        return ":".join(["remix-set", self.draft_id, *parts])

    def features(self) -> set[str]:
        """What its open section lets set."""
        ids = {select.custom_id for select in self.message.selects()}
        ids |= {button.custom_id or "" for button in self.message.buttons()}
        split = [one.split(":") for one in ids]
        return {parts[3] for parts in split if parts[2] in {"pick", "form"}}

    async def section(self, name: str) -> None:
        """Open a section."""
        await self._choose(self.id("section"), name)

    async def backend(self, name: str) -> Invocation:
        """Choose a backend."""
        await self.section("backend")
        return await self._choose_among(self.id("backend"), name)

    async def pick(self, section: str, feature: str, value: str) -> Invocation:
        """Choose a value in a section."""
        await self.section(section)
        return await self._choose_among(self.id("pick", feature), value)

    async def form(self, section: str, feature: str) -> Invocation:
        """Open a form."""
        await self.section(section)
        return await self.world.press(self.member, self.message, self.id("form", feature))

    async def fill(self, section: str, feature: str, values: Mapping[str, Any]) -> Invocation:
        """Open a form and send it."""
        opened = await self.form(section, feature)
        return await (await self.member.submit(opened, values)).answered()

    async def clear(self, section: str, feature: str) -> None:
        """Forget what was chosen."""
        await self.section(section)
        await self.world.press(self.member, self.message, self.id("clear", feature))

    async def start(self) -> Invocation:
        """Press Start."""
        return await self.world.press(self.member, self.message, "Start")

    async def made(self) -> Message:
        """Press Start and wait for the pictures; gives the card."""
        return await self.world.shown(await self.start())

    async def _choose_among(self, prefix: str, value: str) -> Invocation:
        for select in self.message.selects():
            values = [option["value"] for option in select.options]
            if str(select.custom_id).startswith(f"{prefix}:") and value in values:
                return await self._choose(str(select.custom_id), value)
        raise AssertionError(f"no select {prefix} offers {value}")

    async def _choose(self, custom_id: str, value: str) -> Invocation:
        shot = await self.member.choose(self.message, custom_id, [value])
        return await shot.answered()
