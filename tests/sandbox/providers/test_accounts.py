"""An account that is not well: every request with a key meets it, and a free probe too."""

from __future__ import annotations

import httpx
import pytest

from sandbox.providers.account import Account
from sandbox.providers.steps import Step
from tests.sandbox.providers.callers import FalCaller, IdeogramCaller


async def probe(fal: FalCaller) -> httpx.Response:
    """Ask for a request that is not there, which costs nothing."""
    return await fal.get(f"{fal.server.url}/queue/fal-ai/ideogram/requests/none/status")


@pytest.mark.parametrize(
    ("account", "status", "text"),
    [
        (Account.REVOKED, 401, "No user found for Key ID and Secret"),
        (Account.LOCKED, 403, "User is locked. Reason: Exhausted balance."),
        (Account.BROKE, 403, "User is locked. Reason: Exhausted balance."),
    ],
)
async def test_fal_refuses_everything_until_the_account_is_well_again(
    fal: FalCaller, account: Account, status: int, text: str
) -> None:
    fal.server.gate.clear()
    ticket = (await fal.submit()).json()
    await fal.server.begun.wait()
    fal.server.account = account

    refused = [
        await probe(fal),
        await fal.submit(),
        await fal.get(ticket["status_url"]),
        await fal.get(ticket["response_url"]),
        await fal.cancel(ticket),
        await fal.http.post(
            f"{fal.server.url}/rest/storage/upload/initiate", json={}, headers=fal.headers
        ),
    ]
    fal.server.account = Account.GOOD
    fal.server.gate.set()
    well = await fal.end(ticket)

    assert {answer.status_code for answer in refused} == {status}
    assert all(answer.json()["detail"].startswith(text) for answer in refused)
    assert well.status_code == 200
    assert (await probe(fal)).status_code == 404
    assert len(fal.server.bill) == 1


async def test_a_token_for_uploads_is_worth_nothing_once_the_account_is_locked(
    fal: FalCaller,
) -> None:
    url = f"{fal.server.url}/rest/storage/auth/token?storage_type=fal-cdn-v3"
    token = (await fal.http.post(url, json={}, headers=fal.headers)).json()
    fal.server.account = Account.LOCKED

    answer = await fal.http.post(
        f"{token['base_url']}/files/upload",
        content=fal.source,
        headers={"Authorization": f"Bearer {token['token']}"},
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("account", "funds_status", "status"),
    [
        (Account.REVOKED, 402, 403),
        (Account.LOCKED, 402, 403),
        (Account.BROKE, 403, 403),
        (Account.BROKE, 402, 402),
    ],
)
async def test_ideogram_refuses_everything_until_the_account_is_well_again(
    ideogram: IdeogramCaller, account: Account, funds_status: int, status: int
) -> None:
    ideogram.server.funds_status = funds_status
    ideogram.server.account = account

    # A form without parts is refused for the account before it is refused for that.
    free = await ideogram.send({"prompt": (None, "x")})
    paid, third = await ideogram.remix(), await ideogram.remix_v3()
    ideogram.server.account = Account.GOOD

    assert [answer.status_code for answer in (free, paid, third)] == [status] * 3
    assert ideogram.server.bill == []
    assert (await ideogram.send({"prompt": (None, "x")})).status_code == 400
    assert (await ideogram.remix()).status_code == 200


async def test_a_busy_account_may_say_when_to_come_again(
    fal: FalCaller, ideogram: IdeogramCaller
) -> None:
    silent = await fal.submit(prompt="__429__")
    fal.server.retry_after = ideogram.server.retry_after = 7

    told = [await fal.submit(prompt="__429__"), await ideogram.remix(prompt="__429__")]

    assert "retry-after" not in silent.headers
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in told] == [
        (429, "7"),
        (429, "7"),
    ]


async def test_a_failure_can_be_set_for_the_next_request_of_each_step(fal: FalCaller) -> None:
    """Each is met by its own step and by no other."""
    initiate = f"{fal.server.url}/rest/storage/upload/initiate?storage_type=gcs"
    file = {"content_type": "image/jpeg", "file_name": "a.jpg"}
    ticket = (await fal.submit()).json()
    link = (await fal.end(ticket)).json()["images"][0]["url"]
    ways = {
        Step.UPLOAD: lambda: fal.http.post(initiate, json=file, headers=fal.headers),
        Step.SUBMIT: fal.submit,
        Step.STATUS: lambda: fal.get(ticket["status_url"]),
        Step.STREAM: lambda: fal.get(f"{ticket['status_url']}/stream"),
        Step.RESULT: lambda: fal.get(ticket["response_url"]),
        Step.CANCEL: lambda: fal.cancel(ticket),
        Step.DOWNLOAD: lambda: fal.http.get(link),
    }
    assert ways.keys() == fal.server.steps.keys() == set(Step)

    for step, ask in ways.items():
        fault = fal.server.fail(step, status=418, headers={"Retry-After": "3"}, body={"a": 1})
        others = [await way() for other, way in ways.items() if other is not step]
        failed, well = await ask(), await ask()

        assert (failed.status_code, failed.headers["retry-after"]) == (418, "3"), step
        assert failed.json() == {"a": 1}
        assert all(answer.status_code != 418 for answer in (*others, well)), step
        assert fault.hits == 1


async def test_ideogram_has_a_paid_call_and_a_download(ideogram: IdeogramCaller) -> None:
    link = (await ideogram.remix()).json()["data"][0]["url"]
    ideogram.server.fail(Step.SUBMIT, status=503, times=2)
    ideogram.server.fail(Step.DOWNLOAD, status=404)

    answers = [
        await ideogram.http.get(link),
        await ideogram.remix(),
        await ideogram.remix_v3(),
        await ideogram.http.get(link),
    ]

    assert [answer.status_code for answer in answers] == [404, 503, 503, 200]
