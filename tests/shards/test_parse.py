from __future__ import annotations

import pytest

from bot.shards import ShardsError, parse


@pytest.mark.parametrize(
    ("ids", "count", "found"),
    [
        ("0-3", 16, (0, 1, 2, 3)),
        ("0,2,5", 6, (0, 2, 5)),
        ("5-6, 0,1-2,2", 8, (0, 1, 2, 5, 6)),
        ("0", 1, (0,)),
    ],
)
def test_ids_are_named_one_by_one_or_as_ranges(
    ids: str, count: int, found: tuple[int, ...]
) -> None:
    shards = parse(ids, count)

    assert shards is not None
    assert (shards.ids, shards.count) == (found, count)
    assert shards.all is (len(found) == count)


def test_a_process_that_was_told_nothing_takes_what_discord_advises() -> None:
    assert parse(None, None) is None


@pytest.mark.parametrize(
    ("ids", "count", "sentence"),
    [
        ("0-3", None, "go together"),
        (None, 16, "go together"),
        ("0-16", 16, "There is no shard 16 among 16: their ids are 0 to 15."),
        ("3-1", 16, "ends before it begins: 3-1"),
        ("1,,2", 16, "such as 0-3 or 0,2,5-7"),
        ("-1", 16, "such as 0-3 or 0,2,5-7"),
        ("all", 16, "such as 0-3 or 0,2,5-7"),
        ("0-999999", 16, "must be below 100000"),
        ("0", 0, "from 1 to 100000"),
        ("0", 100_001, "from 1 to 100000"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    ids: str | None, count: int | None, sentence: str
) -> None:
    with pytest.raises(ShardsError, match=sentence):
        parse(ids, count)
