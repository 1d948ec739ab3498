"""What Ideogram answers about one remix, in all the forms in which it was seen.

What varies between answers varies with the request alone, so that a test can repeat it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.providers.ideogram.remix import Remix
from sandbox.providers.ideogram.request import MAX_SEED

_NOTICE = "This endpoint is a legacy endpoint."
_MOODS = (
    "Soft light falls across the scene and every surface shows its texture.",
    "The composition is balanced, with rich colour and a calm background.",
    "Fine detail fills the foreground while the distance fades into haze.",
)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One picture of an answer."""

    number: int
    """From 0."""
    seed: int
    prompt: str
    """As it was rewritten."""
    file: str
    facts: dict[str, Any]

    def body(self, *, safe: bool, url: str | None) -> dict[str, Any]:
        """Return its entry in `data`."""
        own = {"url": url, "prompt": self.prompt, "is_image_safe": safe, "seed": self.seed}
        return own | self.facts


class Answers:
    """The answer to one paid call."""

    def __init__(self, wanted: Remix, *, work: str, now: float) -> None:
        self.work = work
        self._wanted = wanted
        self._now = datetime.fromtimestamp(now, UTC)
        self._digest = hashlib.sha256(repr(sorted(wanted.body.items())).encode()).digest()

    def item(self, number: int) -> Item:
        """Return the entry of one picture, whose link and safety are not known yet."""
        wanted = self._wanted
        seed = ((self._drawn() if wanted.seed is None else wanted.seed) + number) & MAX_SEED
        facts = {"resolution": str(wanted.size)}
        if self._digest[2] % 3 == 0:
            # Documented for what changes the dimensions; a remix leaves them as they are.
            facts["upscaled_resolution"] = str(wanted.size)
        if wanted.style is not None:
            facts["style_type"] = wanted.style
        name = hashlib.sha256(f"{self.work}-{number}".encode()).hexdigest()[:22]
        prompt = _rewritten(wanted.prompt, seed) if wanted.rewrites else wanted.prompt
        return Item(number=number, seed=seed, prompt=prompt, file=f"{name}.png", facts=facts)

    def whole(self, items: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the body and the headers around the entries."""
        dotted = self._now.isoformat()
        created = dotted if self._digest[0] % 2 else self._now.isoformat(" ", "seconds")
        body: dict[str, Any] = {"created": created, "data": items}
        if self._digest[1] % 2 == 0:
            return body, {}
        headers = {"Deprecation": "true", "Link": '</v2/image/remix>; rel="successor-version"'}
        return body | {"notice": _NOTICE}, headers

    def _drawn(self) -> int:
        drawn = hashlib.sha256(self._digest + self.work.encode()).digest()
        return int.from_bytes(drawn[:4]) & MAX_SEED


def _rewritten(prompt: str, seed: int) -> str:
    return f"{prompt.rstrip('. ')}. {_MOODS[seed % len(_MOODS)]}"
