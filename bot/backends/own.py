"""Prices and backends that an operator adds by a TOML file, without touching code.

The file has a table `prices` (US dollars for one picture, by the name of a backend, or by name
and speed as "fal-v3.turbo") and any number of `[[backend]]`: each starts `like` an entry of the
catalogue and says what is different. `docs/backends.md` shows one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError

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
    entries = catalogue
    for number, own in enumerate(found.backend, 1):
        entries = (*entries, _entry(path, f"backend {number} ({own.name})", own, entries))
    return _repriced(path, entries, found.prices)


def _sentence(path: Path, fault: Mapping[str, Any]) -> str:
    place = [str(part) for part in fault["loc"]]
    if place[:1] == ["backend"] and len(place) > 1:
        place[:2] = [f"backend {int(place[1]) + 1}"]
    return f"{path}: {'.'.join(place)}: {fault['msg']}"


def _entry(path: Path, where: str, own: _OwnBackend, entries: tuple[Entry, ...]) -> Entry:
    try:
        base = by_name(own.like, own.like_operation or own.operation, entries)
    except KeyError:
        known = ", ".join(f"{entry.name} ({entry.operation})" for entry in entries)
        raise OwnBackendsError(
            f"{path}: {where}: like: there is no {own.like} for {own.operation}; there are {known}"
        ) from None
    if any(one.name == own.name and one.operation is own.operation for one in entries):
        raise OwnBackendsError(f"{path}: {where}: name: is taken; choose another")
    given = own.model_dump(
        include={
            "title",
            "model",
            "usual_seconds",
            "deadline_seconds",
            "strength",
            "mask_colour",
            "max_source_bytes",
            "fixed",
        },
        exclude_none=True,
    )
    changed = replace(
        base,
        name=own.name,
        operation=own.operation,
        price=own.price,
        speed_prices=own.speed_prices,
        price_source=own.price_source,
        price_date=own.price_date,
        inputs=_inputs(path, where, own, base),
        **given,
    )
    return changed if own.sizes is None else replace(changed, sizes=own.sizes)


def _inputs(path: Path, where: str, own: _OwnBackend, base: Entry) -> dict[Feature, Input]:
    kept = {name: taken for name, taken in base.inputs.items() if name not in own.without}
    for feature, given in own.inputs.items():
        known = kept.get(feature)
        name = given.name or (known.name if known else None)
        if name is None:
            raise OwnBackendsError(f"{path}: {where}: inputs.{feature}: name: is not set")
        changes = given.model_dump(exclude_none=True) | {"name": name}
        kept[feature] = replace(known or Input(name=name), **changes)
    return kept


def _repriced(
    path: Path, entries: tuple[Entry, ...], prices: Mapping[str, Decimal]
) -> tuple[Entry, ...]:
    names = {entry.name for entry in entries}
    for key, price in prices.items():
        name, _, speed = key.partition(".")
        if name not in names or speed not in {"", *Speed}:
            raise OwnBackendsError(
                f"{path}: prices: there is no {key}; there are {', '.join(sorted(names))}, "
                f"each also with a speed, such as {name}.turbo"
            )
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
