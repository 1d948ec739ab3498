"""What of a draft its chosen backend takes.

Choosing another backend forgets nothing: what it does not take stays in the draft, so that
choosing the first one again brings it back, and is left out only of what is priced and started.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.backends.base import Request
from bot.backends.capabilities import missing
from bot.backends.entry import Entry, Feature
from bot.jobs.record import Pictures
from bot.jobs.submit import brought, complete
from cogs.panel_values import NAMES, cleared, said

# Without these it would be another order.
_ESSENTIAL = frozenset({Feature.OPERATION, Feature.PROMPT, Feature.SOURCE})


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What would be started."""

    request: Request
    pictures: Pictures
    left_out: tuple[str, ...] = ()
    """What the backend does not take, in words."""


def fit(entry: Entry, request: Request, pictures: Pictures) -> Fitted:
    """Leave out what a backend does not take, and bring what is too many down to its most."""
    left_out: dict[Feature, str] = {}
    lack = missing(entry, request, brought(pictures))
    while lack is not None and lack.what not in _ESSENTIAL | left_out.keys() and not lack.needed:
        left_out[lack.what] = said(request, pictures, lack.what)
        request, pictures = _without(entry, request, pictures, lack.what)
        lack = missing(entry, request, brought(pictures))
    request = complete(entry, request)
    return Fitted(request=request, pictures=pictures, left_out=tuple(left_out.values()))


def takes(entry: Entry) -> tuple[Feature, ...]:
    """All that can be set on a backend, in the order of the panel."""
    return tuple(feature for feature in NAMES if entry.takes(feature))


def _without(
    entry: Entry, request: Request, pictures: Pictures, feature: Feature
) -> tuple[Request, Pictures]:
    if feature is Feature.COUNT:
        return replace(request, count=entry.max_count), pictures
    if feature is Feature.REFERENCES and entry.takes(feature):
        return request, replace(pictures, references=pictures.references[: entry.max_references])
    return cleared(request, pictures, feature)
