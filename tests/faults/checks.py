"""What must hold after each row, and of everything once all are over; each gives what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.jobs.record import Job
from storage.database import integer, text
from storage.states import JobState, Shown
from tests.faults import ends
from tests.faults.ends import End
from tests.faults.house import LEFT_OUT, House
from tests.faults.inbox import SECRET
from tests.faults.kinds import Kind
from tests.faults.play import Play
from tests.faults.seen import seen
from tests.jobs.checks import check_accounts, check_calls

MICROS_PER_CREDIT = 10_000
_SIGNED = re.compile(r"\b(?:ex|hm|sig)=(?!\*\*\*)")
_SERIOUS = re.compile(r"Z (?:ERROR|CRITICAL) |WARNING +asyncio |Traceback")
_NOT_OURS = re.compile(
    # Of Runware's speeds only one has a documented price.
    r"operator\.notice .*cause=runware-v2\.price "
    # What the rows of probes begin with.
    rf"|operator\.notice .*cause=\w+\.{LEFT_OUT} "
    # A stand-in whose client has gone.
    r"|aiohttp\.server "
    # discord.py, which connects again.
    r"|discord\.shard (?:Failed to connect|Attempting a reconnect)"
)


async def faults_of(play: Play, job: Job | None) -> list[str]:
    """Say what is wrong after a row."""
    if job is None:
        return [*_struck(play), *_came(play)]
    found = [*_end(play.row.end, job), *_struck(play)]
    for earlier in play.earlier:
        found += _end(ends.DONE, earlier)
    found += [*_paid(play, job), *await _booked(play, job), *seen(play, job)]
    return found


def _end(wanted: End, job: Job) -> Iterator[str]:
    reason = (job.row.reason or "").partition(":")[0] or None
    got = (job.state, job.row.shown, reason, job.row.gift)
    expected = (wanted.state, wanted.shown, wanted.reason, wanted.gift)
    if got != expected:
        yield f"ended as {_words(got)}, not {_words(expected)}"


def _words(values: tuple[object, ...]) -> str:
    return "/".join(str(value) for value in values)


def _struck(play: Play) -> Iterator[str]:
    """Say whether the failure of the row never came about."""
    if play.row.kind is Kind.REFUSED and not play.refused:
        yield "no connection was refused"
    elif play.row.kind not in (Kind.NONE, Kind.REFUSED) and not (play.fault and play.fault.hits):
        yield "the failure befell nothing"
    elif play.row.is_late and not (play.fault and play.fault.processed.is_set()):
        yield "the request was never carried out"


def _came(play: Play) -> Iterator[str]:
    """Say what is wrong with what a request of no job led to."""
    if play.came != play.row.end.came:
        yield f"it came to {play.came!r}, not {play.row.end.came!r}"
    if play.again != play.wire.usual.came:
        yield f"after that it came to {play.again!r}"


# Money


def _paid(play: Play, job: Job) -> Iterator[str]:
    """Say what is wrong with what the providers charged."""
    stands = play.house.stands
    works, bill, submits = (
        stands.works(play.word),
        stands.bill(play.word),
        stands.submits(play.word),
    )
    asked = len(play.shots)
    if len(bill) > asked:
        yield f"paid {len(bill)} times"
    if len(works) > asked:
        yield f"carried out {len(works)} times"
    if job.row.backend.startswith("runware"):
        submits = [*set(submits)]
    if len(submits) > asked:
        yield f"{len(submits)} calls arrived"


async def _booked(play: Play, job: Job) -> list[str]:
    """Say what is wrong with what was charged to the member, and with the operator's losses."""
    found: list[str] = []
    entries = await _entries(play.house, job)
    row, reserved = job.row, job.row.reserved
    closing = {
        JobState.SUCCEEDED: [("settle", 0)],
        JobState.FAILED: [("refund", -reserved)],
        JobState.CANCELLED: [("refund", -reserved)],
        JobState.UNCONFIRMED: [("refund", -reserved)],
    }[job.state]
    if row.gift:
        closing = [("refund", -reserved)]
    if row.shown is Shown.UNDELIVERABLE:
        closing = [*closing, ("return", -reserved)]
    if entries != [("reserve", reserved), *closing]:
        found.append(f"its ledger is {entries}")
    charged = sum(play.house.stands.bill(play.word)) - (len(play.shots) - 1) * row.micros_each
    cost = await _cost(play.house, job)
    if job.state is JobState.UNCONFIRMED:
        if charged > row.micros_each:
            found.append(f"charged {charged}, counted {row.micros_each}")
    elif charged != cost:
        found.append(f"charged {charged}, booked {cost}")
    settled = row.settled or 0
    if job.state is JobState.SUCCEEDED and not row.gift:
        if settled * MICROS_PER_CREDIT < charged or settled != reserved:
            found.append(f"settled {settled} credits of {reserved} for {charged}")
    elif settled:
        found.append(f"settled {settled} though it is {job.state}")
    return found


async def _entries(house: House, job: Job) -> list[tuple[str, int]]:
    rows = await house.database.read(
        "SELECT kind, amount FROM ledger JOIN ledger_lines ON entry_id = id WHERE job_id = ?",
        job.id,
    )
    order = ["reserve", "settle", "refund", "return"]
    found = [(text(row, "kind"), integer(row, "amount")) for row in rows]
    return sorted(found, key=lambda entry: order.index(entry[0]))


async def _cost(house: House, job: Job) -> int:
    rows = await house.database.read(
        "SELECT CAST(COALESCE(SUM(cost_micros), 0) AS BIGINT) AS n FROM calls WHERE job_id = ?",
        job.id,
    )
    return int(integer(rows[0], "n"))


# Once all are over


async def faults_of_house(house: House) -> list[str]:
    """Say what is wrong with the books, Discord's rules and the log; nothing may be going on."""
    found: list[str] = [f"Discord's rules: {violation}" for violation in house.discord.violations]
    house.discord.violations.clear()
    for check in (check_accounts(house.database), check_calls(house.database)):
        try:
            await check
        except AssertionError as error:
            found.append(f"the books: {error}")
    found += [f"left over: {what}" for what in await leftovers(house)]
    found += logged(house)
    house.log.lines.clear()
    return found


async def leftovers(house: House) -> list[str]:
    """Name what lies in the spool, and whose tokens are kept, though all jobs are over."""
    rows = await house.database.read("SELECT id, token, state, shown FROM jobs")
    found = [f"the token of {dict(row)}" for row in rows if row["token"] is not None]
    spool = house.folder / "spool"
    if spool.exists():
        found += [str(path.relative_to(spool)) for path in spool.rglob("*") if path.is_file()]
    kept = await house.database.read("SELECT job_id, name FROM spool_files")
    return found + [f"{row['job_id']}/{row['name']}" for row in kept]


def logged(house: House) -> Iterator[str]:
    """Say what the log should not hold."""
    lines = house.log.lines
    whole = "\n".join(lines)
    for line in lines:
        if _SERIOUS.search(line) and not _NOT_OURS.search(line):
            yield f"logged {line}"
    if (signed := _SIGNED.search(whole)) is not None:
        yield f"a signed link is logged: {whole[signed.start() - 80 : signed.end() + 20]}"
    for secret in _secrets(house):
        if secret in whole:
            yield f"a secret is logged: {secret[:6]}..."


def _secrets(house: House) -> Iterator[str]:
    yield house.discord.token
    yield from (server.key for server in house.stands.servers)
    yield from house.discord.world.interactions._by_token
    yield SECRET
    yield "a harbour, row"
