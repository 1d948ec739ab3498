"""The requests to the providers that are about no picture: probes, and fal's keys."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

from bot import wiring
from bot.backends.base import Operation, ProviderName
from bot.clock import SystemClock
from bot.hooks.readers import readers
from bot.hooks.reports import UndecidedError
from tests.faults.ends import End
from tests.faults.hasty import hasty
from tests.faults.house import LEFT_OUT
from tests.faults.kinds import Kind
from tests.faults.play import Play
from tests.faults.providers import NOT_DISCORD
from tests.faults.wires import Scene, Wire

BACK = End(came="offered again")
OUT = End(came="not offered")
KNOWN = End(came="a report is believed")
UNDECIDED = End(came="a report is to come again")
RUNWARE = ProviderName.RUNWARE
_PROBES = {
    ProviderName.FAL: ("GET", "/status$"),
    ProviderName.RUNWARE: ("POST", "/v1$"),
    ProviderName.IDEOGRAM: ("GET", "^/models$"),
}


def _probed(provider: ProviderName) -> Scene:
    """Take a provider out of the offer, and look whether it is in order again."""

    async def scene(play: Play) -> None:
        circuit = play.house.parts.circuit
        await circuit.trip(provider, LEFT_OUT, "as a row wants it")
        assert not _is_offered(play, provider)
        with hasty(play):
            async with play.moment():
                await circuit.look()
        play.came = (BACK if _is_offered(play, provider) else OUT).came

    return scene


def _is_offered(play: Play, provider: ProviderName) -> bool:
    offered = play.house.bot.offered_for(Operation.REMIX)
    return any(entry.provider is provider for entry in offered)


async def _reported(play: Play) -> None:
    """Read a report of fal's with no key at hand."""
    house = play.house
    if play.kept is None:
        access = wiring.access(await house.settings(hooks=False))
        http, clock = house.parts.http, SystemClock()
        play.kept = readers(access, http=http, clock=clock, fal_user=None)[ProviderName.FAL]
    body = json.dumps({"request_id": str(uuid.uuid4()), "status": "OK"}).encode()
    headers = house.stands.fal.webhooks._headers(body)
    with hasty(play):
        async with play.moment():
            try:
                await play.kept(headers, body)
            except UndecidedError:
                play.came = UNDECIDED.came
            else:
                play.came = KNOWN.came


def _wires() -> Iterator[Wire]:
    for provider, (method, path) in _PROBES.items():
        yield Wire(
            name=f"{provider} probe",
            to=provider.value,
            method=method,
            path=path,
            scene=_probed(provider),
            shared=True,
            alone=True,
            end=OUT,
            # Runware may say as little of a task that it does not know.
            ends={Kind.NONE: BACK, **({Kind.OTHER: BACK} if provider is RUNWARE else {})},
            without=NOT_DISCORD,
        )
    yield Wire(
        name="fal's keys",
        to="fal",
        method="GET",
        path=r"/jwks\.json$",
        scene=_reported,
        shared=True,
        alone=True,
        end=UNDECIDED,
        ends={Kind.NONE: KNOWN},
        without=NOT_DISCORD,
    )


PROBES: tuple[Wire, ...] = tuple(_wires())
