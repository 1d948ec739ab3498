"""What a row of the enumeration is: a request of the bot, a way to fail, and the end of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.faults.ends import DONE, End
from tests.faults.kinds import HELD, Kind

if TYPE_CHECKING:
    from tests.faults.play import Play

Scene = Callable[["Play"], Coroutine[Any, Any, None]]
"""Does what leads to a request, and returns once its job can go on by itself."""


@dataclass(frozen=True, kw_only=True)
class Wire:
    """One request of the bot, or one that a provider makes to it."""

    name: str
    to: str
    """Who answers it: "discord", "fal", "runware", "ideogram", or "relay" for reports."""
    method: str
    path: str
    """A regular expression, searched for in the path."""
    scene: Scene
    before: Before | None = None
    """What comes before it, so that connections can be refused from then on; None where the
    scene itself says when."""
    only: Callable[[web.Request], bool] = lambda _: True
    """What else tells it from others."""
    match: Callable[[web.Request], bool | Awaitable[bool]] | None = None
    """The same, where it takes the body of the request to tell."""
    command: str = "remix"
    """What its member uses."""
    backend: str = "fal-v2a"
    words: str = ""
    """What the prompt says besides."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    hooks: bool = False
    """Whether the providers can report to the bot."""
    told: bool = False
    """Whether its server has members told when their pictures are ready, and a log channel."""
    moderates: bool = False
    """Whether its member may manage the server."""
    shared: bool = False
    """Whether it does not tell whose it is, so that any row's failure may befall it."""
    alone: bool = False
    """Whether it disturbs all others."""
    lasting: bool = False
    """Whether it is a websocket: one whose client has gone is never carried out."""
    end: End = DONE
    ends: Mapping[Kind, End] = field(default_factory=dict[Kind, End])
    """Where it is another one."""
    without: frozenset[Kind] = frozenset()
    """What cannot befall it."""

    @property
    def usual(self) -> End:
        """How it ends where nothing fails."""
        return self.ends.get(Kind.NONE, self.end)

    @property
    def rows(self) -> list[Row]:
        """All its rows, that in which nothing happens first."""
        return [Row(wire=self, kind=kind) for kind in Kind if kind not in self.without]


@dataclass(frozen=True, kw_only=True)
class Before:
    """The request that comes before another one, and is held for a moment."""

    wire: Wire
    how: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What becomes of it then, as `Faults.add` takes it; nothing answers it as usual."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One request failing in one way."""

    wire: Wire
    kind: Kind

    def __str__(self) -> str:
        return f"{self.wire.name}: {self.kind}"

    @property
    def end(self) -> End:
        """How its remix ends, or what else it leads to."""
        wire = self.wire
        return wire.usual if self.kind is Kind.NONE else wire.ends.get(self.kind, wire.end)

    @property
    def is_aside(self) -> bool:
        """Whether no job is made."""
        return self.end.state is None

    @property
    def alone(self) -> bool:
        """Whether no other row of the house may be played meanwhile."""
        return self.wire.alone or self.kind is Kind.REFUSED

    @property
    def is_held(self) -> bool:
        """Whether something of it goes on only when the client has given up."""
        return self.kind in HELD

    @property
    def is_late(self) -> bool:
        """Whether it is carried out all the same, only when the client has given up."""
        return self.kind is Kind.LATE and not self.wire.lasting
