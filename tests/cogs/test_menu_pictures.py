"""What of a message can be remixed, and from which hosts it is read."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.discord_wire import cdn_hosts
from cogs.menu_pictures import of_message

HOSTS = cdn_hosts("https://discord.com")
CDN = "https://cdn.discordapp.com/attachments/1/2/{}?ex=ffffffff&is=1&hm=1"
COPY = "https://images-ext-{}.discordapp.net/external/x/https/pictures.invalid/{}"
AUTHOR = 7


def message(**parts: Any) -> discord.Message:
    """A message as an interaction brings it."""
    client = discord.Client(intents=discord.Intents.none())
    user = {"id": "7", "username": "a", "discriminator": "0", "avatar": None, "global_name": None}
    data: Any = {
        "id": "1",
        "channel_id": "2",
        "type": 0,
        "content": "",
        "author": user,
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "tts": False,
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "flags": 0,
        "edited_timestamp": None,
        "timestamp": "2026-11-01T00:00:00+00:00",
        **parts,
    }
    channel = client.get_partial_messageable(2)
    return discord.Message(state=client._connection, channel=channel, data=data)


def attachment(name: str, kind: str | None = "image/png", **more: Any) -> dict[str, Any]:
    url = more.pop("url", CDN.format(name))
    size = {"width": 9, "height": 9} if kind and kind.startswith("image/") else {}
    return {
        "id": "3",
        "filename": name,
        "size": 1,
        "url": url,
        "proxy_url": url,
        **size,
        **more,
        **({} if kind is None else {"content_type": kind}),
    }


def embed(**shown: str) -> dict[str, Any]:
    """An embed with pictures, by their places, as Discord's copies."""
    return {
        "type": "rich",
        **{
            place: {"url": "https://pictures.invalid/a.png", "proxy_url": link}
            for place, link in shown.items()
        },
    }


def gallery(*media: dict[str, Any]) -> dict[str, Any]:
    return {"type": 12, "id": 1, "items": [{"media": one, "spoiler": False} for one in media]}


def links(found: discord.Message) -> list[str]:
    return [one.picture.url for one in of_message(found, HOSTS, AUTHOR)]


def test_the_hosts_are_all_discords() -> None:
    assert sorted(HOSTS) == [
        "cdn.discordapp.com",
        "discord.com",
        "images-ext-1.discordapp.net",
        "images-ext-2.discordapp.net",
        "media.discordapp.net",
    ]


@pytest.mark.parametrize(
    "link",
    [
        "https://pictures.invalid/a.png",
        "https://cdn.discordapp.com.pictures.invalid/a.png",
        "https://cdn.discordapp.com@pictures.invalid/a.png",
        "https://cdn.discordapp.com:444/a.png",
        "//pictures.invalid/a.png",
        "attachment://a.png",
        "",
    ],
)
def test_a_link_to_any_other_host_is_passed_over(link: str) -> None:
    media = {"url": link, "proxy_url": link, "content_type": "image/png", "width": 1, "height": 1}
    found = message(
        attachments=[attachment("a.png", url=link)],
        embeds=[embed(image=link, thumbnail=link)],
        components=[gallery(media)],
    )

    assert links(found) == []


def test_of_another_sites_picture_discords_copy_is_taken() -> None:
    copies = [COPY.format(number, f"{number}.png") for number in (1, 2)]
    media = {"url": "https://pictures.invalid/1.png", "proxy_url": copies[0]}
    found = message(components=[gallery(media)], embeds=[embed(thumbnail=copies[1])])

    assert links(found) == copies


def test_a_picture_that_stands_there_twice_is_offered_once() -> None:
    first = CDN.format("a.png")
    again = first.replace("hm=1", "hm=2")
    found = message(attachments=[attachment("a.png")], embeds=[embed(image=again)])

    assert links(found) == [first]


def test_only_files_that_can_be_read_are_offered() -> None:
    kinds = ("image/jpeg", "image/gif", "video/mp4", "text/plain", "image/webp", None)
    files = [attachment(f"{number}.x", kind) for number, kind in enumerate(kinds)]

    found = of_message(message(attachments=files), HOSTS, AUTHOR)

    assert [one.name for one in found] == ["0.x", "4.x"]
    assert {one.picture.author_id for one in found} == {AUTHOR}


def test_as_many_are_offered_as_a_select_holds_with_names_that_fit() -> None:
    files = [attachment(f"{'n' * 120}{number}.png") for number in range(10)]
    embeds = [
        embed(image=COPY.format(1, f"{n}.png"), thumbnail=COPY.format(2, f"t{n}.png"))
        for n in range(10)
    ]

    found = of_message(message(attachments=files, embeds=embeds), HOSTS, AUTHOR)

    assert len(found) == 25
    assert max(len(one.name) for one in found) == 100
    assert [one.name for one in found[10:12]] == ["Picture 11", "Picture 12"]
