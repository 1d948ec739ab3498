"""What everybody, a role or a member has for each period."""

from __future__ import annotations

from dataclasses import replace

from bot.moderation.audit import By, NothingToChangeError
from bot.moderation.scene import Changes, Scene
from bot.quotas import credits_text
from storage import quota_rules
from storage.quota_rules import QuotaRule, RuleKind


class Quotas:
    """Sets and removes quotas."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def set_rule(self, by: By, rule: QuotaRule, *, reason: str | None = None) -> None:
        """Set what everybody, a role or a member has for each period."""

        async def work(scene: Scene) -> None:
            stored_id = await _stored_id(scene, rule.kind, rule.subject_id)
            before = await _rule(scene, rule.kind, stored_id)
            await quota_rules.put(scene.tx, by.server_id, replace(rule, subject_id=stored_id))
            await scene.record(
                f"quota.{rule.kind}",
                subject_id=rule.subject_id,
                before=None if before is None else amount(before.credits),
                after=amount(rule.credits),
                reason=reason,
            )

        await self._changes.make(by, work)

    async def remove_rule(
        self, by: By, kind: RuleKind, subject_id: int = 0, *, reason: str | None = None
    ) -> None:
        """Remove what was set.

        Raises:
            NothingToChangeError: Nothing was.
        """

        async def work(scene: Scene) -> None:
            stored_id = await _stored_id(scene, kind, subject_id)
            before = await _rule(scene, kind, stored_id)
            if before is None:
                raise NothingToChangeError("There is no such quota, so nothing was removed.")
            await quota_rules.remove(scene.tx, by.server_id, kind, stored_id)
            await scene.record(
                f"quota.{kind}",
                subject_id=subject_id,
                before=amount(before.credits),
                after="removed",
                reason=reason,
            )

        await self._changes.make(by, work)


def amount(credits_: int | None) -> str:
    """An amount for each period in words."""
    return "unlimited" if credits_ is None else credits_text(credits_)


async def _stored_id(scene: Scene, kind: RuleKind, subject_id: int) -> int:
    """Under which id a rule is stored: a member's may be an alias."""
    return await scene.account(subject_id) if kind is RuleKind.MEMBER else subject_id


async def _rule(scene: Scene, kind: RuleKind, stored_id: int) -> QuotaRule | None:
    rules = await quota_rules.of_server(scene.tx.run, scene.by.server_id)
    return next((rule for rule in rules if (rule.kind, rule.subject_id) == (kind, stored_id)), None)
