from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import unknown


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("FAL_KEYS=x:y", "FAL_KEYS in .env is no setting and is ignored; is FAL_KEY meant?"),
        (
            "DISCORD_TOKN=x",
            "DISCORD_TOKN in .env is no setting and is ignored; is DISCORD_TOKEN meant?",
        ),
        (
            "RUNWAY_API_KEY=x",
            "RUNWAY_API_KEY in .env is no setting and is ignored; is RUNWARE_API_KEY meant?",
        ),
        ("DISCORD_LOCALES=x", "DISCORD_LOCALES in .env is no setting and is ignored"),
    ],
)
def test_a_variable_that_looks_like_ours_is_named(line: str, sentence: str) -> None:
    Path(".env").write_text(f"{line}\n")

    assert unknown() == (sentence,)


def test_our_own_and_other_peoples_variables_are_not_named() -> None:
    Path(".env").write_text("FAL_KEY=x:y\nlog_level=INFO\nCOMPOSE_PROJECT_NAME=z\n")

    assert unknown() == ()


def test_an_absent_file_names_nothing() -> None:
    assert unknown() == ()
