"""The requests of `remix-bot doctor` to Discord; those to the providers are the probes' own."""

from __future__ import annotations

from bot import doctor, tools
from tests.faults.ends import End
from tests.faults.hasty import hasty
from tests.faults.kinds import HELD, Kind
from tests.faults.play import Play
from tests.faults.wires import Before, Wire

WELL, ILL = (End(came=str(verdict)) for verdict in (doctor.Verdict.WELL, doctor.Verdict.ILL))


async def _dated(play: Play) -> None:
    """Compare the clock with Discord's."""
    house = play.house
    with hasty(play):
        async with play.moment():
            found = await doctor._finding(
                "clock", lambda: doctor._clock(house.parts.http, house.discord.url)
            )
    play.came = str(found.verdict)


async def _greeted(play: Play) -> None:
    """Log in, without starting the bot."""
    settings = await play.house.settings(hooks=False)
    with hasty(play):
        async with play.moment():
            found = await doctor._finding("Discord", lambda: tools._greeted(settings))
    play.came = str(found.verdict)


# By discord.py, or by aiohttp where the answer has not begun.
_ASKED_AGAIN = (
    *(Kind.NONE, Kind.BUSY, Kind.S500, Kind.S502, Kind.DONE_500),
    *(Kind.CUT_BEFORE, Kind.CUT_AFTER, Kind.CUT_HEAD),
)


def _asked(name: str, path: str, before: Wire | None = None) -> Wire:
    return Wire(
        name=f"doctor: {name}",
        to="discord",
        method="GET",
        path=path,
        scene=_greeted,
        before=None if before is None else Before(wire=before),
        shared=True,
        alone=True,
        end=ILL,
        ends=dict.fromkeys(_ASKED_AGAIN, WELL),
    )


_CUT = (Kind.CUT_BEFORE, Kind.CUT_AFTER, Kind.CUT_HEAD, Kind.CUT_BODY)
_WHO = _asked("who the bot is", "/users/@me$")
_WHICH = _asked("which application it is", "/oauth2/applications/@me$", _WHO)
DOCTOR: tuple[Wire, ...] = (
    Wire(
        name="doctor: what time it is",
        to="discord",
        method="GET",
        path="/gateway$",
        scene=_dated,
        shared=True,
        alone=True,
        end=WELL,
        # The date of any answer does.
        ends=dict.fromkeys((*_CUT, *HELD, Kind.REFUSED, Kind.NOISE), ILL),
    ),
    _WHO,
    _WHICH,
    _asked("where the gateway is", "/gateway/bot$", _WHICH),
)
