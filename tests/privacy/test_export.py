"""An export has all that is stored about a member, and nothing of anybody else."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from bot.privacy.export import TooLargeError
from storage import personal_data
from storage.consents import EVERYWHERE, Consent, put
from storage.quota_rules import QuotaRule, RuleKind
from tests.privacy.lives import ALICE, BOB, LINK, MODERATOR, THERE, Lives

LIMIT = 10 << 20


async def exported(lives: Lives) -> dict[str, Any]:
    found = await lives.privacy.export(ALICE, limit=LIMIT)
    assert found.name == "your-data.json"
    return json.loads(found.data)


async def test_an_export_has_a_part_for_all_that_is_stored(lives: Lives) -> None:
    await lives.live()
    rule = QuotaRule(kind=RuleKind.MEMBER, subject_id=ALICE, credits=50)
    await lives.moderation.quotas.set_rule(lives.by(), rule)
    await lives.moderation.credits.grant(lives.by(user_id=ALICE), BOB, 3, expires=None, reason="x")
    await lives.do(put, ALICE, EVERYWHERE, Consent.REFUSE, now=lives.clock.now())

    found = await exported(lives)

    assert {name: len(part) for name, part in found.items() if isinstance(part, list)} == {
        "accounts": 2,
        "grants": 1,
        "quotas": 1,
        "suspensions": 1,
        "consents": 1,
        "rule_hits": 1,
        "reports": 1,
        "drafts": 1,
        "changes": 4,
        "erasures": 0,
        "ledger": 5,
        "jobs": 2,
    }
    job = found["jobs"][1]
    assert (job["server"], job["state"], job["settled"]) == (str(THERE), "succeeded", 4)
    assert job["request"]["prompt"] == f"a harbour of {ALICE}"
    assert job["results"][0]["prompt"] == "a harbour, rewritten"
    assert job["calls"][0]["provider"] == "fal"
    assert job["created"] == "2027-02-01T00:00:00+00:00"
    reserved = [entry["lines"] for entry in found["ledger"] if entry["kind"] == "reserve"]
    assert [lines[0]["amount"] for lines in reserved] == [4, 4]
    assert found["consents"] == [
        {"server": "everywhere", "choice": "refuse", "said": "2027-02-01T00:00:00+00:00"}
    ]
    assert found["suspensions"][0]["reason"] == "rude"
    said = {(one["by_whom"], one["about"]) for one in found["changes"]}
    assert said == {("somebody else", "you"), ("you", "a role or another member")}


async def test_an_export_has_no_secret_and_nobody_else(lives: Lives) -> None:
    await lives.live(BOB)
    await lives.live(ALICE)

    text = (await lives.privacy.export(ALICE, limit=LIMIT)).data.decode()

    alias = lives.people.alias(ALICE)
    hidden = ("token", "secret of", "key of", "ticket", LINK, "cdn.discordapp", str(alias))
    others = (str(BOB), f'"{MODERATOR}"', f" {MODERATOR}")
    assert [word for word in (*hidden, *others) if word in text] == []


async def test_an_export_after_an_erasure_has_what_stayed_and_what_is_new(lives: Lives) -> None:
    await lives.live()
    await lives.erased()
    await lives.made()

    found = await exported(lives)

    assert [bool(job["request"].get("prompt")) for job in found["jobs"]] == [True, False, False]
    assert len(found["ledger"]) == 7
    assert found["accounts"][0]["used"] == 8
    assert found["erasures"][0]["deleted"] == 4
    assert str(lives.people.alias(ALICE)) not in json.dumps(found)


async def test_all_pages_are_exported_once(lives: Lives, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_data, "PAGE", 2)
    wanted = [(await lives.made()).id for _ in range(5)]

    found = await exported(lives)

    assert [job["job"] for job in found["jobs"]] == wanted
    assert len({entry["entry"] for entry in found["ledger"]}) == len(found["ledger"]) == 10


async def test_what_discord_would_not_take_is_zipped(lives: Lives) -> None:
    for _ in range(20):
        await lives.made()

    found = await lives.privacy.export(ALICE, limit=6000)

    assert found.name == "your-data.json.zip"
    with zipfile.ZipFile(io.BytesIO(found.data)) as archive:
        assert len(json.loads(archive.read("your-data.json"))["jobs"]) == 20
    with pytest.raises(TooLargeError):
        await lives.privacy.export(ALICE, limit=500)


async def test_an_export_of_nobody_is_empty(lives: Lives) -> None:
    found = await exported(lives)

    assert not any(part for part in found.values() if isinstance(part, list))
