"""Prices and backends that an operator adds by a TOML file, without touching code.

The file has a table `prices` (US dollars for one picture, by the name of a backend, or by name
and speed as "fal-v3.turbo") and any number of `[[backend]]`: each starts `like` an entry of the
catalogue and says what is different. `docs/backends.md` shows one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError

from bot.backends import own_checks
from bot.backends.base import Operation, Speed
from bot.backends.catalogue import by_name
from bot.backends.entry import Direction, Entry, Feature, Form, Input, MaskColour
from bot.backends.sizes import Size, size


class OwnBackendsError(Exception):
    """The file does not let the bot start; the text has one line for each fault."""


def _exact(value: object) -> object:
    # A float such as 0.1 is no exact price; its text is what was written.
    return str(value) if isinstance(value, float) else value


def _sizes(value: object) -> object:
    return [size(str(one)) for one in value] if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - read from a file


_PLAIN = {
    *("title", "model", "usual_seconds", "deadline_seconds", "strength", "mask_colour"),
    *("max_source_bytes", "fixed"),
}
"""What replaces a field of the same name."""
_SHAPES = {Feature.ASPECT, Feature.SIZE}

Dollars = Annotated[Decimal, BeforeValidator(_exact), Field(gt=0, le=100, decimal_places=6)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class _OwnInput(_Strict):
    """How one feature is spelt; what is left out stays as it is in the entry it is like."""

    name: str | None = Field(default=None, min_length=1)
    form: Form | None = None
    values: dict[str, JsonValue] | None = None
    pattern: str | None = None
    least: int | None = None
    most: int | None = None
    default: JsonValue = None


class _OwnBackend(_Strict):
    like: str
    operation: Operation = Operation.REMIX
    like_operation: Operation | None = None
    name: Name
    title: str | None = Field(default=None, min_length=1, max_length=60)
    model: str | None = Field(default=None, min_length=1)
    price: Dollars
    speed_prices: dict[Speed, Dollars] = Field(default_factory=dict[Speed, Decimal])
    price_source: str = "your own file"
    price_date: str = ""
    usual_seconds: float | None = Field(default=None, gt=0)
    deadline_seconds: float | None = Field(default=None, ge=10, le=3600)
    strength: Direction | None = None
    mask_colour: MaskColour | None = None
    max_source_bytes: int | None = Field(default=None, ge=100_000, le=25_000_000)
    sizes: Annotated[tuple[Size, ...] | None, BeforeValidator(_sizes)] = None
    without: tuple[Feature, ...] = ()
    inputs: dict[Feature, _OwnInput] = Field(default_factory=dict[Feature, _OwnInput])
    fixed: dict[str, JsonValue] | None = None


class _WrongError(Exception):
    """What is wrong with one backend of the file."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(*faults)
        self.faults = faults


class _File(_Strict):
    prices: dict[str, Dollars] = Field(default_factory=dict[str, Decimal])
    backend: tuple[_OwnBackend, ...] = ()


def read(path: Path, catalogue: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Read a file of own backends, and give the catalogue with it.

    Raises:
        OwnBackendsError: The file is missing or wrong; all faults are named.
    """
    try:
        found = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise OwnBackendsError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OwnBackendsError(f"{path}: is no TOML: {error}") from None
    except ValidationError as error:
        faults = (_sentence(path, dict(fault)) for fault in error.errors(include_url=False))
        raise OwnBackendsError("\n".join(faults)) from None
    entries, faults = catalogue, list[str]()
    for number, own in enumerate(found.backend, 1):
        where = f"{path}: backend {number} ({own.name})"
        try:
            entries = (*entries, _entry(own, entries))
        except _WrongError as error:
            faults += [f"{where}: {fault}" for fault in error.faults]
    faults += [f"{path}: prices: {fault}" for fault in _unknown(entries, found.prices)]
    if faults:
        raise OwnBackendsError("\n".join(faults))
    return _repriced(entries, found.prices)


def _sentence(path: Path, fault: Mapping[str, Any]) -> str:
    place = [str(part) for part in fault["loc"]]
    if place[:1] == ["backend"] and len(place) > 1:
        place[:2] = [f"backend {int(place[1]) + 1}"]
    return f"{path}: {'.'.join(place)}: {fault['msg']}"


def _entry(own: _OwnBackend, entries: tuple[Entry, ...]) -> Entry:
    try:
        base = by_name(own.like, own.like_operation or own.operation, entries)
    except KeyError:
        known = ", ".join(f"{entry.name} ({entry.operation})" for entry in entries)
        asked = f"{own.like} for {own.like_operation or own.operation}"
        raise _WrongError([f"like: there is no {asked}; there are {known}"]) from None
    if any(one.name == own.name and one.operation is own.operation for one in entries):
        raise _WrongError([f"name: is taken for {own.operation}; choose another"])
    nameless = [
        f"inputs.{feature}: name: is not set"
        for feature, given in own.inputs.items()
        if given.name is None and feature not in _kept(own, base)
    ]
    if nameless:
        raise _WrongError(nameless)
    entry = _changed(own, base)
    faults = list(own_checks.faults(entry, base))
    if faults:
        raise _WrongError(faults)
    return entry


def _changed(own: _OwnBackend, base: Entry) -> Entry:
    given = own.model_dump(include=_PLAIN, exclude_none=True)
    changed = replace(
        base,
        name=own.name,
        operation=own.operation,
        price=own.price,
        speed_prices=own.speed_prices,
        price_source=own.price_source,
        price_date=own.price_date,
        inputs=_inputs(own, base),
        **given,
    )
    if own.sizes is not None:
        changed = replace(changed, sizes=own.sizes)
        if changed.free_size is None:
            changed = replace(changed, aspects=_made(changed))
    return changed if changed.inputs.keys() & _SHAPES else replace(changed, aspects={}, sizes=())


def _made(entry: Entry) -> dict[str, Size | None]:
    """The ratios that are sent by name, or as a size that the backend makes."""
    return {n: one for n, one in entry.aspects.items() if one is None or one in entry.sizes}


def _kept(own: _OwnBackend, base: Entry) -> dict[Feature, Input]:
    return {name: taken for name, taken in base.inputs.items() if name not in own.without}


def _inputs(own: _OwnBackend, base: Entry) -> dict[Feature, Input]:
    inputs = _kept(own, base)
    for feature, given in own.inputs.items():
        known = inputs.get(feature) or Input(name="")
        inputs[feature] = replace(known, **given.model_dump(exclude_none=True))
    return inputs


def _unknown(entries: tuple[Entry, ...], prices: Mapping[str, Decimal]) -> Iterator[str]:
    names = sorted({entry.name for entry in entries})
    for key in prices:
        name, _, speed = key.partition(".")
        if name not in names or speed not in {"", *Speed}:
            yield (
                f"there is no {key}; there are {', '.join(names)}, each also with a speed, "
                f"such as fal-v3.{Speed.TURBO}"
            )


def _repriced(entries: tuple[Entry, ...], prices: Mapping[str, Decimal]) -> tuple[Entry, ...]:
    for key, price in prices.items():
        name, _, speed = key.partition(".")
        entries = tuple(
            _priced(entry, Speed(speed) if speed else None, price) if entry.name == name else entry
            for entry in entries
        )
    return entries


def _priced(entry: Entry, speed: Speed | None, price: Decimal) -> Entry:
    own = {"price_source": "your own file", "price_date": ""}
    if speed is None:
        return replace(entry, price=price, **own)
    return replace(entry, speed_prices={**entry.speed_prices, speed: price}, **own)
