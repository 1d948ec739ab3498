"""A backend that the operator describes in a file is used like any other."""

from __future__ import annotations

import re
from pathlib import Path

from sandbox.discord import Actor
from tests.e2e.cards import labels, text_of
from tests.e2e.test_options import documents
from tests.e2e.world import World

PAGE = Path(__file__).resolve().parents[2] / "docs" / "backends.md"


def example() -> str:
    """The backend that the page shows, behind its prices."""
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return blocks[1]


async def test_the_file_that_the_page_shows_works(own_world: World) -> None:
    file = own_world.folder / "backends.toml"
    file.write_text(example(), encoding="utf-8")
    await own_world.start_bot(BACKENDS_FILE=str(file))
    alice: Actor = own_world.member()

    card = await own_world.made(alice, command="generate", backend="fal-v3", style="design")

    ((call, document),) = documents(own_world.providers.fal.calls)
    assert call.path.endswith("/fal-ai/ideogram/v3")
    assert document["style"] == "DESIGN"
    assert document.keys().isdisjoint({"image_url", "strength"})
    assert "**fal-v3** · style design" in text_of(card)
    assert own_world.used(alice) == 6
    assert labels(card) == ["Re-roll", "Edit", "More", "Remix this result", "Delete"]
    panel = await own_world.press(alice, card, "More")
    assert panel.message is not None
    assert "Style" in str(panel.message.selects()[0])
