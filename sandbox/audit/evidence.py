"""What there is to look at once the bot is quiet, gathered once for all checks."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sandbox.audit.books import Books
from sandbox.discord import DiscordSandbox, Invocation, Message
from sandbox.providers import Providers

_OWN_ID = re.compile(r"remix(?:-pick)?:(?:[a-z]+:)?([0-9a-f]{16})(?::[0-9]{1,2})?")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One look at everything.

    Attributes:
        shots: Every interaction that asked, or may have asked, for pictures.
        webhook: Whether providers could report to the bot all the time.
        deleted: Jobs whose card a member deleted.
    """

    books: Books
    discord: DiscordSandbox
    providers: Providers
    shots: Sequence[Invocation]
    webhook: bool
    deleted: Collection[str] = ()

    @cached_property
    def jobs(self) -> list[dict[str, Any]]:
        """All jobs, oldest first, with what was asked of each read into `asked`."""
        rows = map(dict, self.books.rows("SELECT * FROM jobs ORDER BY created, id"))
        return [{**row, "asked": json.loads(row["request"])} for row in rows]

    @cached_property
    def calls(self) -> dict[str, list[dict[str, Any]]]:
        """The paid calls of each job, in order."""
        calls: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.books.rows("SELECT * FROM calls ORDER BY job_id, number"):
            calls[row["job_id"]].append(dict(row))
        return calls

    @cached_property
    def by_interaction(self) -> dict[int, dict[str, Any]]:
        """The job of each interaction that made one."""
        return {job["interaction_id"]: job for job in self.jobs}

    @cached_property
    def cards(self) -> dict[str, list[Message]]:
        """The messages of each job that are there, by the ids of their buttons."""
        cards: dict[str, list[Message]] = defaultdict(list)
        for message in self.messages:
            for job_id in {match[1] for match in map(_OWN_ID.fullmatch, _ids(message)) if match}:
                cards[job_id].append(message)
        return cards

    @cached_property
    def messages(self) -> list[Message]:
        """All that the bot wrote and that is there, also what one member alone sees."""
        return [
            message
            for guild in self.discord.world.guilds.values()
            for channel in guild.channels
            if not channel.deleted
            for message in channel.all_messages
            if message.author is self.discord.bot
        ]

    @cached_property
    def submits(self) -> Mapping[str, set[str]]:
        """What reached each provider of what costs money, as ids, by the mark.

        Two tasks of Runware with the same id are one.
        """
        submits: dict[str, set[str]] = defaultdict(set)
        for server in self.providers.servers:
            for number, call in enumerate(server.calls):
                for order_mark, key in orders(call.method, call.body):
                    submits[order_mark].add(key or f"{type(server).__name__} {number}")
        return submits

    def shot_of(self, job: Mapping[str, Any]) -> Invocation | None:
        """The interaction of a job."""
        return next((shot for shot in self.shots if shot.id == job["interaction_id"]), None)


def _ids(message: Message) -> Iterable[str]:
    for item in (*message.buttons(), *message.selects()):
        if item.custom_id is not None:
            yield item.custom_id


def mark(asked: Mapping[str, Any]) -> str:
    """What tells a request's orders apart: its prompt, or the style codes of one that has none."""
    return asked.get("prompt") or " ".join(asked.get("style_codes") or ())


def orders(method: str, body: Any) -> Iterable[tuple[str, str | None]]:
    """The orders in a request's body: mark, and our own id where the provider takes one."""
    if method != "POST":
        return
    for part in body if isinstance(body, list) else [body]:
        if not isinstance(part, dict):
            continue
        if part.get("taskType") == "imageInference":
            yield part["positivePrompt"], part["taskUUID"]
        elif found := mark(part):
            yield found, None
