"""Servers' rules for prompts: looked up, applied, and what they hit remembered."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from functools import lru_cache

from bot import logbook
from bot.clock import Clock
from bot.jobs.submit import RefusedError
from bot.rules.matcher import Hit, Matcher
from bot.rules.rule import Rule, RuleAction, RuleKind
from bot.rules.starter import STARTER
from bot.servers import Server
from storage import prompt_rules
from storage.database import Database, Query, Transaction
from storage.prompt_rules import HitRow, PromptRuleRow

log = logging.getLogger(__name__)

MATCHERS_KEPT = 256
"""Of the servers that used the bot last; one takes a few hundred kilobytes at most."""


class ForbiddenPromptError(RefusedError):
    """A rule of the server forbids the prompt."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        super().__init__(len(hits))
        self.hits = tuple(hits)


async def rules_of(query: Query, server: Server) -> tuple[Rule, ...]:
    """A server's rules; until it was set up, with the starter list."""
    own = tuple(rule_of(row) for row in await prompt_rules.of_server(query, server.id))
    return own if server.set_up else (*STARTER, *own)


def rule_of(row: PromptRuleRow) -> Rule:
    """A rule of its row."""
    return Rule(id=row.id, kind=RuleKind(row.kind), text=row.rule, action=RuleAction(row.action))


class Prompts:
    """Applies servers' rules to prompts."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def hits(self, server: Server, texts: Iterable[str | None]) -> tuple[Hit, ...]:
        """What a server's rules say of some texts, and of what is empty nothing."""
        matcher = _matcher(await rules_of(self._database.read, server))
        return tuple(hit for text in texts if text for hit in matcher.hits(text))

    async def check(
        self, server: Server, user_id: int, prompt: str, negative: str | None
    ) -> tuple[Hit, ...]:
        """Apply a server's rules to a request.

        Returns:
            The hits that are allowed and to be reported once the request is taken.

        Raises:
            ForbiddenPromptError: A rule refuses it; that is remembered.
        """
        hits = await self.hits(server, (prompt, negative))
        refused = [hit for hit in hits if hit.rule.action is RuleAction.REFUSE]
        if not refused:
            return hits
        await self._remember(server, user_id, refused, _both(prompt, negative))
        raise ForbiddenPromptError(refused)

    async def report(
        self, server: Server, user_id: int, hits: Sequence[Hit], prompt: str, *, link: str
    ) -> None:
        """Remember hits of a request that was taken, and tell the log channel."""
        if not hits:
            return
        names = ", ".join(sorted({logbook.code(hit.rule.text) for hit in hits}))
        post = logbook.Post(
            title="Prompt reported by a rule",
            lines=(f"<@{user_id}> in {link}", f"Rules: {names}"),
            quoted=prompt,
        )
        await self._remember(server, user_id, hits, prompt, post)

    async def _remember(
        self,
        server: Server,
        user_id: int,
        hits: Sequence[Hit],
        prompt: str,
        post: logbook.Post | None = None,
    ) -> None:
        now = self._clock.now()

        async def work(tx: Transaction) -> None:
            for rule in {hit.rule.id: hit.rule for hit in hits}.values():
                row = HitRow(
                    server_id=server.id,
                    user_id=user_id,
                    at=now,
                    rule=rule.text,
                    action=rule.action,
                    prompt=prompt,
                )
                await prompt_rules.record_hit(tx, row)
            if post is not None:
                await logbook.write(tx, server.settings, server.id, post, now=now)

        await self._database.transaction(work)
        for hit in hits:
            about = {"server": server.id, "rule": hit.rule.id, "action": hit.rule.action.value}
            log.info("prompt.hit", extra=about)


def _both(prompt: str, negative: str | None) -> str:
    return prompt if not negative else f"{prompt}\n{negative}"


@lru_cache(maxsize=MATCHERS_KEPT)
def _matcher(rules: tuple[Rule, ...]) -> Matcher:
    return Matcher(rules)
