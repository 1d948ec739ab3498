"""`make torture`: kill the bot a thousand times, and say what came of it in the last line."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
import traceback
from argparse import Namespace
from random import Random

from sandbox.providers.pictures import Pictures
from sandbox.torture.databases import ENGINES, serving
from sandbox.torture.kills import Kill
from sandbox.torture.record import Decks, points, record
from sandbox.torture.stage import Stage
from sandbox.torture.sweep import Sweep, Tell
from sandbox.torture.tally import Plan


def main() -> int:
    """Run the sweep, or one wave of it again; 1 where something was wrong."""
    given = _parser().parse_args()
    # A request that a kill cuts off is no error of the stand-ins.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    # What is on the pictures is nobody's business here, and a thousand kills keep thousands.
    Pictures.grain = 8
    began = time.monotonic()

    def tell(line: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {line}", flush=True)

    sweep = Sweep(given.seed or str(int(time.time())), tell, engine=given.engine)
    try:
        with serving(given.engine) as server:
            asyncio.run(_run(sweep, given, tell, server))
    # Whatever it was, the last line says what came of all before.
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001
        traceback.print_exc(file=sys.stdout)
        sweep.blame(f"the run comes to its end: {error!r}")
    print(sweep.tally, flush=True)
    return 1 if sweep.tally.violations else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="how often it is killed")
    parser.add_argument("--seed", help="what decides all that is left to chance")
    parser.add_argument("--kill", type=Kill.parse, action="append", help="run one wave: its kills")
    parser.add_argument("--webhook", action="store_true", help="of that wave: providers report")
    parser.add_argument("--turn", type=int, default=0, help="of that wave: who is asked")
    parser.add_argument("--engine", choices=ENGINES, default="sqlite", help="the bot's database")
    return parser


async def _run(sweep: Sweep, given: Namespace, tell: Tell, server: str | None) -> None:
    if given.kill:
        plan = Plan(
            seed=sweep.seed,
            webhook=given.webhook,
            turn=given.turn,
            kills=tuple(given.kill),
            engine=given.engine,
        )
        await sweep.once(plan, server=server)
        return
    decks: dict[bool, Decks] = {}
    for webhook in (False, True):
        async with Stage.open(webhook=webhook, server=server) as stage:
            decks[webhook] = await record(stage, Random(f"{sweep.seed} {webhook}"))
    tell(f"seed {sweep.seed}, {len(points(decks))} points")
    await sweep.run(given.kills, decks, server=server)


if __name__ == "__main__":
    sys.exit(main())
