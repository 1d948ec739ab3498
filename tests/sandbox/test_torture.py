"""The sweep's own parts, without a bot: whose turn it is, and what its last line says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

from bot.backends.catalogue import CATALOGUE
from sandbox.audit.endings import Ending
from sandbox.process import ROOT
from sandbox.torture.kinds import KINDS, backends, in_turn
from sandbox.torture.sweep import MANY
from sandbox.torture.tally import Tally

NOBODY = "postgresql://postgres@127.0.0.1:1/postgres"
"""Where no server listens."""


def test_every_backend_has_its_turn_long_before_a_run_must_have_met_all() -> None:
    turns = [in_turn(turn) for turn in range(MANY // 10)]

    assert {kind for turn in turns for kind in turn} == KINDS
    assert len({len(turn) for turn in turns}) == 1
    assert backends(KINDS) == {entry.name for entry in CATALOGUE}


def test_who_orders_what_leads_to_a_point_comes_along() -> None:
    point = "http POST /queue/fal-ai/ideogram/v3/edit sent"

    for turn in range(4):
        assert "/edit fal-v3" in map(str, in_turn(turn, point))


def test_the_tally_says_how_many_backends_were_met() -> None:
    tally = Tally(met=set(in_turn(0)))

    assert f"backends={len(backends(in_turn(0)))}/{len(backends(KINDS))}" in str(tally)
    assert set(tally.missed) == KINDS - set(in_turn(0))


def test_the_tally_tells_the_failed_apart_from_all_that_were_refunded() -> None:
    ended = Counter({Ending.REFUNDED: 4, Ending.FAILED: 2, Ending.UNHEARD: 1, Ending.GIFT: 3})

    assert "refunded=7 failed=2 unconfirmed=0 gifts=3 given-back=0" in str(Tally(ended=ended))


def test_a_run_that_breaks_still_ends_with_its_tally() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox.torture", "--engine", "postgres", "--kills", "1"],
        cwd=ROOT,
        env={**os.environ, "TEST_POSTGRES_URL": NOBODY},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode == 1
    last = ended.stdout.splitlines()[-1]
    assert last.startswith("kills=0 ")
    assert last.endswith("violations=1")
    assert "Traceback" in ended.stdout
