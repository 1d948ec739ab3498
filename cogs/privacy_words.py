"""What /privacy says, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.privacy.erasing import Progress
from storage.persons import Holdings

PICTURES = (
    "The bot keeps no pictures: it holds them while a remix runs, and afterwards Discord keeps "
    "them on the cards."
)
WHAT_ERASING_DOES = (
    "### Erase what is stored about you?\n"
    "This is about **all servers**. The bot waits until your last remix has ended, and you can "
    "order nothing new until then. Then it\n"
    "- deletes your prompts, your drafts and the links to your pictures from its database,\n"
    "- deletes **all your cards, with their pictures, in all servers**, one a second; where it "
    "has no access any more it cannot, and tells you how many that were,\n"
    "- puts a keyed hash in place of your id. Under it stay your consent, a suspension, what you "
    "used in the present period, granted credits and the amounts in the books, so that they "
    "still add up, and so that nothing begins anew when you come back.\n"
    "What providers received they keep as they say themselves, and what moderators were told in "
    "a log channel stays there. **This cannot be undone.**"
)
NONE_YET = "Nothing is stored about you yet."


def stored(found: Holdings, keep_days: int) -> str:
    """What is stored of a member, and for how long."""
    parts = list(_parts(found))
    what = f"{', '.join(parts)}." if parts else NONE_YET
    days = "a day" if keep_days == 1 else f"{keep_days} days"
    return (
        f"### What is stored about you, over all servers\n{what}\n"
        f"Prompts and links to pictures are kept for {days} in the database, and longer only on "
        f"the cards. Amounts stay, so that the books add up. {PICTURES}"
    )


def _parts(found: Holdings) -> Iterator[str]:
    if found.jobs:
        yield f"{_many(found.jobs, 'remix', 'remixes')} ({found.prompts} with prompt)"
    named = (
        (found.ledger, "ledger entry", "ledger entries"),
        (found.grants, "grant of credits", "grants of credits"),
        (found.quotas, "quota of your own", "quotas of your own"),
        (found.suspensions, "suspension", "suspensions"),
        (found.consents, "word on your consent", "words on your consent"),
        (found.hits, "prompt that a rule hit", "prompts that rules hit"),
        (found.reports, "card that you reported", "cards that you reported"),
        (found.changes_by, "change that you made as a moderator", "changes that you made"),
        (found.changes_about, "change about you", "changes about you"),
        (found.drafts, "offer that you did not start", "offers that you did not start"),
    )
    yield from (_many(count, one, more) for count, one, more in named if count)


def received(providers: Sequence[str], link: str | None) -> str:
    """Who else receives what a member sends."""
    names = ", ".join(f"**{name}**" for name in providers)
    more = "" if link is None else f"\n[What whoever runs this bot says about privacy](<{link}>)"
    return (
        "### Who else receives it\n"
        "Your prompt and the pictures of a remix go to the provider of the backend that makes it, "
        f"which is the one you chose or one that stands in for it. Here they can be: {names}.{more}"
    )


def state(progress: Progress) -> str:
    """How far an erasure is."""
    erasure = progress.erasure
    if erasure.replaced is None:
        return (
            "You asked to be erased. It is done as soon as your last remix has ended; until then "
            "you can order nothing new."
        )
    when = f"<t:{erasure.replaced // 1000}:f>"
    if erasure.ended is None:
        return (
            f"Erased on {when}. Your cards are being deleted: {erasure.deleted} done, "
            f"{progress.left} to go{_failed(erasure.failed)}."
        )
    deleted = _many(erasure.deleted, "message", "messages")
    return f"Erased on {when}: {deleted} with your cards deleted{_failed(erasure.failed)}."


def _failed(count: int) -> str:
    return f", {count} could not be" if count else ""


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
