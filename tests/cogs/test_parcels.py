"""However many and large its pictures are, a job's messages stay within Discord's limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.jobs.record import Job
from cogs import parcels
from cogs.parcels import Parcel
from tests.cogs.jobs import job, outcome

MB = 1_000_000
INPUTS: tuple[str, ...] = (
    "source",
    "mask",
    "reference-1",
    "reference-2",
    "reference-3",
    "reference-4",
)


def lay(folder: Path, name: str, size: int) -> Path:
    """A file of so many bytes that takes no room."""
    path = folder / name
    with path.open("wb") as file:
        file.truncate(size)
    return path


def packed(folder: Path, inputs: dict[str, int], results: list[int]) -> tuple[Job, list[Parcel]]:
    came = outcome(len(results))
    made = job(came=came)
    sizes = inputs | {one.name: size for one, size in zip(came.results, results, strict=True)}
    files = {name: lay(folder, name, size) for name, size in sizes.items()}
    return made, parcels.pack(made, files)


def size_of(parcel: Parcel) -> int:
    files = [*parcel.inputs, *(file for _, file in parcel.after)]
    return sum(path.stat().st_size for _, path in files)


bytes_of_input = st.integers(1, 10 * MB)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    source=bytes_of_input,
    mask=st.integers(1, MB),
    references=st.lists(st.integers(1, 10 * MB // 4), max_size=4),
    results=st.lists(st.integers(1, 10 * MB), min_size=1, max_size=20),
)
@example(source=5 * MB, mask=MB, references=[], results=[10 * MB, 9 * MB])
def test_every_message_has_at_most_ten_files_and_24_mb_and_each_picture_is_on_one(
    tmp_path: Path, source: int, mask: int, references: list[int], results: list[int]
) -> None:
    inputs: dict[str, int] = dict(zip(INPUTS, [source, mask, *references], strict=False))
    _, found = packed(tmp_path, inputs, results)

    assert [parcel.part for parcel in found] == list(range(len(found)))
    assert len(found[0].inputs) == len(inputs)
    assert all(not parcel.inputs and parcel.after for parcel in found[1:])
    for parcel in found:
        assert len(parcel.inputs) + len(parcel.after) <= 10
        assert size_of(parcel) <= 24 * MB
    numbers = [number for parcel in found for number, _ in parcel.after]
    assert numbers == list(range(1, len(results) + 1))
    names = [
        name for parcel in found for name, _ in (*parcel.inputs, *((f) for _, f in parcel.after))
    ]
    assert len(set(names)) == len(names)


def test_what_came_with_a_request_is_named_by_what_it_is(tmp_path: Path) -> None:
    _, (parcel, *_) = packed(tmp_path, dict.fromkeys(INPUTS, 1), [1] * 20)

    assert [name for name, _ in parcel.inputs] == [
        *("before.png", "mask.png"),
        *("style-1.png", "style-2.png", "style-3.png", "style-4.png"),
    ]
    assert [number for number, _ in parcel.after] == [1, 2, 3, 4]


def test_a_result_that_has_no_room_beside_the_inputs_goes_into_the_next_message(
    tmp_path: Path,
) -> None:
    made, (card, further) = packed(tmp_path, {"source": 9 * MB, "reference-1": 9 * MB}, [9 * MB])

    assert (card.after, [number for number, _ in further.after]) == ((), [1])
    # It can still be drawn.
    parcels.card(made, None, card, ["https://discord.com/channels/1/2/3"])


@pytest.mark.parametrize("lost", ["source", "mask", "reference-2"])
def test_what_is_lost_is_left_out(tmp_path: Path, lost: str) -> None:
    inputs = {name: 1 for name in INPUTS if name != lost}
    _, (parcel, *_) = packed(tmp_path, inputs, [1])

    assert [path.name for _, path in parcel.inputs] == list(inputs)


def test_what_the_outcome_does_not_name_is_not_shown(tmp_path: Path) -> None:
    made = job(came=replace(outcome(1), masked=False, source_type=None, reference_types=()))
    files = {name: lay(tmp_path, name, 1) for name in (*INPUTS, "result-1")}

    (parcel,) = parcels.pack(made, files)

    assert parcel.inputs == []
