"""Playing a row: its fault is armed, its member does something, and its job comes to an end."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from PIL import Image

from bot.jobs.record import Job, read
from sandbox.discord import Actor, Channel, Invocation, Message, Upload
from sandbox.discord.members import Member
from sandbox.faults import Fault, Faults
from storage.job_rows import job_row
from storage.states import UNFINISHED, JobState, Shown
from tests.e2e.cards import encoded, photo, text_of
from tests.faults.ends import End
from tests.faults.house import House
from tests.faults.kinds import Kind, how
from tests.faults.outage import Outage
from tests.faults.stands import word_of
from tests.faults.tempo import GIVE_UP
from tests.faults.whose import is_mine
from tests.faults.wires import Before, Row, Wire

PATIENCE = 40.0
"""Seconds that a row may take."""
LOOK = 0.2
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
    correspondent: Member | None = None
    """To whom the bot is to write alone."""
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
    came: str = ""
    """What its request led to where it is none of a job's."""
    again: str = ""
    """What the same led to once nothing failed any more."""
    kept: Any = None
    """What a scene keeps for the second time."""
    expected: End = field(init=False)
    """What it should lead to now."""

    def __post_init__(self) -> None:
        self._number = number = next(_numbers)
        self.expected = self.row.end
        self.word = word_of(number)
        house = self.house
        guild = house.talkative if self.wire.told else house.guild
        guild = house.quiet if self.row.is_aside else guild
        self.channel = guild.add_channel(f"room{number}")
        roles = [house.moderators] if self.wire.moderates else []
        self.member = guild.add_member(f"member{number}", roles=roles)

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
        told = (text_of(one) for one in messages if one is not None and one.ephemeral)
        return "\n".join(told).strip()

    @property
    def posts(self) -> list[Message]:
        """What its server's moderators read of it."""
        posts, room = self.house.book.messages, str(self.channel.id)
        return [post for post in posts if room in text_of(post)]

    async def run(self) -> Job | None:
        """Play it; gives the job as it ended, if it is about one.

        Raises:
            TimeoutError: It did not end.
        """
        async with asyncio.timeout(PATIENCE):
            if self.row.kind is Kind.REFUSED and self.wire.before is not None:
                await self._refused(self.wire.before)
            else:
                if self.row.kind not in (Kind.NONE, Kind.REFUSED):
                    self.fault = self._struck(self.wire, **self._how())
                await self.wire.scene(self)
            if self.row.is_aside:
                return await self._once_more()
            self.earlier = [await self.closed(shot) for shot in self.shots[:-1]]
            job = await self.closed()
            await self._let_go()
            while self.row.end.gift and not job.row.gift:
                await asyncio.sleep(LOOK)
                job = await self.closed()
        return job

    def _how(self) -> dict[str, Any]:
        wire = self.wire
        return how(self.row.kind, to=wire.to, released=self.released, lasting=wire.lasting)

    async def _let_go(self) -> None:
        """Let what is held go on, and wait until it is carried out."""
        if self.fault is None:
            return
        # At what is shared, it may be another one's.
        await self.fault.hit.wait()
        self.released.set()
        if self.row.is_late:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.fault.processed.wait(), GIVE_UP)

    async def _once_more(self) -> None:
        """Do the same again, now that nothing fails any more."""
        self.released.set()
        if self.fault is None or self.fault.hits:
            await self._let_go()
            first, self.came, self.expected = self.came, "", self.wire.usual
            await self.wire.scene(self)
            self.came, self.again = first, self.came

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
        return read(job_row(rows[0])) if rows else None

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
        self,
        to: str,
        method: str,
        path: str,
        *,
        only: Any = lambda _: True,
        match: Any = None,
        **how: Any,
    ) -> Fault:
        """Let something else of this row fail, too."""
        wire = replace(
            self.wire, to=to, method=method, path=path, only=only, match=match, shared=False
        )
        return self._struck(wire, **how)

    def _struck(self, wire: Wire, **how: Any) -> Fault:
        mine = partial(is_mine, self, wire)
        return self.faults(wire.to).add(method=wire.method, path=wire.path, match=mine, **how)

    def faults(self, to: str) -> Faults:
        """The faults of one of those that answer."""
        match to:
            case "discord":
                return self.house.discord.faults
            case "relay":
                return self.house.relay.faults
            case "operator":
                return self.house.inbox.faults
            case _:
                return self.house.stands.server(to).faults

    # Refused connections

    @asynccontextmanager
    async def moment(self) -> AsyncGenerator[None]:
        """What is done inside leads to the request, unless another one comes before it."""
        if self.row.kind is not Kind.REFUSED or self.wire.before is not None or self.refused:
            yield
            return
        async with self._outage():
            yield

    @asynccontextmanager
    async def _outage(self) -> AsyncGenerator[None]:
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
