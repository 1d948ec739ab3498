"""Credits that moderators give and take back, and periods that they begin early."""

from __future__ import annotations

from bot.jobs.standing import expire
from bot.moderation.audit import By, NothingToChangeError
from bot.moderation.scene import Changes, Scene
from bot.quotas import credits_text
from bot.servers.settings import period_of
from storage import accounts, grants, ledger
from storage.grants import Grant
from storage.ledger import Line
from storage.states import EntryKind, LotKind


class Credits:
    """Grants, revokes and resets."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def grant(
        self, by: By, user_id: int, credits_: int, *, expires: int | None, reason: str | None
    ) -> None:
        """Give a member credits beyond the allowance."""

        async def work(scene: Scene) -> None:
            account_id = await scene.account(user_id)
            await accounts.lock(scene.tx, by.server_id, account_id)
            given = Grant(
                id=by.interaction_id,
                server_id=by.server_id,
                user_id=account_id,
                credits=credits_,
                remaining=credits_,
                held=0,
                given=scene.now,
                expires=expires,
                ended=None,
            )
            ends = "" if expires is None else f", until <t:{expires // 1000}:f>"
            await scene.record(
                "quota.grant",
                subject_id=user_id,
                after=f"{credits_text(credits_)}{ends}",
                reason=reason,
            )
            await grants.insert(scene.tx, given)
            await _enter(scene, EntryKind.GRANT, account_id, {given.id: -credits_})

        await self._changes.make(by, work)

    async def revoke(
        self, by: By, user_id: int, credits_: int | None, *, reason: str | None
    ) -> int:
        """Take granted credits back that are neither spent nor held, the last given first.

        Args:
            by: Who does it.
            user_id: From whom.
            credits_: How many at the most; None: all.
            reason: Why.

        Returns:
            How many were taken.

        Raises:
            NothingToChangeError: There are none.
        """

        async def work(scene: Scene) -> int:
            account_id = await scene.account(user_id)
            account = await accounts.lock(scene.tx, by.server_id, account_id)
            await expire(scene.tx, account, now=scene.now)
            found = await grants.open_of(scene.tx.run, by.server_id, account_id)
            taken = _last_given(found, credits_)
            total = sum(taken.values())
            if not total:
                raise NothingToChangeError(
                    "The member has no granted credits that could be taken back."
                )
            for grant_id, part in taken.items():
                await grants.take(scene.tx, grant_id, part)
            await _enter(scene, EntryKind.REVOKE, account_id, taken)
            before = credits_text(sum(grant.remaining for grant in found))
            await scene.record(
                "quota.revoke",
                subject_id=user_id,
                before=f"{before} granted and unspent",
                after=f"{credits_text(total)} taken back",
                reason=reason,
            )
            return total

        return await self._changes.make(by, work) or 0

    async def reset(self, by: By, user_id: int, *, reason: str | None) -> None:
        """Begin the next period for a member now, with nothing of it used."""

        async def work(scene: Scene) -> None:
            account_id = await scene.account(user_id)
            account = await accounts.lock(scene.tx, by.server_id, account_id)
            period = period_of(scene.server.settings, scene.now)
            begun = await accounts.begin(scene.tx, account, period_start=period, now=scene.now)
            before = f"{credits_text(begun.used)} used"
            await accounts.renew(scene.tx, begun, period_start=begun.period_start, now=scene.now)
            await scene.record(
                "quota.reset", subject_id=user_id, before=before, after="0 used", reason=reason
            )

        await self._changes.make(by, work)


async def _enter(scene: Scene, kind: EntryKind, account_id: int, parts: dict[int, int]) -> None:
    """Append an entry about grants: by how much it raises what is used of each."""
    await ledger.record(
        scene.tx,
        kind,
        at=scene.now,
        server_id=scene.by.server_id,
        user_id=account_id,
        job_id=None,
        lines=[
            Line(lot_kind=LotKind.GRANT, lot=grant_id, amount=part)
            for grant_id, part in parts.items()
        ],
    )


def _last_given(found: list[Grant], most: int | None) -> dict[int, int]:
    """Divide what is taken back among grants, the last given first."""
    left = sum(grant.remaining for grant in found) if most is None else most
    taken: dict[int, int] = {}
    for grant in sorted(found, key=lambda one: (-one.given, -one.id)):
        part = min(left, grant.remaining)
        if part:
            taken[grant.id] = part
            left -= part
    return taken
