"""How long things take in these tests: long for a busy machine, short for a test."""

from __future__ import annotations

from bot.backends.catalogue import by_name
from bot.backends.pace import Pace
from bot.jobs.context import Tempo

GIVE_UP = 6.0
"""Seconds after which anything that was asked counts as unanswered."""
ANSWER_SECONDS = 5.5
"""How long Discord waits for an answer, instead of 3: what a busy machine takes longer for is no
failure of these rows."""
SOON = 0.8
"""The same of what nobody answers, where nothing else is under way."""
LOOK, AGAIN = 0.2, 0.5
"""Between two looks for posts in log channels, and until one that failed is sent again."""
TURN = 0.1
"""Between two cards that are deleted because their members are erased."""
FAL_DEADLINE = by_name("fal-v2a").deadline_seconds
PACE = Pace(
    connect=GIVE_UP,
    read=GIVE_UP,
    write=GIVE_UP,
    pool=GIVE_UP,
    answer=GIVE_UP,
    transfer=GIVE_UP,
    submit=GIVE_UP,
    synchronous_read=GIVE_UP,
    synchronous=GIVE_UP,
    gap_shortest=0.05,
    gap_longest=0.2,
    first_look=0.0,
    stream_idle=2.0,
    unknown_grace=0.0,
    patience=2,
    cancel=0.5,
    retry=0.05,
    retry_longest=0.1,
)
TEMPO = Tempo(
    answer_within=GIVE_UP,
    late_gap=3600,
    news_after=1.0,
    retry_first=0.15,
    retry_most=0.3,
    find_within=3 * GIVE_UP,
    # Of a call that nobody knows, a report is waited for so long after the backend's deadline.
    hear_margin=2 * GIVE_UP - FAL_DEADLINE,
    fetch_within=3 * GIVE_UP,
    hints=0.1,
    sweep=0.5,
    stop_showing=0.2,
)
