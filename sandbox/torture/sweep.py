"""The sweep: waves of orders, each with a kill or a few, and all checks after each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from signal import SIGTERM
from tempfile import gettempdir

from sandbox.audit.endings import Ending, ending
from sandbox.torture import late
from sandbox.torture.checks import check, evidence
from sandbox.torture.kills import Kill
from sandbox.torture.kinds import Kind, in_turn
from sandbox.torture.load import Load
from sandbox.torture.record import Decks, points, settle
from sandbox.torture.stage import BotError, Stage
from sandbox.torture.tally import Plan, Tally

WAVES_PER_STAGE = 25
"""Then everything begins anew: with other settings, and with empty books."""
KILLS_PER_WAVE = (1, 1, 2, 2, 3)
"""Further kills of a wave meet the bot while it recovers."""
MANY = 100
"""Kills after which every backend must have had its turn."""
AT_POINTS = 0.25
"""The least share of so many that must have been at a point of the code; most runs have 0.6."""

Tell = Callable[[str], None]


class Sweep:
    """Runs waves until there were enough kills.

    Args:
        seed: Decides all that is left to chance.
        tell: Told how it goes.
        each: Numbers of kills, one of which each wave has.
        engine: Which database the bot has.
    """

    def __init__(
        self,
        seed: str,
        tell: Tell,
        *,
        each: tuple[int, ...] = KILLS_PER_WAVE,
        engine: str = "sqlite",
    ) -> None:
        self.seed = seed
        self._random = Random(seed)
        self._tell = tell
        self._each = each
        self._engine = engine
        self.tally = Tally()

    async def run(
        self, kills: int, decks: Mapping[bool, Decks], *, server: str | None = None
    ) -> None:
        """Kill so many times, by turns with and without a webhook.

        Args:
            kills: How often.
            decks: The points without and with one.
            server: See `Stage.open`.
        """
        self.tally.known = len(points(decks))
        webhook = False
        while self.tally.kills < kills:
            async with Stage.open(webhook=webhook, server=server) as stage:
                await stage.start()
                await self.torment(stage, decks[webhook], kills)
            webhook = not webhook
        if kills >= MANY:
            self._check_reach()

    def _check_reach(self) -> None:
        """Check that a long run tried what it is for."""
        for kind in self.tally.missed:
            self.blame(f"every backend has its turn: nobody asked for {kind}")
        met = self.tally.points.total()
        if met < AT_POINTS * self.tally.kills:
            self.blame(f"kills are at chosen points: {met} of {self.tally.kills} were")
        if not self.tally.ended[Ending.GIFT]:
            self.blame("results turn up late: none did")

    async def torment(self, stage: Stage, decks: Decks, kills: int) -> None:
        """Kill the running bot of a stage until there were so many kills, or something is wrong."""
        try:
            for _ in range(WAVES_PER_STAGE):
                left = kills - self.tally.kills
                if left <= 0 or not await self.wave(stage, self._plan(decks, left, stage)):
                    break
        finally:
            self.count_ends(stage)

    def _plan(self, decks: Decks, left: int, stage: Stage) -> Plan:
        number = min(left, self._random.choice(self._each))
        kills = (decks.load.draw(), *(decks.recovery.draw() for _ in range(number - 1)))
        turn = self.tally.waves
        return Plan(
            seed=f"{self.seed}.{turn}",
            webhook=stage.webhook,
            turn=turn,
            kills=kills,
            engine=self._engine,
        )

    async def wave(self, stage: Stage, plan: Plan) -> bool:
        """Run one wave on a bot that is quiet; False where something was wrong."""
        began, bots, random = time.monotonic(), stage.started - 1, Random(plan.seed)
        try:
            await self._kill(stage, plan, random)
            wrong = await check(stage, random, bots=bots)
        except (TimeoutError, BotError) as error:
            wrong = [f"everything comes to an end: {error}"]
        self.tally.waves += 1
        self._tell(
            f"wave {self.tally.waves}, {self.tally.kills} kills: "
            f"{time.monotonic() - began:.1f} s, {', '.join(map(str, plan.kills))}"
        )
        if wrong:
            self._blame_all(stage, plan, wrong, bots)
        return not wrong

    async def _kill(self, stage: Stage, plan: Plan, random: Random) -> None:
        """Let members order, kill the bot as planned, and wait until all is quiet."""
        first, *others = plan.kills
        if late.is_due(stage, plan.turn, first.point):
            await late.hold(stage, random)
        load = Load(stage, random, in_turn(plan.turn, first.point))

        def over() -> bool:
            return load.done and stage.quiet()

        if first.trap is not None:
            stage.bot.set_trap(*first.trap)
        load.begin()
        late.release(stage)
        try:
            await self._die(stage, first, over)
            load.lose()
            for kill in others:
                await stage.start(first=kill.trap)
                await self._die(stage, kill, over)
            await stage.start()
            await stage.until(lambda: load.done, "the members to be done")
        finally:
            await load.end()
        load.lose()
        await stage.until(stage.quiet, "all jobs to end and be shown")

    async def _die(self, stage: Stage, kill: Kill, over: Callable[[], bool]) -> None:
        """Wait until the bot is dead: at its point, or at last when there is nothing left to do."""
        dead = stage.bot.dead
        if kill.point is None:
            await stage.dead_within(kill.seconds)
            if kill.grace is not None:
                stage.bot.send(SIGTERM)
                await stage.dead_within(kill.grace)
        else:
            await stage.until(lambda: dead.is_set() or over(), f"the bot's death at {kill}")
        by_itself = dead.is_set()
        await stage.kill()
        point = stage.bot.killed_at
        if by_itself and point is None and kill.grace is None:
            raise BotError("\n".join(["the bot ended by itself", *stage.bot.lines[-12:]]))
        self.tally.count_kill(point)

    def count_ends(self, stage: Stage) -> None:
        """Count what was asked for on a stage, and how all of it ended."""
        jobs = evidence(stage).jobs
        self.tally.met |= {Kind(job["asked"]["operation"], job["backend"]) for job in jobs}
        self.tally.ended.update(end for end in map(ending, jobs) if end is not None)

    def blame(self, fault: str) -> None:
        """Count and tell what is wrong."""
        self.tally.violations.append(fault)
        self._tell(f"VIOLATION: {fault}")

    def _blame_all(self, stage: Stage, plan: Plan, wrong: list[str], bots: int) -> None:
        kept = Path(gettempdir()) / f"torture-{plan.seed}.log"
        kept.write_text("\n".join(stage.log_since(bots)))
        for fault in wrong:
            self.blame(fault)
        self._tell(f"the log is {kept}; once more: {plan.again}")

    async def once(self, plan: Plan, *, server: str | None = None) -> None:
        """Run one wave on a stage of its own, after an undisturbed one."""
        async with Stage.open(webhook=plan.webhook, server=server) as stage:
            await stage.start()
            await settle(stage, Load(stage, Random(plan.seed), in_turn(plan.turn)))
            await self.wave(stage, plan)
            self.count_ends(stage)
