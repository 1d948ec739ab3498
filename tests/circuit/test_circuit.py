"""A provider that refuses the account leaves the offer, until a probe finds it well."""

from __future__ import annotations

import asyncio

import pytest

from bot.backends.base import ProviderName
from bot.circuit import Circuit, CircuitTempo
from sandbox.providers.account import Account
from storage import facts
from tests.circuit.conftest import Office
from tests.storage.rows import do

FAL = ProviderName.FAL


async def trip(office: Office, circuit: Circuit, provider: ProviderName = FAL) -> None:
    """Let a provider lock the account, and the bot find out."""
    office.server(provider).account = Account.LOCKED
    await circuit.trip(provider, "account", "the account is locked")


def probes(office: Office, provider: ProviderName = FAL) -> int:
    return len(office.server(provider).calls)


@pytest.mark.parametrize("provider", ProviderName)
@pytest.mark.parametrize("account", [Account.LOCKED, Account.REVOKED])
async def test_a_provider_comes_back_when_it_accepts_the_account_again(
    office: Office, provider: ProviderName, account: Account
) -> None:
    circuit = office.circuit()
    await circuit.start()
    await trip(office, circuit, provider)
    office.server(provider).account = account
    assert [name for name in ProviderName if circuit.is_open(name)] == [provider]

    office.clock.move(seconds=30)
    await circuit.look()
    assert circuit.is_open(provider)

    office.server(provider).account = Account.GOOD
    office.clock.move(seconds=60)
    await circuit.look()
    assert not circuit.is_open(provider)
    assert "the account is locked" in await office.told()
    assert "accepts the bot's account again" in await office.told()
    assert office.server(provider).bill.total == 0, "a probe costs nothing"
    await circuit.stop()


async def test_gaps_between_probes_double_up_to_a_quarter_of_an_hour(office: Office) -> None:
    circuit = office.circuit()
    await trip(office, circuit)

    for number, gap in enumerate((30, 60, 120, 240, 480, 900, 900, 900)):
        office.clock.move(seconds=gap - 5)
        await circuit.look()
        assert probes(office) == number
        office.clock.move(seconds=5)
        await circuit.look()
        assert probes(office) == number + 1

    assert circuit.is_open(FAL)


async def test_a_clock_that_goes_back_keeps_no_provider_out(office: Office) -> None:
    circuit = office.circuit()
    await trip(office, circuit)
    office.server(FAL).account = Account.GOOD

    office.clock.move(seconds=-7200)
    await circuit.look()

    assert not circuit.is_open(FAL)


async def test_a_provider_that_cannot_be_asked_stays_out(office: Office) -> None:
    circuit = office.circuit()
    await trip(office, circuit)
    office.providers.fal.account = Account.GOOD
    down = office.providers.fal.faults.add(status=503)
    office.clock.move(seconds=30)

    await circuit.look()

    assert (down.hits, circuit.is_open(FAL)) == (1, True)


async def test_a_restart_keeps_what_was_found(office: Office) -> None:
    await trip(office, office.circuit())

    after = office.circuit()
    assert not after.is_open(FAL)
    await after.start()

    assert after.is_open(FAL)
    await after.stop()


async def test_processes_agree_and_only_one_of_them_probes(office: Office) -> None:
    one, two = office.circuit(), office.circuit()
    await trip(office, one)
    office.clock.move(seconds=30)

    await asyncio.gather(one.look(), two.look())
    assert (one.is_open(FAL), two.is_open(FAL), probes(office)) == (True, True, 1)

    office.providers.fal.account = Account.GOOD
    office.clock.move(seconds=60)
    await two.look()
    await one.look()
    assert (one.is_open(FAL), two.is_open(FAL), probes(office)) == (False, False, 2)


async def test_the_operator_is_told_once_however_many_calls_fail(office: Office) -> None:
    circuit = office.circuit()

    await asyncio.gather(*(trip(office, circuit) for _ in range(5)))
    office.providers.fal.account = Account.GOOD
    office.clock.move(seconds=30)
    await circuit.look()

    assert "refuses" in await office.told()
    assert "again" in await office.told()
    assert office.receiver.is_empty


async def test_a_call_that_fails_late_does_not_put_off_the_probe(office: Office) -> None:
    circuit = office.circuit()
    await trip(office, circuit)
    office.clock.move(seconds=25)

    await circuit.trip(FAL, "account", "again")
    office.clock.move(seconds=5)
    await circuit.look()

    assert probes(office) == 1


async def test_gaps_go_on_growing_where_the_probe_was_wrong(office: Office) -> None:
    circuit = office.circuit()
    await trip(office, circuit)
    office.providers.fal.account = Account.GOOD
    office.clock.move(seconds=30)
    await circuit.look()
    assert not circuit.is_open(FAL)

    # The probe took a gap of 60 s in case it failed; now it was right only for a moment.
    await circuit.trip(FAL, "account", "no money, though the key is good")
    office.clock.move(seconds=100)
    await circuit.look()
    assert (circuit.is_open(FAL), probes(office)) == (True, 1)

    office.clock.move(seconds=20)
    await circuit.look()
    assert (circuit.is_open(FAL), probes(office)) == (False, 2)


async def test_a_provider_that_was_well_for_long_begins_anew(office: Office) -> None:
    circuit = office.circuit()
    await trip(office, circuit)
    office.providers.fal.account = Account.GOOD
    office.clock.move(seconds=30)
    await circuit.look()
    office.clock.move(seconds=900)

    await circuit.trip(FAL, "account", "locked")
    office.clock.move(seconds=30)
    await circuit.look()

    assert probes(office) == 2


async def test_it_looks_by_itself_until_it_is_stopped(office: Office) -> None:
    circuit = office.circuit(tempo=CircuitTempo(look=0.01, first=0))
    await circuit.start()

    await circuit.trip(FAL, "account", "locked")
    messages = [await office.told(), await office.told()]

    assert "again" in messages[1]
    assert not circuit.is_open(FAL)
    await circuit.stop()


async def test_what_another_version_wrote_is_no_state(office: Office) -> None:
    circuit = office.circuit()
    await do(office.database, facts.put, "circuit:fal", '{"state": "open"}')
    await circuit.look()
    assert not circuit.is_open(FAL)

    await trip(office, circuit)
    await circuit.look()

    assert circuit.is_open(FAL)
