"""What /credits says of a member's last remixes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cogs.credits import _job_line
from storage.states import Shown
from tests.cogs.jobs import job


@pytest.mark.parametrize(
    ("gift", "settled", "shown", "said"),
    [
        (False, 4, Shown.YES, "4 credits"),
        (False, 4, Shown.UNDELIVERABLE, "could not be shown, 4 credits given back"),
        (True, None, Shown.YES, "free"),
        (True, None, Shown.UNDELIVERABLE, "could not be shown, nothing charged"),
    ],
)
def test_a_line_says_what_a_result_cost_and_whether_it_could_be_shown(
    gift: bool, settled: int | None, shown: Shown, said: str
) -> None:
    made = job(gift=gift)
    made = replace(made, row=replace(made.row, settled=settled, shown=shown))

    line = _job_line(made)

    assert f" · {said}" in line
    assert ("[card]" in line) == (shown is Shown.YES)
