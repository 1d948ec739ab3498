"""Files: in messages, in components, on the CDN, and how large they may be."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import discord
import pytest
from discord.http import handle_message_parameters

from sandbox.clock import SandboxClock
from sandbox.discord import Actor, Channel, DiscordSandbox, Guild, Upload
from tests.sandbox.discord.bots import Bot, button, call, card, file, gallery, png, row, text
from tests.sandbox.discord.conftest import Exchange, Play, code_of


def gone(error: pytest.ExceptionInfo[Any]) -> bool:
    return error.value.status == 404


async def test_an_upload_to_a_command_is_read_from_the_cdn(play: Play) -> None:
    exchange = await play.remix(image=Upload("my cat.png", png(64, 48)))

    image = next(iter(exchange.interaction.data["resolved"]["attachments"].values()))
    attachment = discord.Attachment(data=image, state=play.bot._connection)
    assert await attachment.read() == png(64, 48)
    assert (attachment.filename, attachment.width, attachment.height) == ("my_cat.png", 64, 48)
    assert attachment.content_type == "image/png"
    assert attachment.ephemeral
    assert "/ephemeral-attachments/" in attachment.url


async def test_what_is_no_picture_has_no_size_in_pixels(play: Play) -> None:
    exchange = await play.remix(image=Upload("cat.png", b"not a picture"))

    image = next(iter(exchange.interaction.data["resolved"]["attachments"].values()))
    assert "width" not in image
    assert image["size"] == 13


@pytest.mark.parametrize("seconds", [25 * 3600, 2 * 3600])
async def test_links_expire(clock: SandboxClock, alice: Actor, play: Play, seconds: int) -> None:
    exchange = await play.answered(file=file())
    posted = exchange.message.attachments[0]["url"]
    options = exchange.interaction.data["resolved"]["attachments"]
    uploaded = next(iter(options.values()))["url"]
    assert await alice.fetch(posted) == await alice.fetch(uploaded) == png()

    clock.advance(seconds)

    with pytest.raises(aiohttp.ClientResponseError) as error:
        await alice.fetch(uploaded)
    assert gone(error)
    if seconds > 24 * 3600:
        with pytest.raises(aiohttp.ClientResponseError) as error:
            await alice.fetch(posted)
        assert gone(error)
    assert await alice.fetch(exchange.message.attachments[0]["url"]) == png()


@pytest.mark.parametrize("change", [("hm=", "hm=0"), ("ex=", "ex=f"), ("out.png", "in.png")])
async def test_links_that_were_changed_lead_nowhere(
    alice: Actor, play: Play, change: tuple[str, str]
) -> None:
    exchange = await play.answered(file=file())
    url = exchange.message.attachments[0]["url"].replace(*change)

    for wrong in (url, url.partition("?")[0]):
        with pytest.raises(aiohttp.ClientResponseError) as error:
            await alice.fetch(wrong)
        assert gone(error)


async def test_the_files_of_a_deleted_message_are_gone(alice: Actor, play: Play) -> None:
    exchange = await play.answered(file=file())
    url = exchange.message.attachments[0]["url"]

    await exchange.interaction.delete_original_response()

    with pytest.raises(aiohttp.ClientResponseError) as error:
        await alice.fetch(url)
    assert gone(error)


async def test_a_file_that_a_component_shows_is_no_attachment(alice: Actor, play: Play) -> None:
    picture, thumb, notes = file("a.png"), file("b.png", png(9, 9)), file("c.txt", b"notes")
    view = card(
        discord.ui.Section(text("x"), accessory=discord.ui.Thumbnail(thumb)),
        gallery(picture, id=50),
        discord.ui.File(notes),
    )

    exchange = await play.answered(view=view, files=[picture, thumb, notes])

    message = exchange.message
    assert message.attachments == []
    assert message.payload()["attachments"] == []
    assert [await alice.fetch(url) for _, url in message.media()] == [png(9, 9), png(), b"notes"]
    assert (50, message.media()[1][1]) == message.media()[1]
    media = message.components[1]["items"][0]["media"]
    assert (media["width"], media["height"], media["content_type"]) == (40, 30, "image/png")
    assert media["attachment_id"] == str(message.files[0].id)
    assert message.components[2]["name"] == "c.txt"


async def test_a_click_carries_fresh_links(clock: SandboxClock, alice: Actor, play: Play) -> None:
    picture = file()
    view = card(gallery(picture, id=50), row(button("Go", "go")))
    exchange = await play.answered(view=view, file=picture)
    clock.advance(25 * 3600)

    click = await play.taken(await alice.click(exchange.message, "Go"))

    shown = click.interaction.message.components[0]
    assert isinstance(shown, discord.MediaGalleryComponent)
    assert shown.id == 50
    assert await alice.fetch(shown.items[0].media.url) == png()


async def waiting(play: Play) -> Exchange:
    return await play.answered(view=card(text("waiting")))


async def test_files_are_added_to_a_card_by_an_edit_that_lists_them(
    alice: Actor, play: Play
) -> None:
    exchange = await waiting(play)
    before, after = file("before.png"), file("after.png", png(5, 5))

    view = card(gallery(before, after, id=50))
    await exchange.interaction.edit_original_response(view=view, attachments=[before, after])

    assert [url for _, url in exchange.message.media()] != []
    assert [await alice.fetch(url) for _, url in exchange.message.media()] == [png(), png(5, 5)]


async def upload(play: Play, path: str, payload: dict[str, Any]) -> None:
    """Edit with new files, and with a payload of which discord.py adds nothing."""
    params = handle_message_parameters(files=[file("new.png")])
    assert params.multipart is not None
    params.multipart[0]["value"] = json.dumps(payload)
    await call(play.bot, "PATCH", path, form=params.multipart, files=params.files)


def original(play: Play, exchange: Exchange) -> str:
    return f"/webhooks/{play.bot.application_id}/{exchange.shot.token}/messages/@original"


async def test_files_added_to_a_card_without_a_list_are_refused(play: Play) -> None:
    exchange = await waiting(play)
    shown = [{"type": 12, "items": [{"media": {"url": "attachment://new.png"}}]}]
    payload = {"flags": 1 << 15, "components": shown}

    with pytest.raises(discord.HTTPException) as error:
        await upload(play, original(play, exchange), payload)

    assert code_of(error) == (400, 50035)
    assert exchange.message.texts() == ["waiting"]
    await upload(play, original(play, exchange), {**payload, "attachments": [{"id": 0}]})
    assert len(exchange.message.media()) == 1


async def test_a_later_edit_keeps_the_files_that_it_lists(alice: Actor, play: Play) -> None:
    one, two = file("one.png"), file("two.png", png(5, 5))
    exchange = await play.answered(view=card(gallery(one, two)), files=[one, two])
    _, kept = exchange.message.files
    lost_url = exchange.message.media()[0][1]

    await edit_keeping(play, exchange, kept.id)

    assert exchange.message.files == [kept]
    assert await alice.fetch(exchange.message.media()[0][1]) == png(5, 5)
    with pytest.raises(aiohttp.ClientResponseError) as error:
        await alice.fetch(lost_url)
    assert gone(error)


async def edit_keeping(play: Play, exchange: Exchange, *ids: int, **payload: Any) -> None:
    """Edit the original, keeping only files with these ids."""
    body = {
        "flags": 1 << 15,
        "components": [{"type": 12, "items": [{"media": {"url": "attachment://two.png"}}]}],
        "attachments": [{"id": str(number)} for number in ids],
        **payload,
    }
    given = {key: value for key, value in body.items() if value is not None}
    await call(play.bot, "PATCH", original(play, exchange), json=given)


async def test_an_edit_without_a_list_keeps_all_files(play: Play) -> None:
    one = file("two.png")
    exchange = await play.answered(view=card(gallery(one)), file=one)

    await exchange.interaction.edit_original_response(
        view=card(text("more"), gallery("attachment://two.png"))
    )

    assert len(exchange.message.files) == 1
    assert len(exchange.message.media()) == 1


async def test_a_file_that_is_still_shown_cannot_be_left_out(play: Play) -> None:
    one = file("two.png")
    exchange = await play.answered(view=card(gallery(one)), file=one)

    with pytest.raises(discord.HTTPException) as error:
        await edit_keeping(play, exchange, components=None)

    assert code_of(error) == (400, 50035)
    assert len(exchange.message.media()) == 1


async def test_new_files_of_a_plain_message_replace_the_old(play: Play) -> None:
    exchange = await play.answered("text", file=file("old.png"))

    path = f"/channels/{exchange.message.channel.id}/messages/{exchange.message.id}"
    await upload(play, path, {"content": "changed"})

    assert [item["filename"] for item in exchange.message.attachments] == ["new.png"]


async def test_a_link_to_no_file_is_refused(play: Play) -> None:
    exchange = await waiting(play)

    with pytest.raises(discord.HTTPException) as error:
        await exchange.interaction.edit_original_response(
            view=card(gallery("attachment://nothing.png"))
        )

    assert code_of(error) == (400, 50035)
    assert exchange.message.texts() == ["waiting"]


async def test_eleven_files_are_refused(channel: Channel, bot: Bot) -> None:
    with pytest.raises(discord.HTTPException) as error:
        await bot.get_partial_messageable(channel.id).send(
            "x", files=[file(f"{number}.png") for number in range(11)]
        )

    assert code_of(error) == (400, 50035)
    assert channel.messages == []


async def test_a_file_over_the_limit_is_too_large(guild: Guild, channel: Channel, bot: Bot) -> None:
    target = bot.get_partial_messageable(channel.id)

    with pytest.raises(discord.HTTPException) as error:
        await target.send(file=file("big.bin", bytes(10 * 1024 * 1024 + 1)))
    assert code_of(error) == (413, 40005)

    guild.file_limit *= 2
    await target.send(file=file("big.bin", bytes(10 * 1024 * 1024 + 1)))
    assert len(channel.messages) == 1


async def test_a_request_over_25_mib_is_too_large(guild: Guild, channel: Channel, bot: Bot) -> None:
    part = bytes(9 * 1024 * 1024)

    with pytest.raises(discord.HTTPException) as error:
        await bot.get_partial_messageable(channel.id).send(
            files=[file(f"{number}.bin", part) for number in range(3)]
        )

    assert code_of(error) == (413, 40005)
    assert channel.messages == []


async def test_the_limit_stands_in_the_interaction(guild: Guild, play: Play) -> None:
    guild.file_limit = 50_000_000

    exchange = await play.remix()

    assert exchange.interaction.filesize_limit == 50_000_000


async def test_a_member_cannot_upload_more_than_the_limit(
    guild: Guild, channel: Channel, alice: Actor, bot: Bot
) -> None:
    guild.file_limit = 10

    with pytest.raises(ValueError, match="larger"):
        await alice.slash(channel, "remix", image=Upload("a.png", bytes(11)), prompt="x")


async def test_descriptions_stay_with_their_files(play: Play) -> None:
    picture = discord.File(file().fp, "a.png", description="A teal field")

    exchange = await play.answered(file=picture)

    assert exchange.message.attachments[0]["description"] == "A teal field"


async def test_an_embed_shows_an_uploaded_picture(alice: Actor, play: Play) -> None:
    embed = discord.Embed(title="Remix").set_image(url="attachment://out.png")

    exchange = await play.answered(embed=embed, file=file())

    assert await alice.fetch(exchange.message.payload()["embeds"][0]["image"]["url"]) == png()


async def test_requests_are_recorded_with_their_files(place: DiscordSandbox, play: Play) -> None:
    await play.answered("x", file=file())

    last = place.requests[-1]
    assert (last.method, last.status, last.files) == ("POST", 200, ["out.png"])
    assert last.body["data"]["content"] == "x"
    assert last.path.startswith("/interactions/")
