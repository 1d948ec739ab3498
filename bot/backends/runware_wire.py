"""Runware's own words: its answers, and what is kept of them in a ticket.

Sources: runware.ai/docs, page of ideogram:3@2, "Task polling" and "Errors" (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from bot.backends.answers import Maybe, Parsed, word
from bot.backends.base import Finished, Output
from bot.backends.signs import Sign


class Fault(Parsed):
    """One error; its message may quote what was sent and is not read."""

    code: Maybe[str] = None
    parameter: Maybe[str] = None
    status: Maybe[str] = None
    """"error" where a task failed, rather than the question for it."""
    task: Maybe[str] = Field(default=None, alias="taskUUID")

    @property
    def ends_task(self) -> bool:
        """Whether it is a task that tells of its own end."""
        return self.status == "error"

    @property
    def sign(self) -> Sign:
        """What of it decides anything."""
        return Sign(code=self.code or "", parameter=self.parameter or "")

    @property
    def text(self) -> str:
        """What of it can be logged."""
        place = f" at {word(self.parameter)}" if self.parameter else ""
        return f"Runware said {word(self.code)}{place}"


class Item(Parsed):
    """One picture, or word of a task that has none yet."""

    task: Maybe[str] = Field(default=None, alias="taskUUID")
    status: Maybe[str] = None
    error: Maybe[Fault] = None
    image_id: Maybe[str] = Field(default=None, alias="imageUUID")
    link: Maybe[str] = Field(default=None, alias="imageURL")
    data_uri: Maybe[str] = Field(default=None, alias="imageDataURI")
    in_base64: Maybe[str] = Field(default=None, alias="imageBase64Data")
    seed: Maybe[int] = None
    cost: Maybe[Annotated[Decimal, Field(ge=0)]] = None
    flagged: Maybe[bool] = Field(default=None, alias="NSFWContent")

    @property
    def has_failed(self) -> bool:
        """Whether it is no picture but word of a failure."""
        return self.error is not None or self.status == "error"

    @property
    def picture(self) -> str | None:
        """Where to read it, or the picture itself as a data URI, in whichever form it came."""
        inline = f"data:;base64,{self.in_base64}" if self.in_base64 else None
        return self.link or self.data_uri or inline

    @property
    def is_made(self) -> bool:
        """Whether it is a picture, be it one that nobody may see."""
        return bool(self.link or self.data_uri or self.in_base64 or self.flagged)

    @property
    def is_pending(self) -> bool:
        """Whether a picture is still to come."""
        return not self.is_made and self.status != "success"

    @property
    def output(self) -> Output:
        """The picture; a flagged one comes with a link all the same."""
        safe = not self.flagged
        return Output(url=self.picture, seed=self.seed, safe=safe, image_id=self.image_id)


class Reply(Parsed):
    """An answer; it may hold results and errors at once, of any task."""

    data: Maybe[list[Maybe[Item]]] = None
    errors: Maybe[list[Maybe[Fault]]] = None
    error: Maybe[Fault] = None

    def items(self, task: str) -> list[Item]:
        """What it says of a task's pictures, but for those that failed."""
        return [item for item in self._of(task) if not item.has_failed]

    def faults(self, task: str) -> list[Fault]:
        """The errors of a task, and those that name none."""
        found = [*(self.errors or ()), self.error]
        named = [fault for fault in found if fault and fault.task in (None, task)]
        failed = [item.error or Fault() for item in self._of(task) if item.has_failed]
        return named + [fault.model_copy(update={"status": "error"}) for fault in failed]

    def _of(self, task: str) -> list[Item]:
        return [item for item in self.data or () if item and item.task == task]


class Ticket(Parsed):
    """What it takes to ask for a task again, and what of it is on hand already."""

    task: str
    """Its UUID, which was ours to choose."""
    count: int = 1
    """Pictures that were asked for."""
    items: tuple[Item, ...] = ()
    """Those that the answer to the submit brought, by their links."""

    @classmethod
    def of(cls, task: str, count: int, items: Iterable[Item] = ()) -> str:
        """Write a ticket; pictures that lie in the answer itself are asked for again."""
        kept = tuple(item for item in items if item.link is not None)
        return cls(task=task, count=count, items=kept).model_dump_json(
            by_alias=True, exclude_none=True
        )


class OnHand:
    """The pictures of one task as they come, from whichever answer: each once, in that order."""

    def __init__(self, work: Ticket) -> None:
        self._wanted = work.count
        self._items: dict[str, Item] = {}
        self.news = 0
        """How often something was learnt that was not known before."""
        self.add(work.items)

    def add(self, items: Iterable[Item]) -> None:
        """Take the pictures in an answer."""
        for item in items:
            if item.is_made:
                name = item.image_id or item.picture or ""
                known = self._items.get(name)
                # A picture that was flagged once stays so, though another answer leaves it out.
                flagged = bool(item.flagged or (known and known.flagged))
                self.news += known is None or flagged is not bool(known.flagged)
                self._items[name] = item.model_copy(update={"flagged": flagged})

    @property
    def is_whole(self) -> bool:
        """Whether as many are there as were asked for."""
        return len(self._items) >= self._wanted

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The pictures in our words."""
        return tuple(item.output for item in self._items.values())

    @property
    def finished(self) -> Finished:
        """The end of a task with these pictures; the cost is known if it is of each."""
        costs = [item.cost for item in self._items.values() if item.cost is not None]
        known = len(costs) == len(self._items)
        return Finished(outputs=self.outputs, cost=sum(costs, Decimal(0)) if known else None)
