"""Erasing a member: asked for, carried out once nothing runs, then their cards are deleted.

Each step is one transaction, or can be done twice; what a process leaves unfinished, the next one
goes on with. In order: the member asks, and from then on can order nothing. When none of their
jobs has work left, prompts and links are dropped in batches, and their authorship in other
members' jobs is replaced. One transaction then replaces the member by their alias everywhere and
writes down all their messages. These are deleted one by one and counted.

An unconfirmed job is not waited for: a late answer to it is not taken any more once its member
was replaced, because it would post a new card of theirs. What it may have cost was counted before.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.clock import Clock
from bot.logbook import POST
from bot.people import ERASED, People, mention
from bot.privacy.blank import blank
from storage import erasures, persons, prompts_kept
from storage.database import Database, Transaction
from storage.erasures import Doomed, Erasure

log = logging.getLogger(__name__)

BATCH = 100
"""Jobs of one transaction."""
SETTLED_MS = 5000
"""A reservation of another process that began before the member asked has ended by then."""
CLAIM_MS = 120_000
"""Another process leaves a message alone for so long that this one tries to delete."""
FIRST_GAP_SECONDS, LONGEST_GAP_SECONDS = 30, 3600
MOST_ATTEMPTS = 30
"""With gaps that double from the first to the longest: about a day."""


class Deletion(StrEnum):
    """What became of deleting a message."""

    DELETED = "deleted"
    """Or it was gone before."""
    IMPOSSIBLE = "impossible"
    """The bot has no access to it any more."""
    LATER = "later"
    """Discord did not take it just now."""


Delete = Callable[[int, int], Awaitable[Deletion]]
"""Deletes a message, by channel and message id."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an erasure is."""

    erasure: Erasure
    left: int
    """Messages that are still to be deleted."""


class _NotYetError(Exception):
    """One of the member's jobs has work left again."""


class Erasing:
    """Erases members of one database."""

    def __init__(self, *, database: Database, clock: Clock, people: People) -> None:
        self._database = database
        self._clock = clock
        self._people = people

    async def ask(self, user_id: int) -> Progress:
        """Take it that a member wants to be erased, unless that is under way."""
        alias, erasure_id = self._people.alias(user_id), secrets.token_hex(8)
        now = self._clock.now()

        async def work(tx: Transaction) -> bool:
            return await erasures.ask(tx, erasure_id, alias, user_id, now=now)

        if await self._database.transaction(work):
            log.info("erasure.asked", extra={"erasure": erasure_id})
        progress = await self.progress(user_id)
        if progress is None:
            raise LookupError("an erasure that was just asked for is not there")
        return progress

    async def progress(self, user_id: int) -> Progress | None:
        """How far the latest erasure of a member is; None where there never was one."""
        query = self._database.read
        erasure = await erasures.latest(query, self._people.alias(user_id))
        if erasure is None:
            return None
        return Progress(erasure=erasure, left=await erasures.left(query, erasure.id))

    async def advance(self) -> list[str]:
        """Carry out what can be by now, and end what has nothing left to delete.

        Returns:
            Ids of the erasures that went a step further.
        """
        moved: list[str] = []
        for erasure in await erasures.open_ones(self._database.read):
            try:
                if await self._go_on(erasure):
                    moved.append(erasure.id)
            except Exception:
                # Whoever asked after them does not wait for what fails here again and again.
                log.exception("erasure.fault", extra={"erasure": erasure.id})
        return moved

    async def _go_on(self, erasure: Erasure) -> bool:
        if erasure.user_id is not None:
            return await self._carry_out(erasure, erasure.user_id)
        return await self._end(erasure)

    async def delete_next(self, delete: Delete) -> bool:
        """Delete one message that is due; False where there is none."""
        now = self._clock.now()
        doomed = await erasures.next_due(self._database.read, now=now)
        if doomed is None:
            return False
        # Where nobody else can be at it, a kill in between costs no waiting.
        until = now if self._database.exclusive else now + CLAIM_MS

        async def claim(tx: Transaction) -> bool:
            return await erasures.claim(tx, doomed, until=until)

        if await self._database.transaction(claim):
            await self._note(doomed, await delete(doomed.channel_id, doomed.message_id))
        return True

    # Replacing

    async def _carry_out(self, erasure: Erasure, user_id: int) -> bool:
        """Replace a member; False where they must be waited for."""
        query, now = self._database.read, self._clock.now()
        if not self._database.exclusive and now < erasure.asked + SETTLED_MS:
            return False
        if await persons.has_work_left(query, user_id):
            return False
        await self._drop_prompts(user_id)
        await self._replace_author(erasure, user_id)

        async def work(tx: Transaction) -> None:
            await self._replace(tx, erasure, user_id, now)

        try:
            await self._database.transaction(work)
        except _NotYetError:
            return False
        log.info("erasure.replaced", extra={"erasure": erasure.id})
        return True

    async def _drop_prompts(self, user_id: int) -> None:
        async def work(tx: Transaction) -> int:
            found = await prompts_kept.of_member(tx.run, user_id, most=BATCH)
            return await prompts_kept.drop(tx, [blank(row) for row in found])

        while await self._database.transaction(work):
            pass  # Transactions of others come in between.

    async def _replace_author(self, erasure: Erasure, user_id: int) -> None:
        """Replace the member as the author of pictures that others had remixed."""
        after = ""
        while found := await persons.next_authored(self._database.read, user_id, after):
            job_ids, after = found

            async def work(tx: Transaction, job_ids: list[str] = job_ids) -> None:
                for job_id in job_ids:
                    await persons.replace_author_of(tx, job_id, user_id, erasure.alias)

            if job_ids:
                await self._database.transaction(work)

    async def _replace(self, tx: Transaction, erasure: Erasure, user_id: int, now: int) -> None:
        # First, so that what others just write about the member is there: `People.settled`.
        if not await erasures.mark_replaced(tx, erasure.id, now=now):
            raise _NotYetError
        await persons.lock_accounts(tx, user_id, erasure.alias)
        # A late answer may have been taken meanwhile, and waits to be shown.
        if await persons.has_work_left(tx.run, user_id) or await persons.has_prompts(
            tx.run, user_id
        ):
            raise _NotYetError
        await erasures.doom(tx, erasure.id, user_id, now=now)
        await persons.replace(tx, user_id, erasure.alias, since=erasure.asked)
        await persons.replace_mentions(tx, mention(user_id), ERASED)
        posts = await persons.posts_about(tx.run, mention(user_id))
        for post_id, body in posts.items():
            await persons.rewrite_post(tx, post_id, _without(body, mention(user_id)))

    # Deleting

    async def _note(self, doomed: Doomed, outcome: Deletion) -> None:
        attempts = doomed.attempts + 1
        later = outcome is Deletion.LATER and attempts < MOST_ATTEMPTS
        gap = min(LONGEST_GAP_SECONDS, FIRST_GAP_SECONDS << min(doomed.attempts, 20))
        until = self._clock.now() + gap * 1000

        async def work(tx: Transaction) -> None:
            if later:
                await erasures.postpone(tx, doomed, until=until)
            else:
                await erasures.count(tx, doomed, deleted=outcome is Deletion.DELETED)

        await self._database.transaction(work)

    async def _end(self, erasure: Erasure) -> bool:
        now = self._clock.now()

        async def work(tx: Transaction) -> bool:
            return await erasures.mark_ended(tx, erasure.id, now=now)

        if await erasures.left(self._database.read, erasure.id):
            return False
        ended = await self._database.transaction(work)
        if ended:
            about = {"erasure": erasure.id, "deleted": erasure.deleted, "failed": erasure.failed}
            log.info("erasure.ended", extra=about)
        return ended


def _without(body: str, who: str) -> str:
    """A log post that names a member no more, and quotes nobody."""
    post = POST.validate_json(body)
    lines = tuple(line.replace(who, ERASED) for line in post.lines)
    return POST.dump_json(replace(post, lines=lines, quoted=None)).decode()
