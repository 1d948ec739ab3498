"""Style references share what they may have together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.images import Fault, Images, MediaType, Normalised, Unreadable
from bot.images.images import fair_share
from tests.images import files
from tests.images.conftest import opened

pytestmark = pytest.mark.asyncio(loop_scope="module")

Styles = Callable[..., Awaitable[list[Normalised]]]


@pytest.fixture
def styles(images: Images, tmp_path: Path) -> Styles:
    """Normalise style references; what is written lies in `out-1`, `out-2` and so on."""

    async def run(*datas: bytes, max_bytes: int) -> list[Normalised]:
        pairs = [(tmp_path / f"in-{n}", tmp_path / f"out-{n}") for n in range(1, len(datas) + 1)]
        for (raw, _), data in zip(pairs, datas, strict=True):
            raw.write_bytes(data)
        return await images.normalise_styles(pairs, max_bytes=max_bytes)

    return run


def noise(side: int) -> bytes:
    channels = [Image.effect_noise((side, side), 90) for _ in "rgb"]
    return files.saved(Image.merge("RGB", channels), "PNG")


def written(folder: Path, count: int) -> list[bytes]:
    return [(folder / f"out-{number}").read_bytes() for number in range(1, count + 1)]


async def test_those_that_fit_together_are_kept_as_they_are(styles: Styles, tmp_path: Path) -> None:
    datas = files.png(), files.jpeg(), files.webp(), files.png()

    found = await styles(*datas, max_bytes=sum(map(len, datas)))

    assert list(datas) == written(tmp_path, 4)
    assert [style.media_type for style in found] == [*MediaType, MediaType.PNG]
    assert not any(style.reencoded for style in found)


async def test_the_large_ones_share_what_the_small_ones_leave(
    styles: Styles, tmp_path: Path
) -> None:
    datas = files.png(), noise(300), noise(200), files.jpeg()

    found = await styles(*datas, max_bytes=100_000)

    sizes = [len(data) for data in written(tmp_path, 4)]
    assert sizes == [style.size for style in found]
    assert sum(sizes) <= 100_000
    assert (files.png(), files.jpeg()) == (written(tmp_path, 4)[0], written(tmp_path, 4)[3])
    assert min(sizes[1:3]) > 25_000  # a plain quarter each would have been the most
    for number, style in enumerate(found, 1):
        assert (style.width, style.height) == opened(tmp_path / f"out-{number}").size


async def test_those_that_were_made_to_fit_are_kept_the_next_time(
    styles: Styles, tmp_path: Path
) -> None:
    await styles(noise(200), noise(150), noise(90), max_bytes=80_000)
    once = written(tmp_path, 3)

    await styles(*once, max_bytes=80_000)

    assert once == written(tmp_path, 3)


async def test_the_one_that_cannot_be_used_is_named(styles: Styles) -> None:
    with pytest.raises(Unreadable) as caught:
        await styles(files.png(), files.jpeg()[:-2], max_bytes=100_000)

    assert caught.value.reason is Fault.DAMAGED
    assert caught.value.sentence.startswith("Style reference 2: The picture is damaged")


@given(st.lists(st.integers(1, 50), max_size=5), st.integers(0, 200))
async def test_a_share_fits_and_is_the_largest_that_does(sizes: list[int], total: int) -> None:
    share = fair_share(sizes, total)

    assert sum(min(size, share) for size in sizes) <= total
    kept_whole = all(size <= share for size in sizes)
    assert kept_whole or sum(min(size, share + 1) for size in sizes) > total
