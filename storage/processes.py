"""Which processes are alive: one heartbeat each, not one per job."""

from __future__ import annotations

from storage.database import Transaction


async def beat(tx: Transaction, process_id: str, *, now: int) -> None:
    """Record that a process is alive."""
    await tx.run(
        "INSERT INTO processes (id, heartbeat) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET heartbeat = excluded.heartbeat",
        process_id,
        now,
    )


async def forget(tx: Transaction, process_id: str) -> None:
    """Record that a process has ended by itself."""
    await tx.run("DELETE FROM processes WHERE id = ?", process_id)


async def forget_others(tx: Transaction, process_id: str) -> None:
    """Forget all processes but one: for an engine that admits only one."""
    await tx.run("DELETE FROM processes WHERE id <> ?", process_id)


async def sweep(tx: Transaction, *, older_than: int) -> None:
    """Forget the processes that gave no sign of life since."""
    await tx.run("DELETE FROM processes WHERE heartbeat < ?", older_than)
