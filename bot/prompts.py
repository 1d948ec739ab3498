"""Servers' rules for prompts: looked up, applied, and what they hit remembered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence

from bot import logbook
from bot.admission import DAY_MS
from bot.clock import Clock
from bot.jobs.refusals import RefusedError
from bot.rules.matcher import Hit, Matcher
from bot.rules.rule import Rule, RuleAction, RuleKind
from bot.rules.starter import STARTER
from bot.servers import Server
from storage import prompt_rules
from storage.database import Database, Query, Transaction
from storage.prompt_rules import HitRow, PromptRuleRow

log = logging.getLogger(__name__)

_STARTER_IDS = frozenset(rule.id for rule in STARTER)

MOST_RULES = 200
"""Of one server, the starter list included while it holds."""
HITS_DAYS = 30
"""Over so many days hits are counted."""
MOST_NAMED = 8
"""Rules in one post of the log channel."""
MATCHERS_KEPT = 256
"""Of the servers that used the bot last; one takes a few hundred kilobytes at most."""
SHORT = 300
"""Characters of a prompt that is matched at once: the hop to a thread and back would take longer,
most of all when many ask at once."""


class ForbiddenPromptError(RefusedError):
    """A rule of the server forbids the prompt."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        super().__init__(len(hits))
        self.hits = tuple(hits)


async def rules_of(query: Query, server: Server) -> tuple[Rule, ...]:
    """A server's rules; until it was set up, with the starter list."""
    own = tuple(rule_of(row) for row in await prompt_rules.of_server(query, server.id))
    return own if server.set_up else (*STARTER, *own)


def is_starter(rule: Rule) -> bool:
    """Say whether a rule is of the starter list, and no server's own."""
    return rule.id in _STARTER_IDS


def rule_of(row: PromptRuleRow) -> Rule:
    """A rule of its row."""
    return Rule(id=row.id, kind=RuleKind(row.kind), text=row.rule, action=RuleAction(row.action))


class Prompts:
    """Applies servers' rules to prompts."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._matchers: dict[tuple[Rule, ...], Matcher] = {}
        """Those used last come last."""

    async def hits(self, server: Server, texts: Iterable[str | None]) -> tuple[Hit, ...]:
        """What a server's rules say of some texts, and of what is empty nothing."""
        return await self._matched(await self.rules(server), texts)

    async def rules(self, server: Server) -> tuple[Rule, ...]:
        """What holds in a server: until it was set up, the starter list comes first."""
        return await rules_of(self._database.read, server)

    async def counts(self, server: Server) -> dict[str, int]:
        """How often each rule was hit in the last `HITS_DAYS`, by the rule's text."""
        since = self._clock.now() - HITS_DAYS * DAY_MS
        return await prompt_rules.hits_by_rule(self._database.read, server.id, since=since)

    async def check(
        self,
        server: Server,
        user_id: int,
        prompt: str,
        negative: str | None,
        *,
        rules: tuple[Rule, ...] | None = None,
    ) -> tuple[Hit, ...]:
        """Apply a server's rules to a request.

        Args:
            server: In which it is made.
            user_id: Whose request it is.
            prompt: What is asked.
            negative: What the picture shall not show.
            rules: The server's, where they were looked up already.

        Returns:
            The hits that are allowed and to be reported once the request is taken.

        Raises:
            ForbiddenPromptError: A rule refuses it; that is remembered.
        """
        if rules is None:
            rules = await self.rules(server)
        hits = await self._matched(rules, (prompt, negative))
        refused = [hit for hit in hits if hit.rule.action is RuleAction.REFUSE]
        if not refused:
            return hits
        await self._remember(server, user_id, refused, _both(prompt, negative))
        raise ForbiddenPromptError(refused)

    async def report(
        self,
        server: Server,
        user_id: int,
        hits: Sequence[Hit],
        prompt: str,
        negative: str | None,
        *,
        where: str,
    ) -> None:
        """Remember hits of a request that was taken, and tell the log channel.

        Args:
            server: In which it was.
            user_id: Whose request.
            hits: As `check` gave them; nothing is done where there are none.
            prompt: What was asked.
            negative: What the picture shall not show.
            where: The card, or its channel, as Markdown.
        """
        if not hits:
            return
        whole = _both(prompt, negative)
        post = logbook.Post(
            title="Prompt reported by a rule",
            lines=(f"<@{user_id}> in {where}", f"Rules: {_names(hits)}"),
            quoted=whole,
        )
        await self._remember(server, user_id, hits, whole, post)

    async def _matched(
        self, rules: tuple[Rule, ...], texts: Iterable[str | None]
    ) -> tuple[Hit, ...]:
        wanted = [text for text in texts if text]
        matcher = await self._matcher(rules)
        if sum(map(len, wanted)) <= SHORT:
            return _hits(matcher, wanted)
        # A hostile prompt of full length takes 20 ms (measured 2026-11).
        return await asyncio.to_thread(_hits, matcher, wanted)

    async def _matcher(self, rules: tuple[Rule, ...]) -> Matcher:
        matcher = self._matchers.pop(rules, None)
        if matcher is None:
            # 200 rules take 140 ms (measured 2026-11).
            matcher = await asyncio.to_thread(Matcher, rules)
        self._matchers[rules] = matcher
        if len(self._matchers) > MATCHERS_KEPT:
            del self._matchers[next(iter(self._matchers))]
        return matcher

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


def _names(hits: Sequence[Hit]) -> str:
    names = sorted({logbook.code(hit.rule.text) for hit in hits})
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _hits(matcher: Matcher, texts: Iterable[str]) -> tuple[Hit, ...]:
    return tuple(hit for text in texts for hit in matcher.hits(text))
