"""The parts that need no bot: ids, permissions, waiting, components."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from sandbox.discord.changes import Changes
from sandbox.discord.components import number
from sandbox.discord.permissions import EVERYTHING, Overwrite, Permission, in_channel, in_guild
from sandbox.discord.snowflakes import DISCORD_EPOCH_MS, Snowflakes
from sandbox.discord.uploads import Upload

VIEW = Permission.VIEW_CHANNEL
SEND = Permission.SEND_MESSAGES
ATTACH = Permission.ATTACH_FILES
EVERYONE, ROLE, OTHER_ROLE, MEMBER = 1, 2, 3, 4


def test_ids_are_in_real_time_and_only_grow() -> None:
    ids = Snowflakes()

    made = [ids.new() for _ in range(1000)]

    assert made == sorted(set(made))
    milliseconds = (made[0] >> 22) + DISCORD_EPOCH_MS
    assert abs(milliseconds / 1000 - time.time()) < 5


def test_ids_that_are_apart_fall_into_different_shards() -> None:
    ids = Snowflakes()

    shards = [(ids.new(apart=True) >> 22) % 2 for _ in range(4)]

    assert shards in ([0, 1, 0, 1], [1, 0, 1, 0])


@pytest.mark.parametrize(
    ("roles", "owner", "expected"),
    [
        ([VIEW, SEND], False, VIEW | SEND),
        ([VIEW, Permission.ADMINISTRATOR], False, EVERYTHING),
        ([0], True, EVERYTHING),
    ],
)
def test_roles_add_up(roles: list[int], owner: bool, expected: int) -> None:
    assert in_guild(roles, owner=owner) == expected


def overwrite(target: int, *, allow: int = 0, deny: int = 0) -> Overwrite:
    return Overwrite(target_id=target, is_member=target == MEMBER, allow=allow, deny=deny)


@pytest.mark.parametrize(
    ("overwrites", "expected"),
    [
        ([], VIEW | SEND),
        ([overwrite(EVERYONE, deny=SEND)], VIEW),
        ([overwrite(EVERYONE, deny=SEND), overwrite(ROLE, allow=SEND)], VIEW | SEND),
        ([overwrite(ROLE, deny=SEND), overwrite(OTHER_ROLE, allow=SEND)], VIEW | SEND),
        ([overwrite(ROLE, allow=ATTACH), overwrite(MEMBER, deny=ATTACH)], VIEW | SEND),
        ([overwrite(ROLE, deny=SEND), overwrite(MEMBER, allow=SEND)], VIEW | SEND),
        ([overwrite(99, deny=SEND)], VIEW | SEND),
        ([overwrite(EVERYONE, deny=VIEW)], 0),
        ([overwrite(EVERYONE, deny=SEND, allow=ATTACH)], VIEW),
    ],
)
def test_overwrites_apply_to_everyone_then_roles_then_the_member(
    overwrites: list[Overwrite], expected: int
) -> None:
    found = in_channel(
        VIEW | SEND,
        overwrites,
        everyone_id=EVERYONE,
        role_ids=[EVERYONE, ROLE, OTHER_ROLE],
        member_id=MEMBER,
    )

    assert found == expected


def test_no_overwrite_binds_an_administrator() -> None:
    found = in_channel(
        EVERYTHING,
        [overwrite(MEMBER, deny=VIEW)],
        everyone_id=EVERYONE,
        role_ids=[EVERYONE],
        member_id=MEMBER,
    )

    assert found == EVERYTHING


async def test_waiting_ends_with_the_change_that_was_waited_for() -> None:
    changes, seen = Changes(), list[int]()

    waiting = asyncio.create_task(changes.until(lambda: len(seen) > 1 and seen, 5, "two"))
    for value in (1, 2):
        await asyncio.sleep(0)
        seen.append(value)
        changes.notify()

    assert await waiting == [1, 2]


async def test_waiting_in_vain_says_for_what() -> None:
    with pytest.raises(TimeoutError, match=r"not within 0\.01 s: a miracle"):
        await Changes().until(lambda: False, 0.01, "a miracle")


def test_components_get_the_lowest_free_ids() -> None:
    components: list[dict[str, Any]] = [
        {"type": 17, "components": [{"type": 10, "id": 1}, {"type": 10}]},
        {"type": 9, "id": 3, "components": [{"type": 10}], "accessory": {"type": 2}},
    ]

    number(components)

    assert [components[0]["id"], components[0]["components"][1]["id"]] == [2, 4]
    assert components[1]["components"][0]["id"] == 5
    assert components[1]["accessory"]["id"] == 6


@pytest.mark.parametrize(
    ("name", "kept", "kind"),
    [
        ("a cat.png", "a_cat.png", "image/png"),
        ("Käse!.JPG", "Kse.JPG", "image/jpeg"),
        ("notes.txt", "notes.txt", "text/plain"),
        ("../../etc/passwd", "....etcpasswd", "application/octet-stream"),
        ("猫", "file", "application/octet-stream"),
    ],
)
def test_file_names_are_made_plain(name: str, kept: str, kind: str) -> None:
    upload = Upload(name, b"")

    assert (upload.name, upload.kind()) == (kept, kind)
