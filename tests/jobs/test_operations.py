"""Every operation takes the pictures that it needs, and shows them beside what came of them."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.backends.base import Operation, Speed
from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Feature, MaskColour
from bot.images import Fault
from bot.jobs.context import reference_name
from bot.jobs.record import Failure, Job
from bot.jobs.refusals import ClashError, LacksError
from bot.strength import DEFAULT
from storage.states import JobState
from tests.jobs.world import World

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    # A process that is killed closes its files by that.
    pytest.mark.filterwarnings("ignore:.*FileIO:pytest.PytestUnraisableExceptionWarning"),
]

EDIT: dict[str, Any] = {"operation": Operation.EDIT, "mask": "mask.png"}
GENERATE: dict[str, Any] = {"operation": Operation.GENERATE, "picture": None}
MARKED = (0, 0, 128, 192)
"""What the masks of 256 x 192 mark."""


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def result_of(world: World, job: Job) -> Image.Image:
    (shown,) = world.discord.shown[job.id]
    return picture(next(data for name, data in shown.files.items() if name.startswith("result")))


def brightness(image: Image.Image, box: tuple[int, int, int, int]) -> float:
    return ImageStat.Stat(image.convert("L").crop(box)).mean[0]


def changed(one: Image.Image, other: Image.Image, box: tuple[int, int, int, int]) -> float:
    return brightness(ImageChops.difference(one, other.resize(one.size)), box)


async def test_a_picture_is_generated_from_a_prompt_alone(world: World) -> None:
    job = await world.ended((await world.remix("fal-v2-turbo", **GENERATE)).id)

    assert (job.state, job.row.settled) == (JobState.SUCCEEDED, 5)
    assert job.outcome is not None
    assert (job.outcome.source_type, job.outcome.masked) == (None, False)
    assert (job.outcome.shape, job.outcome.cropped) == ("1:1", False)
    assert world.discord.shown[job.id][0].kinds == ["result"]
    assert not world.sources.served


async def test_only_the_marked_part_is_edited_and_the_mask_is_shown_as_members_paint_it(
    world: World,
) -> None:
    job = await world.ended((await world.remix("fal-v2-turbo", **EDIT)).id)

    (shown,) = world.discord.shown[job.id]
    assert shown.kinds == ["mask", "result", "source"]
    assert job.outcome is not None
    assert (job.outcome.masked, job.outcome.source_type) == (True, "image/jpeg")
    mask, source = picture(shown.files["mask"]), picture(shown.files["source"])
    assert (brightness(mask, MARKED), brightness(mask, (128, 0, 256, 192))) == (255, 0)
    result = result_of(world, job)
    assert changed(source, result, (0, 0, 120, 192)) > 10
    assert changed(source, result, (136, 0, 256, 192)) < 3


async def test_the_mask_is_sent_in_the_colours_that_the_backend_is_said_to_want(
    world: World,
) -> None:
    """The stand-in goes on to change what is black, so now it changes the other part."""
    told = tuple(replace(entry, mask_colour=MaskColour.WHITE) for entry in CATALOGUE)
    await world.restart(catalogue=told)

    job = await world.ended((await world.remix("fal-v2-turbo", **EDIT)).id)

    (shown,) = world.discord.shown[job.id]
    assert brightness(picture(shown.files["mask"]), MARKED) == 255
    source, result = picture(shown.files["source"]), result_of(world, job)
    assert changed(source, result, (0, 0, 120, 192)) < 3
    assert changed(source, result, (136, 0, 256, 192)) > 10


async def test_what_was_erased_from_a_picture_is_edited_where_there_is_no_mask(
    world: World,
) -> None:
    asked = {"operation": Operation.EDIT, "picture": "erased.png"}

    job = await world.ended((await world.remix("fal-v2-turbo", **asked)).id)

    (shown,) = world.discord.shown[job.id]
    assert job.state is JobState.SUCCEEDED
    assert shown.kinds == ["mask", "result", "source"]
    assert Image.open(io.BytesIO(shown.files["source"])).mode == "RGB"
    mask = picture(shown.files["mask"])
    assert (brightness(mask, MARKED), brightness(mask, (128, 0, 256, 192))) == (255, 0)
    source, result = picture(shown.files["source"]), result_of(world, job)
    assert changed(source, result, (136, 0, 256, 192)) < 3


async def test_style_references_are_sent_and_shown_in_their_order(world: World) -> None:
    names = ("style-1.jpg", "style-2.png")

    job = await world.ended((await world.remix("fal-v3", references=names)).id)

    (shown,) = world.discord.shown[job.id]
    assert shown.kinds == ["reference", "reference", "result", "source"]
    assert picture(shown.files[reference_name(1)]).size == (128, 128)
    assert picture(shown.files[reference_name(2)]).size == (200, 100)
    assert job.outcome is not None
    assert job.outcome.reference_types == ("image/jpeg", "image/png")


async def test_style_references_are_shrunk_until_all_fit_together(world: World) -> None:
    names = ("style-1.jpg", "style-2.png")
    before = sum(len(world.sources.pictures[name]) for name in names)
    limit = before // 2
    small = tuple(replace(entry, max_reference_bytes=limit) for entry in CATALOGUE)
    await world.restart(catalogue=small)

    job = await world.ended((await world.remix("fal-v3", references=names)).id)

    (shown,) = world.discord.shown[job.id]
    sizes = [len(data) for name, data in shown.files.items() if name.startswith("reference")]
    assert len(sizes) == 2
    assert sum(sizes) <= limit < before


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (EDIT | {"mask": "missing.png"}, Failure.MASK_GONE),
        (EDIT | {"mask": "small-mask.png"}, f"{Fault.MASK_SIZE}:128x96 256x192"),
        (EDIT | {"mask": "empty-mask.png"}, Fault.MASK_EMPTY),
        (EDIT | {"mask": "text.jpg"}, f"{Fault.NOT_A_PICTURE}:mask"),
        (EDIT | {"mask": None}, Fault.MASK_MISSING),
        (EDIT | {"picture": "missing.jpg"}, Failure.SOURCE_GONE),
        ({"references": ("style-1.jpg", "missing.jpg")}, Failure.REFERENCE_GONE),
        ({"references": ("style-1.jpg", "text.jpg")}, f"{Fault.NOT_A_PICTURE}:style 2"),
    ],
)
async def test_a_picture_that_cannot_be_used_is_named_and_refunded(
    world: World, asked: dict[str, Any], reason: str
) -> None:
    if reason not in list(Failure):
        reason = f"{Failure.SOURCE_UNREADABLE}:{reason}"

    job = await world.ended((await world.remix("fal-v3", **asked)).id)

    assert (job.state, job.row.reason) == (JobState.FAILED, reason)
    assert await world.entries(job.id) == [("reserve", 6), ("refund", -6)]
    assert not await world.calls(job.id)
    assert not world.providers.fal.calls


async def test_each_link_that_died_is_replaced_by_a_fresh_one(world: World) -> None:
    for number, good in enumerate(("source.jpg", "mask.png", "style-1.jpg")):
        world.discord.links[world.sources.link(f"dead-{number}")] = world.sources.link(good)

    job = await world.remix(
        "fal-v3", **EDIT | {"picture": "dead-0", "mask": "dead-1", "references": ("dead-2",)}
    )

    assert (await world.ended(job.id)).state is JobState.SUCCEEDED
    assert world.sources.served == [
        *("dead-0", "source.jpg"),
        *("dead-1", "mask.png"),
        *("dead-2", "style-1.jpg"),
    ]


async def test_pictures_in_the_spool_are_not_read_again_after_a_restart(world: World) -> None:
    refusing = world.providers.fal.faults.add(path="edit$", status=429, times=None)
    job = await world.remix("fal-v3", **EDIT, references=("style-1.jpg",))

    async def queued_again() -> bool:
        row = await world.row(job.id)
        return row.state is JobState.QUEUED and row.message_id is not None

    await refusing.hit.wait()
    await world.until(queued_again)
    await world.kill()
    world.providers.fal.faults.clear()
    world.sources.faults.add(status=404, times=None)
    await world.start()

    assert (await world.ended(job.id)).state is JobState.SUCCEEDED
    assert world.sources.served == ["source.jpg", "mask.png", "style-1.jpg"]


async def test_running_work_shows_its_pictures_after_a_restart(world: World) -> None:
    world.providers.fal.gate.clear()
    job = await world.remix("fal-v3", **EDIT, references=("style-1.jpg",))
    await world.in_state(job.id, JobState.RUNNING)

    await world.kill()
    world.sources.faults.add(status=404, times=None)
    await world.start()
    world.providers.fal.gate.set()
    ended = await world.ended(job.id)

    assert ended.state is JobState.SUCCEEDED
    assert world.discord.shown[job.id][0].kinds == ["mask", "reference", "result", "source"]


@pytest.mark.parametrize(
    ("backend", "asked", "what", "needed"),
    [
        ("fal-v2a", {"mask": "mask.png"}, Feature.MASK, False),
        ("fal-v2a", {"references": ("style-1.jpg",)}, Feature.REFERENCES, False),
        ("fal-v2a", {"picture": None}, Feature.SOURCE, True),
        ("fal-v2a", {"prompt": ""}, Feature.PROMPT, True),
        ("fal-v2-turbo", GENERATE | {"picture": "source.jpg"}, Feature.SOURCE, False),
        ("fal-v3", {"references": ("style-1.jpg",) * 5}, Feature.REFERENCES, False),
    ],
)
async def test_what_does_not_go_with_an_operation_is_refused_before_any_charge(
    world: World, backend: str, asked: dict[str, Any], what: Feature, needed: bool
) -> None:
    with pytest.raises(LacksError) as refused:
        await world.remix(backend, **asked)

    assert (refused.value.lack.what, refused.value.lack.needed) == (what, needed)
    assert not await world.database.read("SELECT * FROM accounts")


async def test_what_a_backend_does_not_take_together_is_refused_before_any_charge(
    world: World,
) -> None:
    with pytest.raises(ClashError) as refused:
        await world.remix("fal-v3", style="auto", style_codes=("0011AAFF",))

    assert refused.value.pair == (Feature.STYLE_CODES, Feature.STYLE)
    assert not await world.database.read("SELECT * FROM accounts")


async def test_a_strength_that_was_not_chosen_is_stored_as_it_is_sent(world: World) -> None:
    remixed = await world.ended((await world.remix(strength=None)).id)
    generated = await world.ended((await world.remix("fal-v2-turbo", **GENERATE)).id)

    assert remixed.request.strength == DEFAULT
    assert generated.request.strength is None


async def test_the_price_follows_the_speed(world: World) -> None:
    jobs = await asyncio.gather(
        *(
            world.remix("fal-v3", speed=speed)
            for speed in (Speed.TURBO, Speed.BALANCED, Speed.QUALITY)
        )
    )

    ended = [await world.ended(job.id) for job in jobs]
    assert [job.row.settled for job in ended] == [3, 6, 9]
    assert world.charged() == 180_000


async def test_a_job_whose_prompt_the_database_dropped_is_still_read(world: World) -> None:
    job = await world.ended((await world.remix()).id)
    dropped = job.row.request.replace("a copper city", "")

    await world.database.transaction(
        lambda tx: tx.run("UPDATE jobs SET request = ? WHERE id = ?", dropped, job.id)
    )
    read = await world.jobs.get(job.id)
    again = await world.ended((await world.remix(prompt="off the card", parent_id=job.id)).id)

    assert read is not None
    assert (read.request.prompt, read.request.strength) == ("", 60)
    assert (again.state, again.row.parent_id) == (JobState.SUCCEEDED, job.id)
