"""Jobs to render: as long in every respect as one can be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.backends.base import (
    MagicPrompt,
    Operation,
    Palette,
    PictureFormat,
    Request,
    Speed,
    Swatch,
)
from bot.backends.capabilities import LARGEST_SEED
from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Feature
from bot.jobs.record import Job, Outcome, Pictures, Result, SourceRef
from storage.job_rows import JobRow
from storage.states import JobState, Shown

LONGEST_ID = 2**64 - 1
NOW = 1_800_000_000_000
BACKEND = max(CATALOGUE, key=lambda entry: len(entry.name))
SECOND = max((one for one in CATALOGUE if one is not BACKEND), key=lambda entry: len(entry.name))
REWRITTEN = "r" * 2000


def longest(words: set[str]) -> str:
    return max(sorted(words), key=len)


def longest_choice(feature: Feature) -> str:
    return longest({name for entry in CATALOGUE for name in entry.choices(feature)})


def request(**changes: Any) -> Request:
    """All that can be asked, with the longest word for each, though no backend takes it all."""
    asked = Request(
        operation=Operation.EDIT,
        backend=BACKEND.name,
        prompt="p" * 2000,
        negative="n" * 1000,
        strength=50,
        count=20,
        size="14142x14142",
        style=longest_choice(Feature.STYLE),
        style_preset=longest_choice(Feature.STYLE_PRESET),
        style_codes=tuple(f"{number:08X}" for number in range(4)),
        palette=Palette(swatches=tuple(Swatch(rgb="FFFFFF", percent=100) for _ in range(8))),
        speed=Speed(longest(set(Speed))),
        seed=LARGEST_SEED,
        magic_version=longest_choice(Feature.MAGIC_VERSION),
        format=PictureFormat(longest(set(PictureFormat))),
        quality=99,
        magic_prompt=MagicPrompt.OFF,
        spoiler=True,
    )
    return replace(asked, **changes)


def outcome(count: int = 20, *, source_type: str | None = "image/png") -> Outcome:
    """So many pictures, and all that can be noted of them."""
    results = (
        Result(
            name=f"result-{number}",
            media_type="image/png",
            width=16_000,
            height=16_000,
            size=1,
            seed=LARGEST_SEED - number,
            prompt=REWRITTEN,
            style="s" * 100,
        )
        for number in range(1, count + 1)
    )
    return Outcome(
        results=tuple(results),
        withheld=20,
        shape="1536x1536",
        cropped=True,
        animated=True,
        source_type=source_type,
        masked=True,
        reference_types=("image/png",) * 4,
        backend=SECOND.name,
        flagged=10,
        charged_flagged=10,
    )


def job(
    state: JobState = JobState.SUCCEEDED,
    *,
    asked: Request | None = None,
    came: Outcome | None = None,
    reason: str | None = None,
    gift: bool = False,
) -> Job:
    """A job whose numbers are as long as they can be."""
    row = JobRow(
        id="f" * 16,
        interaction_id=LONGEST_ID,
        server_id=LONGEST_ID,
        channel_id=LONGEST_ID,
        user_id=LONGEST_ID,
        account_id=LONGEST_ID,
        state=state,
        fence=1,
        owner="this",
        pressed=None,
        parent_id="e" * 16,
        backend=BACKEND.name,
        request="{}",
        source="{}",
        token=None,
        token_ends=NOW,
        upload_limit=1,
        message_id=LONGEST_ID,
        credits_each=10_000,
        micros_each=1,
        reserved=200_000,
        settled=200_000,
        period=0,
        month_start=NOW,
        day_start=NOW,
        budget_start=NOW,
        created=NOW,
        finished=NOW,
        attempts=0,
        due=0,
        cancel=False,
        reason=reason,
        results=None,
        shown=Shown.NO,
        gift=gift,
        shows_flagged=False,
    )
    asked = asked or request()
    shown = SourceRef(url="", card_channel_id=LONGEST_ID, card_message_id=LONGEST_ID)
    generated = asked.operation is Operation.GENERATE
    pictures = Pictures() if generated else Pictures(source=shown, references=(shown,) * 4)
    return Job(row=row, request=asked, pictures=pictures, outcome=came)
