"""Pictures of a job that one process lost, and another brought to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.database import Database
from storage.shared_spool import SharedSpool
from storage.states import JobState, Shown
from tests.storage.rows import execute, insert_in


async def put(spool: SharedSpool, job: str) -> None:
    staged = spool.staging(job, "result-1", size=9)
    staged.write_bytes(b"a picture")
    await spool.commit(job, "result-1", staged)


@pytest.mark.parametrize(("shown", "kept"), [(Shown.NO, 1), (Shown.YES, 0)])
async def test_only_of_a_job_with_work_left_a_picture_is_kept_for_others(
    shared: Database, tmp_path: Path, shown: Shown, kept: int
) -> None:
    job = await insert_in(shared, JobState.SUCCEEDED)
    await execute(shared, "UPDATE jobs SET shown = ? WHERE id = ?", shown, job.id)
    spool = SharedSpool(tmp_path / "spool", shared)

    await put(spool, job.id)

    assert len(await shared.read("SELECT job_id FROM spool_files")) == kept


async def test_whoever_loses_a_job_keeps_no_copy_and_the_others_keep_theirs(
    shared: Database, tmp_path: Path
) -> None:
    job = await insert_in(shared, JobState.SUCCEEDED)
    loser, owner = (SharedSpool(tmp_path / name, shared) for name in ("one", "other"))
    await put(loser, job.id)

    await loser.let_go(job.id)

    assert loser.used() == 0
    assert [path for path in (tmp_path / "one").rglob("*") if path.is_file()] == []
    assert await owner.sizes(job.id) == {"result-1": 9}
