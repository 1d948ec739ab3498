"""What the members do: remix a photograph on a backend, then press every button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.discord import Actor, Channel, DiscordSandbox, Invocation, Message, Upload

PATIENCE = 90.0
"""Seconds that the slowest remix may take."""
BUTTONS = ("Re-roll", "Closer 65", "Bolder 35")
PROMPTS = {
    "fal-v2a": "a watercolour on rough paper, loose brush, morning light",
    "fal-v3": "a linocut print in three colours, bold outlines",
    "runware-v2": "an oil painting, thick strokes, golden evening",
    "fal-v2-turbo": "a poster of the 1960s, flat shapes, warm colours",
    "ideogram-v2": "a stained glass window, strong light from behind",
}


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that a member did, and the message that came of it."""

    backend: str
    what: str
    shot: Invocation

    @property
    def card(self) -> Message:
        """The message that answered.

        Raises:
            RuntimeError: None did.
        """
        if self.shot.message is None:
            raise RuntimeError(f"{self.what} on {self.backend} was not answered with a card")
        return self.shot.message


@dataclass(kw_only=True)
class Stage:
    """Where it happens, and who is told of it."""

    discord: DiscordSandbox
    channel: Channel
    tell: Callable[[str], None]

    async def play(self, member: Actor, backend: str, photograph: Upload) -> list[Act]:
        """Remix a photograph, then press every button; gives all that was done."""
        first = Act(
            backend=backend,
            what="/remix",
            shot=await member.slash(
                self.channel,
                "remix",
                image=photograph,
                prompt=PROMPTS[backend],
                backend=backend,
            ),
        )
        await self._finish(first)
        pressed = [
            Act(backend=backend, what=label, shot=await member.click(first.card, label))
            for label in BUTTONS
        ]
        pressed.append(await self._edit(member, backend, first))
        for act in pressed:
            await self._finish(act)
        return [first, *pressed]

    async def _edit(self, member: Actor, backend: str, first: Act) -> Act:
        opened = await member.click(first.card, "Edit")
        await opened.answered()
        prompt = f"{PROMPTS[backend]}, at night"
        sent = await member.submit(opened, {"prompt": prompt, "strength": "Bold"})
        return Act(backend=backend, what="Edit", shot=sent)

    async def _finish(self, act: Act) -> None:
        await act.shot.answered()
        self.tell(f"{act.backend:<13} {act.what:<10} acknowledged in {act.shot.seconds:.3f} s")
        await self.discord.until(act.card.media, PATIENCE, f"{act.what}'s pictures")
        self.tell(f"{act.backend:<13} {act.what:<10} shown")
