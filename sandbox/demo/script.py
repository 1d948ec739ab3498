"""What the members do: use each command on each backend, and press the buttons of the cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.backends.base import Operation
from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Entry
from sandbox.demo.masks import mask_for
from sandbox.discord import Actor, Channel, DiscordSandbox, Invocation, Message, Upload

PATIENCE = 90.0
"""Seconds that the slowest picture may take."""
PRESSED = frozenset({"fal-v2a", "fal-v3", "runware-v2", "fal-v2-turbo", "ideogram-v2"})
"""Backends on whose cards the buttons are pressed; their siblings are used once."""
BUTTONS: Mapping[Operation, tuple[str, ...]] = {
    Operation.REMIX: ("Re-roll", "Closer 65", "Bolder 35", "Edit"),
    Operation.GENERATE: ("Re-roll", "Edit", "Remix this result"),
    Operation.EDIT: ("Re-roll", "Edit", "Remix this result"),
    Operation.REFRAME: ("Re-roll", "Remix this result"),
}
FORMS = frozenset({"Edit", "Remix this result"})
"""Buttons that open a form."""
PROMPTS = (
    "a watercolour on rough paper, loose brush, morning light",
    "a linocut print in three colours, bold outlines",
    "an oil painting, thick strokes, golden evening",
    "a poster of the 1960s, flat shapes, warm colours",
    "a stained glass window, strong light from behind",
)


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that a member did, and the message that came of it."""

    subject: str
    """What it was done on: "remix fal-v3"."""
    what: str
    shot: Invocation

    @property
    def card(self) -> Message:
        """The message that answered.

        Raises:
            RuntimeError: None did.
        """
        if self.shot.message is None:
            raise RuntimeError(f"{self.what} on {self.subject} was not answered with a card")
        return self.shot.message


@dataclass(kw_only=True)
class Stage:
    """Where it happens, and who is told of it."""

    discord: DiscordSandbox
    channel: Channel
    tell: Callable[[str], None]

    async def play(self, member: Actor, entry: Entry, photograph: Upload, prompt: str) -> list[Act]:
        """Use a command on a backend, then press the buttons; gives all that was done."""
        subject, command = f"{entry.operation} {entry.name}", str(entry.operation)
        options = {"backend": entry.name, **_options(entry.operation, photograph, prompt)}
        shot = await member.slash(self.channel, command, **options)
        first = Act(subject=subject, what=f"/{command}", shot=shot)
        await self._finish(first)
        pressed: list[Act] = []
        if entry.name in PRESSED:
            for label in BUTTONS[entry.operation]:
                shot = await self._press(member, first.card, label, prompt)
                pressed.append(Act(subject=subject, what=label, shot=shot))
        for act in pressed:
            await self._finish(act)
        return [first, *pressed]

    async def _press(self, member: Actor, card: Message, label: str, prompt: str) -> Invocation:
        shot = await member.click(card, label)
        if label not in FORMS:
            return shot
        await shot.answered()
        return await member.submit(shot, {"prompt": f"{prompt}, at night"})

    async def _finish(self, act: Act) -> None:
        await act.shot.answered()
        done = f"{act.subject:<26} {act.what:<17}"
        self.tell(f"{done} acknowledged in {act.shot.seconds:.3f} s")
        await self.discord.until(act.card.media, PATIENCE, f"{act.what}'s pictures")
        self.tell(f"{done} shown")


def scenes(photographs: Sequence[Upload]) -> list[tuple[Entry, Upload, str]]:
    """All that there is to be used, each with a photograph and a prompt."""
    return [
        (entry, photographs[number % len(photographs)], PROMPTS[number % len(PROMPTS)])
        for number, entry in enumerate(CATALOGUE)
    ]


def _options(operation: Operation, photograph: Upload, prompt: str) -> dict[str, Any]:
    match operation:
        case Operation.REMIX:
            return {"image": photograph, "prompt": prompt}
        case Operation.GENERATE:
            return {"prompt": prompt}
        case Operation.EDIT:
            return {"image": photograph, "mask": mask_for(photograph), "prompt": prompt}
        case Operation.REFRAME:
            return {"image": photograph, "aspect": "16:9"}
