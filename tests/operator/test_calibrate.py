from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.cards import photo
from tests.operator.conftest import Shell


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    path.write_bytes(photo())
    return path


async def test_the_price_comes_first_and_a_no_sends_nothing(shell: Shell, picture: Path) -> None:
    status, out, err = await shell.run("calibrate", "ideogram-v2", str(picture), typed="n\n")

    assert status == 1
    assert out.startswith("This costs $0.24 at list price.")
    assert "Nothing was sent." in err
    assert shell.providers.total == 0


@pytest.mark.parametrize("name", ["fal-v3", "runware-v2", "ideogram-v2"])
async def test_closer_is_found_to_be_closer(shell: Shell, picture: Path, name: str) -> None:
    status, out, err = await shell.run("calibrate", name, str(picture), "--yes")

    assert (status, err) == (0, "")
    assert "Closer is closer" in out


@pytest.mark.parametrize(
    ("name", "setting", "wrong", "right"),
    [
        ("fal-v2a", "FAL_STRENGTH", "further", "closer"),
        ("runware-v2", "RUNWARE_STRENGTH", "closer", "further"),
    ],
)
async def test_a_direction_that_is_wrong_is_found(
    shell: Shell, picture: Path, name: str, setting: str, wrong: str, right: str
) -> None:
    shell.settings[setting] = wrong

    _, out, _ = await shell.run("calibrate", name, str(picture), "--yes")

    assert f"set {setting}={right}" in out


@pytest.mark.parametrize(
    ("colour", "says"),
    [("black", "FAL_MASK is right as it is"), ("white", "set FAL_MASK=black")],
)
async def test_the_colour_of_a_mask_is_found(
    shell: Shell, picture: Path, tmp_path: Path, colour: str, says: str
) -> None:
    kept = tmp_path / "kept"

    status, out, _ = await shell.run(
        *("calibrate", "fal-v2-turbo", str(picture), "--yes", "--keep", str(kept)),
        FAL_MASK=colour,
    )

    assert status == 0
    assert out.startswith("This costs $0.20 at list price.")
    assert says in out
    assert (kept / "fal-v2-turbo-edited").exists()


async def test_a_picture_that_is_not_there_is_told_before_anything_else(
    shell: Shell, picture: Path
) -> None:
    status, out, err = await shell.run("calibrate", "fal-v3", str(picture.parent / "none.png"))

    assert (status, out) == (1, "")
    assert "none.png is no file; name a picture to send." in err


async def test_what_comes_to_nothing_is_told(shell: Shell, picture: Path) -> None:
    _, _, unknown = await shell.run("calibrate", "fal-v9", str(picture), "--yes")
    _, _, refused = await shell.run(
        "calibrate", "ideogram-v2", str(picture), "--yes", IDEOGRAM_API_KEY="a-wrong-key"
    )
    (picture.parent / "text.png").write_text("no picture")
    _, _, unread = await shell.run(
        "calibrate", "ideogram-v2", str(picture.parent / "text.png"), "--yes"
    )

    _, _, kept = await shell.run(
        "calibrate", "ideogram-v2", str(picture), "--yes", "--keep", str(picture)
    )

    assert "is no folder to keep pictures in" in kept
    assert "fal-v9 cannot be calibrated; these can: fal-v2" in unknown
    assert "The call came to nothing" in refused
    assert unread.strip() != ""
    assert shell.providers.total == 0
