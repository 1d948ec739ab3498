"""Playing a row: its fault is armed, its member does something, and its job comes to an end."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

from aiohttp import web
from PIL import Image

from bot.jobs.record import Job, read
from sandbox.discord import Actor, Channel, Invocation, Message, Upload
from sandbox.faults import Fault, Faults
from storage import jobs
from storage.states import UNFINISHED, JobState, Shown
from tests.e2e.cards import encoded, photo, text_of
from tests.faults.house import House
from tests.faults.kinds import Kind, how
from tests.faults.outage import Outage
from tests.faults.stands import word_of
from tests.faults.wires import Before, Row, Wire

PATIENCE = 40.0
"""Seconds that a row may take."""
LOOK = 0.1
"""Between two looks for the end of a job: the database tells nobody."""
BRIEF = 0.1
"""Seconds for which connections are refused after the first that was."""
_numbers = itertools.count(1)


def large(form: str = "JPEG") -> Upload:
    """A picture that is not sent within a call, see `tests.faults.house.INLINE_BYTES`."""
    noise = Image.effect_noise((96, 96), 80).convert("RGB")
    return Upload(f"large.{form.lower()}", encoded(noise, form))


@dataclass(kw_only=True)
class Play:
    """One row, being played."""

    house: House
    row: Row
    word: str = field(init=False)
    channel: Channel = field(init=False)
    member: Actor = field(init=False)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    fault: Fault | None = None
    refused: int = 0
    """Connections that were refused while nobody listened."""
    shots: list[Invocation] = field(default_factory=list[Invocation])
    """What the member did, each of which made a job."""
    pressed: Invocation | None = None
    """What the member did with the card after that."""
    earlier: list[Job] = field(default_factory=list[Job])
    """The jobs before the one that meets the failure."""

    def __post_init__(self) -> None:
        self._number = number = next(_numbers)
        self.word = word_of(number)
        guild = self.house.talkative if self.wire.told else self.house.guild
        self.channel = guild.add_channel(f"room{number}")
        self.member = guild.add_member(f"member{number}")

    @property
    def wire(self) -> Wire:
        """The request that fails."""
        return self.row.wire

    @property
    def shot(self) -> Invocation:
        """The interaction whose job meets the failure."""
        return self.shots[-1]

    @property
    def told(self) -> str:
        """What the member alone reads after a press."""
        if self.pressed is None:
            return ""
        messages = [self.pressed.message, *self.pressed.followups]
        return "\n".join(text_of(one) for one in messages if one is not None and one.ephemeral)

    @property
    def posts(self) -> list[Message]:
        """What its server's moderators read of it."""
        posts, room = self.house.book.messages, str(self.channel.id)
        return [post for post in posts if room in text_of(post)]

    async def run(self) -> Job:
        """Play it; gives the job as it ended.

        Raises:
            TimeoutError: It did not end.
        """
        async with asyncio.timeout(PATIENCE):
            if self.row.kind is Kind.REFUSED and self.wire.before is not None:
                await self._refused(self.wire.before)
            else:
                if self.row.kind not in (Kind.NONE, Kind.REFUSED):
                    found = how(self.row.kind, to=self.wire.to, released=self.released)
                    self.fault = self._struck(self.wire, **found)
                await self.wire.scene(self)
            self.earlier = [await self.closed(shot) for shot in self.shots[:-1]]
            job = await self.closed()
            if self.fault is not None:
                # At what is shared, it may be another one's.
                await self.fault.hit.wait()
                self.released.set()
            while self.row.end.gift and not job.row.gift:
                await asyncio.sleep(LOOK)
                job = await self.closed()
        return job

    async def closed(self, shot: Invocation | None = None) -> Job:
        """Wait until nothing is left to do for an interaction's job; the last one's."""
        while True:
            job = await self.job(shot)
            over = job is not None and job.state not in UNFINISHED
            over = over and job is not None and job.row.shown is not Shown.NO
            if job is not None and over and job.id not in self.house.bot.jobs._carrier.runs:
                return job
            await asyncio.sleep(LOOK)

    async def job(self, shot: Invocation | None = None) -> Job | None:
        """The job of an interaction, if there is one yet; of the last one."""
        query = "SELECT * FROM jobs WHERE interaction_id = ?"
        rows = await self.house.database.read(query, (shot or self.shot).id)
        return read(jobs.job_row(rows[0])) if rows else None

    # What scenes are made of

    async def order(self, **options: Any) -> Invocation:
        """Use the command, and wait for nothing."""
        asked = {"backend": self.wire.backend, **self._named(), **self.wire.options, **options}
        self.shots.append(await self.member.slash(self.channel, self.wire.command, **asked))
        return self.shot

    def _named(self) -> dict[str, Any]:
        """What each command is given; by its prompt or its seed all know the row again."""
        image = {"image": Upload("photo.jpg", photo(64, 64))}
        prompt = {"prompt": f"a harbour, {self.word} {self.wire.words}"}
        match self.wire.command:
            case "generate":
                return prompt
            case "reframe":
                return {**image, "seed": self._number}
            case _:
                return {**image, **prompt}

    async def running(self) -> None:
        """Wait until the provider has accepted the work."""
        # The database tells nobody.
        while (job := await self.job()) is None or job.state is not JobState.RUNNING:  # noqa: ASYNC110
            await asyncio.sleep(LOOK / 2)

    async def press(self, message: Message, what: str) -> Invocation:
        """Press a button, which makes a job; waits for nothing."""
        self.shots.append(await self.member.click(message, what))
        return self.shot

    def strike(
        self, to: str, method: str, path: str, *, only: Any = lambda _: True, **how: Any
    ) -> Fault:
        """Let something else of this row fail, too."""
        wire = Wire(name="", to=to, method=method, path=path, only=only, scene=self.wire.scene)
        return self._struck(wire, **how)

    def _struck(self, wire: Wire, **how: Any) -> Fault:
        faults = self.faults(wire.to)
        return faults.add(method=wire.method, path=wire.path, match=self._matcher(wire), **how)

    def faults(self, to: str) -> Faults:
        """The faults of one of those that answer."""
        match to:
            case "discord":
                return self.house.discord.faults
            case "relay":
                return self.house.relay.faults
            case _:
                return self.house.stands.server(to).faults

    # Whose a request is

    def _matcher(self, wire: Wire) -> Any:
        async def mine(request: web.Request) -> bool:
            if not wire.only(request):
                return False
            if wire.match is not None:
                matched = wire.match(request)
                if not (await matched if isawaitable(matched) else matched):
                    return False
            return wire.shared or await self._is_mine(wire.to, request)

        return mine

    async def _is_mine(self, to: str, request: web.Request) -> bool:
        if to == "discord":
            return self._is_in_room(request.path)
        if to == "relay":
            return await self.house.stands.word_of_report(request) == self.word
        return await self.house.stands.word(self.house.stands.server(to), request) == self.word

    def _is_in_room(self, path: str) -> bool:
        parts = path.split("/")
        if str(self.channel.id) in parts:
            return True
        found = map(self.house.discord.world.interactions.find, parts)
        return any(shot is not None and shot.channel is self.channel for shot in found)

    # Refused connections

    @asynccontextmanager
    async def moment(self) -> AsyncIterator[None]:
        """What is done inside leads to the request."""
        if self.row.kind is not Kind.REFUSED:
            yield
            return
        async with self._outage():
            yield

    @asynccontextmanager
    async def _outage(self) -> AsyncIterator[None]:
        """Let nobody listen from here on until a connection was refused."""
        async with Outage(self.house, self.wire.to) as outage:
            yield
            await outage.felt(more=BRIEF)
        self.refused = outage.refused

    async def _refused(self, before: Before) -> None:
        """Play it with nobody listening just when its request is due."""
        early = "status" in before.how or before.how.get("drop") == "before"
        held = {"hold_before" if early else "hold": self.released, **before.how}
        fault = self._struck(before.wire, **held)
        playing = asyncio.create_task(self.wire.scene(self))
        await (fault.hit if early else fault.processed).wait()
        async with self._outage():
            self.released.set()
        await playing
