"""The pictures that the stand-ins make: the same again, closer when asked to be closer."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from sandbox.providers.painting import repaint
from sandbox.providers.pictures import Order, Pictures, cropped, render
from sandbox.providers.sizes import ASPECTS, LEGACY, V3, Size, nearest
from tests.sandbox.providers.callers import (
    V2A,
    FalCaller,
    IdeogramCaller,
    RunwareCaller,
    distance,
    opened,
    photo,
)
from tests.sandbox.providers.callers import (
    V3 as REMIX_V3,
)

ORDER = Order(source=photo(), prompt="a gold mosaic", closeness=0.5, seed=3, size=Size(1024, 768))


def test_the_same_order_gives_the_same_bytes() -> None:
    assert render(ORDER) == render(replace(ORDER))


@pytest.mark.parametrize(
    "other",
    [{"prompt": "a gold film"}, {"seed": 4}, {"style": "anime"}, {"closeness": 0.4}],
    ids=str,
)
def test_another_prompt_seed_style_or_strength_gives_another_picture(
    other: dict[str, Any],
) -> None:
    changed = replace(ORDER, **other)

    one, two = opened(render(ORDER)), opened(render(changed))

    assert one.tobytes() != two.tobytes()


@pytest.mark.parametrize("prompt", ["oil", "watercolour", "poster", "neon", "print", "tiles", "?"])
@pytest.mark.parametrize("style", ["", "realistic"])
def test_a_closer_picture_lies_closer_whatever_is_painted(
    source: bytes, prompt: str, style: str
) -> None:
    order = replace(ORDER, source=source, prompt=prompt, style=style)

    distances = [
        distance(render(replace(order, closeness=step / 10, seed=step)), source)
        for step in range(1, 11, 3)
    ]

    assert distances == sorted(distances, reverse=True)
    assert distances[0] > distances[-1] + 20
    assert distances[-1] < 5


@pytest.mark.parametrize("endpoint", [V2A, "fal-ai/ideogram/v2/turbo/remix", REMIX_V3])
async def test_a_higher_strength_of_fal_is_closer(fal: FalCaller, endpoint: str) -> None:
    made = [await fal.picture(endpoint, strength=value) for value in (0.01, 0.5, 1)]

    wild, middle, close = [distance(picture, fal.source) for picture in made]
    assert wild - 10 > middle > close + 10


async def test_a_higher_image_weight_of_ideogram_is_closer(ideogram: IdeogramCaller) -> None:
    made = [await ideogram.picture(image_weight=value) for value in (1, 50, 100)]

    wild, middle, close = [distance(picture, ideogram.source) for picture in made]
    assert wild - 10 > middle > close + 10


async def test_a_higher_remix_strength_of_runware_changes_more(runware: RunwareCaller) -> None:
    made: list[bytes] = []
    for value in (1, 50, 100):
        answer = await runware.post(runware.task(settings={"remixStrength": value}))
        made.append((await runware.http.get(answer.json()["data"][0]["imageURL"])).content)

    close, middle, wild = [distance(picture, runware.source) for picture in made]
    assert wild - 10 > middle > close + 10


async def test_the_defaults_are_those_of_each_provider(
    fal: FalCaller, ideogram: IdeogramCaller, runware: RunwareCaller
) -> None:
    fals = await fal.picture(seed=1)
    ideograms = await ideogram.picture(seed=1)
    (item,) = (await runware.post(runware.task())).json()["data"]
    runwares = (await runware.http.get(item["imageURL"])).content

    assert fals == await fal.picture(seed=1, strength=0.8)
    assert ideograms == await ideogram.picture(seed=1, image_weight=50)
    assert abs(distance(runwares, runware.source) - distance(ideograms, ideogram.source)) < 5


async def test_a_seed_makes_the_picture_again(fal: FalCaller, ideogram: IdeogramCaller) -> None:
    one, same, other = [await fal.picture(seed=seed) for seed in (1, 1, 2)]
    drawn = (await ideogram.remix()).json()["data"][0]

    again = await ideogram.picture(seed=drawn["seed"])
    assert one == same != other
    assert again == (await ideogram.http.get(drawn["url"])).content


def test_a_mask_keeps_what_is_white(source: bytes) -> None:
    size = Size(640, 480)
    mask = Image.new("L", size, 255)
    mask.paste(0, (0, 0, 320, 480))
    order = replace(ORDER, source=source, size=size, closeness=0.01, mask=_png(mask))

    picture, base = opened(render(order)), cropped(source, size)

    kept, painted = (320, 0, 640, 480), (0, 0, 320, 480)
    assert picture.crop(kept).tobytes() == base.crop(kept).tobytes()
    assert picture.crop(painted).tobytes() != base.crop(painted).tobytes()


@pytest.mark.parametrize(("kind", "quality"), [("PNG", 95), ("JPEG", 40), ("WEBP", 40)])
def test_the_file_is_of_the_format_that_was_ordered(kind: str, quality: int) -> None:
    picture = opened(render(replace(ORDER, format=kind, quality=quality)))

    assert (picture.format, picture.size, picture.mode) == (kind, (1024, 768), "RGB")


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1"])
def test_a_source_of_any_mode_is_painted(mode: str) -> None:
    source = _png(opened(photo()).convert(mode)) if mode != "CMYK" else _jpeg("CMYK")

    assert opened(render(replace(ORDER, source=source))).mode == "RGB"


def test_the_narrowest_and_the_widest_picture_keep_their_size() -> None:
    for size in ((512, 1536), (1536, 512), (800, 1280)):
        assert repaint(Image.new("RGB", size), prompt="x", style="", seed=1).size == size


def test_every_ratio_has_a_size_near_it() -> None:
    for ratio in ASPECTS.values():
        for sizes in (LEGACY, V3):
            size = nearest(ratio, sizes)
            assert 0.97 < size.ratio / ratio < 1.03
            assert 0.6e6 < size.width * size.height < 1.1e6


async def test_many_orders_do_not_stop_the_loop() -> None:
    pictures, ticks = Pictures(workers=2), 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.005)

    ticking = asyncio.create_task(tick())
    made = await asyncio.gather(*(pictures.make(replace(ORDER, seed=seed)) for seed in range(18)))
    ticking.cancel()
    pictures.close()

    assert len(set(made)) == 18
    assert ticks > 10


def _png(picture: Image.Image) -> bytes:
    return _saved(picture, "PNG")


def _jpeg(mode: str) -> bytes:
    return _saved(opened(photo()).convert(mode), "JPEG")


def _saved(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()
