"""`make torture`: kill the bot a thousand times, and say what came of it in the last line."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from random import Random

from sandbox.torture.kills import Kill
from sandbox.torture.record import Decks, points, record
from sandbox.torture.stage import Stage
from sandbox.torture.sweep import Sweep, Tell, once
from sandbox.torture.tally import Plan, Tally


def main() -> int:
    """Run the sweep, or one wave of it again; 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="how often it is killed")
    parser.add_argument("--seed", help="what decides all that is left to chance")
    parser.add_argument("--kill", type=Kill.parse, action="append", help="run one wave: its kills")
    parser.add_argument("--webhook", action="store_true", help="of that wave: providers report")
    parser.add_argument("--postgres", metavar="URL", help="a server; else SQLite is used")
    given = parser.parse_args()
    # A request that a kill cuts off is no error of the stand-ins.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    began = time.monotonic()

    def tell(line: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {line}", flush=True)

    seed = given.seed or str(int(time.time()))
    if given.kill:
        plan = Plan(seed=seed, webhook=given.webhook, kills=tuple(given.kill))
        tally = asyncio.run(once(plan, tell, server=given.postgres))
    else:
        tally = asyncio.run(_sweep(seed, given.kills, tell, given.postgres))
    print(tally)
    return 1 if tally.violations else 0


async def _sweep(seed: str, kills: int, tell: Tell, server: str | None) -> Tally:
    decks: dict[bool, Decks] = {}
    for webhook in (False, True):
        async with Stage.open(webhook=webhook, server=server) as stage:
            decks[webhook] = await record(stage, Random(f"{seed} {webhook}"))
    tell(f"seed {seed}, {len(points(decks))} points")
    sweep = Sweep(seed, tell)
    await sweep.run(kills, decks, server=server)
    return sweep.tally


if __name__ == "__main__":
    sys.exit(main())
