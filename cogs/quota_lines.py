"""One line of the history: an entry of the ledger, or a change with who, what and why."""

from __future__ import annotations

from typing import Final

from bot.logbook import code
from bot.moderation.audit import ROLES, TITLES
from bot.moderation.audit import mention as subject_of
from bot.people import mention
from bot.quotas import credits_text
from bot.times import stamp
from cogs import text
from storage.changes import Change
from storage.entries import Entry
from storage.states import EntryKind

_MOST_SAID, _MOST_REASON = 90, 80
"""Characters; a message takes 4,000, and a page has ten lines and a heading."""


def line_of(item: Change | Entry, *, of_one: bool) -> str:
    """Something that happened, on one line.

    Args:
        item: What.
        of_one: Whether all that is shown is about one member, who need not be named again.
    """
    said = (
        _changed(item, of_one=of_one) if isinstance(item, Change) else _entered(item, of_one=of_one)
    )
    return f"{stamp(item.at)} {said}"


def _changed(change: Change, *, of_one: bool) -> str:
    named = change.subject_id != 0 and not (of_one and change.what not in ROLES)
    subject = f" for {subject_of(change)}" if named else ""
    said = f"**{TITLES.get(change.what, change.what)}**{subject} by {mention(change.actor_id)}"
    before, after = (_cut(one) for one in (change.before, change.after))
    if before and after:
        said = f"{said}: {before} → {after}"
    elif before or after:
        said = f"{said}: {before or after}"
    if change.reason is not None:
        said = f"{said}. Reason: {code(change.reason, _MOST_REASON)}"
    return said


def _cut(said: str | None) -> str:
    """What a change says, on one line that is not too long and closes what it opens."""
    line = " ".join((said or "").split())
    if len(line) <= _MOST_SAID:
        return line
    kept = line[: _MOST_SAID - 1]
    return f"{kept}…`" if kept.count("`") % 2 else f"{kept}…"


def _entered(entry: Entry, *, of_one: bool) -> str:
    who = "" if of_one else f"{mention(entry.user_id)}: "
    charged = entry.kind is EntryKind.SETTLE
    amount = credits_text(entry.settled or 0 if charged else abs(entry.amount))
    backend = "" if entry.backend is None else f" for {text.inline(entry.backend)}"
    return f"{who}{_ENTERED[entry.kind].format(amount=amount, backend=backend)}"


_ENTERED: Final[dict[EntryKind, str]] = {
    EntryKind.RESERVE: "{amount} reserved{backend}",
    EntryKind.SETTLE: "{amount} charged{backend}",
    EntryKind.REFUND: "{amount} refunded{backend}",
    EntryKind.RETURN: "{amount} given back{backend}, which could not be shown",
    EntryKind.EXPIRE: "{amount} of grants expired",
    EntryKind.RENEW: "a new period began",
}
