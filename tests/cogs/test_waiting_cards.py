"""A waiting card says what is new, and offers Cancel only while that helps."""

from __future__ import annotations

import pytest
from discord import ui

from bot.backends.base import Queued, Running
from bot.backends.catalogue import by_name
from bot.backends.entry import Entry
from bot.jobs.presenter import News, NotStopped, WaitingForRoom
from cogs import cards
from storage.states import JobState
from tests.cogs.jobs import job

STOPS, GOES_ON = by_name("fal-v2a"), by_name("ideogram-v2")


@pytest.mark.parametrize(
    ("entry", "news", "offered"),
    [
        (STOPS, None, True),
        (STOPS, Queued(position=2), True),
        (STOPS, Running(), True),
        (STOPS, WaitingForRoom(), True),
        (STOPS, NotStopped(), False),
        (GOES_ON, None, False),
        (GOES_ON, Running(), False),
        (GOES_ON, WaitingForRoom(), True),
        # A backend that is not offered any more gets no submit.
        (None, None, True),
    ],
)
def test_cancel_is_offered_only_while_it_helps(
    entry: Entry | None, news: News | None, offered: bool
) -> None:
    card = cards.waiting(job(JobState.QUEUED), entry, news)

    labels = [item.label for item in card.walk_children() if isinstance(item, ui.Button)]
    assert labels == (["Cancel"] if offered else [])


@pytest.mark.parametrize(
    ("news", "said"),
    [
        (None, ""),
        (Running(), ""),
        (Queued(position=None), ""),
        (Queued(position=0), "\n-# In the provider's queue: 0 before this one."),
        (WaitingForRoom(), "\n-# The provider has no room just now; it is tried again and again."),
        (NotStopped(), "\n-# It could not be stopped any more; the result will come."),
    ],
)
def test_news_stand_below_the_running_time(news: News | None, said: str) -> None:
    card = cards.waiting(job(JobState.QUEUED), STOPS, news)

    head = next(item for item in card.walk_children() if isinstance(item, ui.TextDisplay))
    assert head.content.endswith(f"begun <t:1800000000:R>{said}")
