"""What is offered while an option is typed: from the backends' data and the text so far."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from discord.app_commands import Choice

from bot import palettes
from bot import strength as strengths
from bot.backends import vocabulary
from bot.backends.base import Operation, Speed
from bot.backends.entry import Entry, Feature
from bot.backends.sizes import Size
from bot.quotas import credits_text, price
from cogs import typed
from cogs.desk import RemixInteraction, SorryError

MOST = 25
"""Choices that Discord takes."""
LONGEST = 100
"""Characters of a choice's name or value."""

Named = tuple[str, str]
"""What is shown, and what it stands for."""
Find = Callable[[Sequence[Entry], str], Iterable[Named]]


def backends(offered: Sequence[Entry], text: str) -> list[Named]:
    """Give the backends with their price in credits and usual seconds."""
    return _matching(((_described(entry), entry.name) for entry in offered), text)


def aspects(chosen: Sequence[Entry], text: str) -> list[Named]:
    """Give the ratios that a backend takes."""
    return _matching(_plain(chosen, lambda entry: entry.aspects), text)


def sizes(chosen: Sequence[Entry], text: str) -> list[Named]:
    """Give a backend's named sizes and pixels, or those nearest to a size that was typed."""
    try:
        wanted = typed.size(text)
    except SorryError:
        wanted = None
    found: list[Named] = []
    for entry in chosen:
        found += [(f"{name} - {size}", name) for name, size in entry.presets.items()]
        found += [(_shaped(entry, size), str(size)) for size in _sizes(entry)]
    exact = [one for one in found if one[1] == wanted]
    pixels = _pixels(wanted)
    if exact or pixels is None:
        return exact or _matching(found, text)
    free = any(entry.free_size is not None and _fits(entry, pixels) for entry in chosen)
    own = [(f"{pixels} - as typed", str(pixels))] if free else []
    near = sorted(found, key=lambda one: _distance(_pixels(one[1]), pixels))
    return [*own, *near][:MOST]


def speeds(chosen: Sequence[Entry], text: str) -> list[Named]:
    """Give a backend's speeds with what a picture costs at each."""
    named = (
        (f"{name} - {_credits(entry, Speed(name))} a picture", name)
        for entry in chosen
        for name in entry.choices(Feature.SPEED)
    )
    return _matching(named, text)


def palette(chosen: Sequence[Entry], text: str) -> list[Named]:
    """Give the presets, or what is understood of the colours typed so far, or what is wrong."""
    if not any(entry.takes(Feature.PALETTE) for entry in chosen):
        return []
    presets = _matching(_plain(chosen, lambda entry: entry.choices(Feature.PALETTE)), text)
    if presets:
        return presets
    try:
        understood = palettes.say(palettes.parse(text, tuple(vocabulary.PALETTES)))
    except palettes.PaletteError as error:
        # What stands behind it is refused with the same sentence.
        return [(_cut(str(error)), _cut(text))]
    return [(_cut(understood), understood.replace(",", ""))]


def by_name(feature: Feature) -> Find:
    """Give what finds a backend's names of what can be chosen."""
    return lambda chosen, text: _matching(
        _plain(chosen, lambda entry: entry.choices(feature)), text
    )


def strength(chosen: Sequence[Entry], text: str) -> list[tuple[str, int]]:
    """Give the named steps, and the number that was typed."""
    if not any(entry.takes(Feature.STRENGTH) for entry in chosen):
        return []
    asked = text.strip().lower()
    steps = [
        (f"{name} - {value}", value)
        for name, value in strengths.STEPS.items()
        if asked in name.lower() or str(value).startswith(asked)
    ]
    if asked.isdecimal() and strengths.LEAST <= int(asked) <= strengths.MOST:
        exact = int(asked)
        return [(str(exact), exact), *(step for step in steps if step[1] != exact)]
    return steps


def _completion(find: Find) -> Callable[[RemixInteraction, str], Any]:
    async def complete(interaction: RemixInteraction, current: str) -> list[Choice[str]]:
        offered = await _offered(interaction)
        among = offered if find is backends else _chosen(interaction, offered)
        return [Choice(name=name, value=value) for name, value in find(among, current)]

    return complete


async def _strength(interaction: RemixInteraction, current: str) -> list[Choice[int]]:
    # Discord sends what stands in a number's field so far, which may be no number.
    chosen = _chosen(interaction, await _offered(interaction))
    return [Choice(name=name, value=value) for name, value in strength(chosen, str(current))]


async def _offered(interaction: RemixInteraction) -> tuple[Entry, ...]:
    command, server_id = interaction.command, interaction.guild_id
    if command is None or server_id is None:
        return ()
    server = await interaction.client.server(server_id)
    # Commands are called as operations are.
    return interaction.client.offered_for(Operation(command.name), server.settings)


def _chosen(interaction: RemixInteraction, offered: Sequence[Entry]) -> Sequence[Entry]:
    """The backend typed so far, or the one taken where none is."""
    name = typed.word(getattr(interaction.namespace, "backend", None))
    return [entry for entry in offered if entry.name == name] or offered[:1]


def _plain(chosen: Iterable[Entry], names: Callable[[Entry], Iterable[str]]) -> list[Named]:
    return [(name, name) for name in dict.fromkeys(n for entry in chosen for n in names(entry))]


def _matching(named: Iterable[Named], text: str) -> list[Named]:
    asked = text.strip().lower()
    return [(name, value) for name, value in named if asked in name.lower()][:MOST]


def _described(entry: Entry) -> str:
    return f"{entry.name} - {_price_range(entry)} - {entry.usual_seconds:g} s"


def _price_range(entry: Entry) -> str:
    prices = [price(each, 1).credits for each in (entry.price, *entry.speed_prices.values())]
    least, most = min(prices), max(prices)
    return credits_text(most) if least == most else f"{least} to {credits_text(most)}"


def _credits(entry: Entry, speed: Speed) -> str:
    return credits_text(price(entry.price_at(speed), 1).credits)


def _sizes(entry: Entry) -> list[Size]:
    """All sizes of a backend that takes any, those of its ratios first."""
    if not entry.takes(Feature.SIZE):
        return []
    of_ratios = [size for size in entry.aspects.values() if size is not None]
    return list(dict.fromkeys([*of_ratios, *entry.sizes]))


def _shaped(entry: Entry, size: Size) -> str:
    ratio = next((name for name, one in entry.aspects.items() if one == size), None)
    return str(size) if ratio is None else f"{size} - {ratio}"


def _pixels(text: str | None) -> Size | None:
    width, _, height = (text or "").partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        return None
    return Size(width=int(width), height=int(height))


def _fits(entry: Entry, size: Size) -> bool:
    least, most = entry.free_size or (1, 0)
    return least <= min(size.width, size.height) and max(size.width, size.height) <= most


def _distance(one: Size | None, other: Size) -> float:
    if one is None:
        return math.inf
    return math.hypot(math.log(one.width / other.width), math.log(one.height / other.height))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


COMPLETIONS: Mapping[str, Callable[[RemixInteraction, str], Any]] = {
    "backend": _completion(backends),
    "strength": _strength,
    "aspect": _completion(aspects),
    "size": _completion(sizes),
    "style": _completion(by_name(Feature.STYLE)),
    "style_preset": _completion(by_name(Feature.STYLE_PRESET)),
    "palette": _completion(palette),
    "speed": _completion(speeds),
    "magic_version": _completion(by_name(Feature.MAGIC_VERSION)),
    "format": _completion(by_name(Feature.FORMAT)),
}
"""By option; each answers with what is offered for what stands in it so far."""
