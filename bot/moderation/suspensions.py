"""Members who may not use the bot, and those who may again."""

from __future__ import annotations

from bot.moderation.audit import By, NothingToChangeError
from bot.moderation.scene import Changes, Scene
from storage import suspensions
from storage.suspensions import Suspension


class Suspensions:
    """Suspends and restores members."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def suspend(self, by: By, user_id: int, *, until: int | None, reason: str | None) -> None:
        """Keep a member from using the bot in a server."""

        async def work(scene: Scene) -> None:
            account_id = await scene.account(user_id)
            before = await suspensions.get(scene.tx.run, by.server_id, account_id, now=scene.now)
            suspension = Suspension(until=until, reason=reason)
            await suspensions.put(scene.tx, by.server_id, account_id, suspension)
            await scene.record(
                "quota.suspend",
                subject_id=user_id,
                before=None if before is None else say_until(before),
                after=say_until(suspension),
                reason=reason,
            )

        await self._changes.make(by, work)

    async def restore(self, by: By, user_id: int, *, reason: str | None) -> None:
        """Let a member use the bot again.

        Raises:
            NothingToChangeError: They are not suspended.
        """

        async def work(scene: Scene) -> None:
            account_id = await scene.account(user_id)
            before = await suspensions.get(scene.tx.run, by.server_id, account_id, now=scene.now)
            if before is None:
                raise NothingToChangeError("The member is not suspended.")
            await suspensions.remove(scene.tx, by.server_id, account_id)
            await scene.record(
                "quota.restore",
                subject_id=user_id,
                before=say_until(before),
                after="restored",
                reason=reason,
            )

        await self._changes.make(by, work)


def say_until(suspension: Suspension) -> str:
    """A suspension in words, without its reason."""
    if suspension.until is None:
        return "suspended until restored"
    return f"suspended until <t:{suspension.until // 1000}:f>"
