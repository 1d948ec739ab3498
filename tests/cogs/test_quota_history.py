"""The history says who did what, fits into a message, and cannot be made to format or ping."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.history import Cursor, Page, merged
from bot.moderation.audit import TITLES
from cogs.cards import MOST_TEXT
from cogs.quota_history import PageId, layout
from cogs.quota_lines import line_of
from storage.changes import Change
from storage.entries import Entry
from storage.states import EntryKind

NOW = 1_800_000_000_000
CURSOR = Cursor(user_id=None, before=NOW)


def change(**changes: Any) -> Change:
    plain = Change(id=1, server_id=2, at=NOW, actor_id=9, what="quota.grant")
    return replace(plain, **changes)


def entry(**changes: Any) -> Entry:
    plain = Entry(at=NOW, user_id=5, kind=EntryKind.RENEW, amount=0, backend=None, settled=None)
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (
            change(subject_id=5, before="4 credits", after="8 credits", reason="a  `reason`"),
            "for <@5> by <@9>: 4 credits → 8 credits. Reason: `a \u02cbreason\u02cb`",
        ),
        (change(what="settings", after="on"), "**Settings** by <@9>: on"),
        (change(what="quota.role", subject_id=7, before="x"), "for <@&7> by <@9>: x"),
        (change(actor_id=-3, subject_id=-4), "for an erased member by an erased member"),
        (entry(user_id=-4), "an erased member: a new period began"),
        (
            entry(kind=EntryKind.RESERVE, amount=6, backend="fal-v3"),
            "<@5>: 6 credits reserved for `fal-v3`",
        ),
        (
            entry(kind=EntryKind.SETTLE, amount=-2, settled=4, backend="a`b"),
            "<@5>: 4 credits charged for `a\u02cbb`",
        ),
        (entry(kind=EntryKind.REFUND, amount=-6), "<@5>: 6 credits refunded"),
        (
            entry(kind=EntryKind.RETURN, amount=-4, backend="fal-v3"),
            "<@5>: 4 credits given back for `fal-v3`, which could not be shown",
        ),
        (entry(kind=EntryKind.EXPIRE, amount=1), "<@5>: 1 credit of grants expired"),
    ],
)
def test_what_happened_is_said_in_words(item: Change | Entry, line: str) -> None:
    said = line_of(item, of_one=False)

    assert said.startswith(f"<t:{NOW // 1000}:f> ")
    assert said.endswith(line)


def test_a_member_is_not_named_again_in_their_own_history_but_a_role_is() -> None:
    assert "<@5>" not in line_of(change(subject_id=5), of_one=True)
    assert "<@5>" not in line_of(entry(), of_one=True)
    assert "<@&7>" in line_of(change(what="quota.role", subject_id=7), of_one=True)


def test_a_code_that_is_cut_is_closed() -> None:
    said = line_of(change(what="rules.add", after=f"refuse `{'x' * 400}`"), of_one=False)

    assert said.endswith("…`")
    assert said.count("`") == 2


@pytest.mark.parametrize("text", ["x" * 900, "`x` " * 300, "\u00ad" * 900, "a\nb " * 300])
@pytest.mark.parametrize("what", TITLES)
def test_the_largest_page_fits_into_a_message(what: str, text: str) -> None:
    largest = 2**63 - 1
    said = {"before": text, "after": text, "reason": text[:300]}
    item = change(what=what, actor_id=largest, subject_id=largest, **said)

    card = layout(CURSOR, Page(items=[item] * 10, more=True))

    texts = [item.content for item in card.walk_children() if isinstance(item, ui.TextDisplay)]
    assert sum(map(len, texts)) <= MOST_TEXT
    assert len(texts[1].splitlines()) == 10
    assert texts[1].splitlines()[0].count("`") % 2 == 0


@pytest.mark.parametrize(
    ("skip", "more", "shown"),
    [
        (0, False, []),
        (0, True, ["Older"]),
        (10, True, ["Newer", "Older"]),
        (20, False, ["Newer"]),
    ],
)
def test_there_are_buttons_to_what_is_there(skip: int, more: bool, shown: list[str]) -> None:
    cursor = Cursor(user_id=5, before=NOW, skip=skip)

    card = layout(cursor, Page(items=[entry()], more=more))

    labels = [getattr(item, "label", None) for item in card.walk_children()]
    assert [label for label in labels if label] == shown


@given(
    st.none() | st.integers(1, 2**63),
    st.integers(0, 10**13),
    st.integers(0, 99_999),
)
def test_a_custom_id_holds_all_of_a_cursor(user_id: int | None, before: int, skip: int) -> None:
    cursor = Cursor(user_id=user_id, before=before, skip=skip)

    text = str(PageId(cursor=cursor))

    assert len(text) <= 100
    assert PageId.parse(text) == PageId(cursor=cursor)


@pytest.mark.parametrize("text", ["", "quota-history:1:2", "quota-history:-1:2:3", "remix:x:1"])
def test_other_ids_are_none_of_its(text: str) -> None:
    assert PageId.parse(text) is None


@given(
    st.lists(st.integers(0, 5), max_size=20),
    st.lists(st.integers(0, 5), max_size=20),
    st.integers(1, 12),
)
def test_what_is_read_up_to_a_page_stands_as_in_the_whole(
    changed: list[int], entered: list[int], most: int
) -> None:
    ours = [change(id=number, at=at) for number, at in enumerate(sorted(changed)[::-1])]
    theirs = [entry(amount=number, at=at) for number, at in enumerate(sorted(entered)[::-1])]

    whole = merged(ours, theirs)

    assert [item.at for item in whole] == sorted([*changed, *entered], reverse=True)
    assert merged(ours[:most], theirs[:most])[:most] == whole[:most]
