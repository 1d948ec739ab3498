"""Remix this image and Remix avatar: from any picture in a server to a card."""

from __future__ import annotations

import io
import json
from typing import Any

from PIL import Image

from sandbox.discord import Actor, Invocation, Message, Upload
from tests.e2e.cards import (
    AFTER,
    BEFORE,
    card_of,
    decoded,
    encoded,
    labels,
    painted,
    photo,
    pictures,
    said,
    typed,
)
from tests.e2e.moderated import Moderated
from tests.e2e.world import World

IMAGE, AVATAR = "Remix this image", "Remix avatar"
PROMPT = "the same as a woodcut"
NOTHING = "There is no picture in this message that can be remixed"
PHOTO, OTHER = photo(200, 150), photo(160, 160)


async def use(world: World, member: Actor, name: str, target: Message | Actor) -> Invocation:
    return await (await member.menu(world.channel, name, target)).answered()


async def send(member: Actor, opened: Invocation, **values: Any) -> Invocation:
    filled = {"prompt": PROMPT, "backend": "fal-v2a", **values}
    return await (await member.submit(opened, filled)).answered()


async def made(world: World, member: Actor, opened: Invocation, **values: Any) -> Message:
    return await world.shown(await send(member, opened, **values))


def offered(opened: Invocation, custom_id: str) -> list[str]:
    """The labels in a select of a form; none, where it is not there."""
    assert opened.modal is not None, said(opened)
    inputs = [label["component"] for label in opened.modal["components"]]
    found = [item for item in inputs if item["custom_id"] == custom_id]
    return [option["label"] for item in found for option in item["options"]]


async def source_of(member: Actor, card: Message) -> Image.Image:
    """The picture that a card was made from."""
    (link,) = pictures(card, BEFORE)
    return decoded(await member.fetch(link))


def gif() -> bytes:
    file = io.BytesIO()
    Image.new("P", (20, 20)).save(file, "GIF")
    return file.getvalue()


# Remix this image


async def test_an_attached_picture_becomes_a_card(world: World, alice: Actor, bob: Actor) -> None:
    message = await bob.post(world.channel, "look", files=[Upload("cliff.jpg", PHOTO)])

    opened = await use(world, alice, IMAGE, message)
    assert offered(opened, "picture") == []
    assert typed(opened)["strength"] == "50"
    card = await made(world, alice, opened, strength="light", backend="fal-v3")

    (job,) = world.jobs_of(alice)
    request, source = json.loads(job["request"]), json.loads(job["source"])["source"]
    assert (request["operation"], request["backend"]) == ("remix", "fal-v3")
    assert (request["prompt"], request["strength"]) == (PROMPT, 75)
    assert source["author_id"] == bob.id
    assert (await source_of(alice, card)).size == (200, 150)
    assert not card.ephemeral
    assert "Re-roll" in labels(card)


async def test_one_of_several_pictures_is_chosen_by_its_name(
    world: World, alice: Actor, bob: Actor
) -> None:
    proxied = world.discord.world.media.embed_image(photo(120, 90))
    files = [
        Upload("cliff.jpg", PHOTO),
        Upload("notes.txt", b"no picture"),
        Upload("moving.gif", gif()),
        Upload("SPOILER_sea.png", painted(90, 90, box=(10, 10, 40, 40))),
    ]
    message = await bob.post(world.channel, files=files, embeds=[{"image": proxied}])

    opened = await use(world, alice, IMAGE, message)
    assert offered(opened, "picture") == ["cliff.jpg", "SPOILER_sea.png", "Picture 3"]
    card = await made(world, alice, opened, picture="1")

    assert (await source_of(alice, card)).size == (90, 90)
    assert json.loads(world.jobs_of(alice)[0]["request"])["spoiler"] is True


async def test_what_components_of_another_bot_show_is_found_however_deep(
    world: World, alice: Actor
) -> None:
    other = world.guild.add_bot("gallery")
    message = await other.post(
        world.channel,
        files=[
            Upload(f"{n}.png", encoded(Image.new("RGB", (40 + n, 40)), "PNG")) for n in range(4)
        ],
        components=[
            {
                "type": 17,
                "components": [
                    {
                        "type": 12,
                        "items": [{"media": {"url": f"attachment://{n}.png"}} for n in (0, 1)],
                    },
                    {
                        "type": 9,
                        "components": [{"type": 10, "content": "a thumbnail"}],
                        "accessory": {"type": 11, "media": {"url": "attachment://2.png"}},
                    },
                    {"type": 13, "file": {"url": "attachment://3.png"}},
                ],
            }
        ],
    )

    opened = await use(world, alice, IMAGE, message)
    assert offered(opened, "picture") == ["0.png", "1.png", "2.png", "3.png"]
    card = await made(world, alice, opened, picture="2")

    assert (await source_of(alice, card)).size == (42, 40)
    assert json.loads(world.jobs_of(alice)[0]["source"])["source"]["author_id"] is None


async def test_an_embeds_picture_is_read_from_discords_copy_and_no_other_host_is_asked(
    world: World, alice: Actor, bob: Actor
) -> None:
    fal = world.providers.fal
    asked = len(fal.calls)
    foreign = {"url": f"{fal.url}/files/a.png", "proxy_url": f"{fal.url}/files/a.png"}
    only_foreign = await bob.post(
        world.channel, "https://a.invalid", embeds=[{"image": foreign}, {"thumbnail": foreign}]
    )
    assert NOTHING in said(await use(world, alice, IMAGE, only_foreign))

    copy = world.discord.world.media.embed_image(photo(120, 90))
    message = await bob.post(world.channel, embeds=[{"image": foreign}, {"thumbnail": copy}])
    card = await made(world, alice, await use(world, alice, IMAGE, message))

    assert (await source_of(alice, card)).size == (120, 90)
    assert [call.path for call in fal.calls[asked:] if "a.png" in call.path] == []


async def test_a_message_without_pictures_is_said_to_have_none(
    world: World, alice: Actor, bob: Actor
) -> None:
    for message in (
        await bob.post(world.channel, "words"),
        await bob.post(world.channel, files=[Upload("moving.gif", gif())]),
    ):
        assert said(await use(world, alice, IMAGE, message)).startswith(NOTHING)


async def test_a_card_offers_its_results_and_what_it_was_made_from(
    world: World, alice: Actor, bob: Actor
) -> None:
    card = await world.made(bob, backend="fal-v3", count=2)

    opened = await use(world, alice, IMAGE, card)
    assert offered(opened, "picture") == ["Result 1", "Result 2", "Source"]
    # By then the link that the menu brought may be dead: the card gives another.
    world.discord.faults.add(method="GET", path="/attachments/", status=404, times=1)
    other = await made(world, alice, opened, picture="1")

    source = json.loads(world.jobs_of(alice)[0]["source"])["source"]
    assert (source["author_id"], source["card_message_id"]) == (bob.id, card.id)
    assert world.jobs_of(alice)[0]["parent_id"] == world.jobs_of(bob)[0]["id"]
    second = decoded(await alice.fetch(pictures(card, AFTER)[1]))
    assert (await source_of(alice, other)).size == second.size


async def test_a_form_survives_a_restart_and_starts_once(
    world: World, alice: Actor, bob: Actor
) -> None:
    message = await bob.post(world.channel, files=[Upload("cliff.jpg", PHOTO)])
    opened = await use(world, alice, IMAGE, message)
    await world.restart()

    await made(world, alice, opened)
    await world.restart()
    again = await send(alice, opened)

    assert "This was started already." in said(again)
    assert len(world.jobs_of(alice)) == 1


async def test_a_form_is_for_its_own_member(world: World, alice: Actor, bob: Actor) -> None:
    message = await bob.post(world.channel, files=[Upload("cliff.jpg", PHOTO)])
    opened = await use(world, alice, IMAGE, message)
    opened.member = bob  # As if he had forged it.

    assert "Only who opened this form can send it." in said(await send(bob, opened))
    assert world.jobs_of(bob) == []


async def test_a_strength_that_is_none_is_said_and_one_not_taken_is_left_out(
    world: World, alice: Actor, bob: Actor
) -> None:
    message = await bob.post(world.channel, files=[Upload("cliff.jpg", PHOTO)])
    opened = await use(world, alice, IMAGE, message)

    assert "The strength is a number from 1 to 100" in said(
        await send(alice, opened, strength="lots")
    )
    refused = await send(alice, opened, backend="fal-v3-background", strength="30")
    assert "fal-v3-background does not take a strength" in said(refused)
    await made(world, alice, opened, backend="fal-v3-background")
    assert json.loads(world.jobs_of(alice)[0]["request"])["strength"] is None


async def test_a_dear_one_is_quoted_first_and_started_once(own_world: World) -> None:
    world = own_world
    alice, bob = world.member(), world.member()
    await world.start_bot(CONFIRM_ABOVE="3")
    message = await bob.post(world.channel, files=[Upload("cliff.jpg", PHOTO)])
    opened = await use(world, alice, IMAGE, message)

    quote = await send(alice, opened)
    assert "This costs 4 of your 400 credits." in said(quote)
    again = await send(alice, opened, prompt="a second thought")
    card = await world.shown(await world.press(alice, card_of(again), "Start"))

    assert "started already" in said(await world.press(alice, card_of(quote), "Start"))
    assert "started already" in said(await send(alice, opened))
    (job,) = world.jobs_of(alice)
    assert json.loads(job["request"])["prompt"] == "a second thought"
    assert (await source_of(alice, card)).size == (200, 150)


async def test_the_form_offers_what_the_server_does(world: World) -> None:
    here = Moderated.open(world, backends=["fal-v3", "fal-v2a"], backend="fal-v2a", strength=75)
    dora = here.guild.add_member("dora")
    message = await here.moderator.post(here.room, files=[Upload("cliff.jpg", PHOTO)])

    opened = await (await dora.menu(here.room, IMAGE, message)).answered()
    assert offered(opened, "backend") == ["fal-v2a", "fal-v3"]
    assert typed(opened)["strength"] == "75"

    here.store({"enabled": False})
    off = "The bot is switched off in this server."
    assert off in said(await (await dora.menu(here.room, IMAGE, message)).answered())
    assert off in said(await (await dora.menu(here.room, AVATAR, here.moderator)).answered())
    assert off in said(await send(dora, opened))


# Remix avatar


async def test_the_avatar_of_this_server_goes_before_the_members_own(
    world: World, alice: Actor, bob: Actor
) -> None:
    bob.set_avatar(encoded(Image.new("RGB", (2000, 2000), "teal")))
    card = await made(world, alice, await use(world, alice, AVATAR, bob))
    own = await source_of(alice, card)
    assert own.size == (1024, 1024)

    bob.set_avatar(OTHER, here_only=True)
    card = await made(world, alice, await use(world, alice, AVATAR, bob))
    assert (await source_of(alice, card)).size == (160, 160)
    source = json.loads(world.jobs_of(alice)[1]["source"])["source"]
    assert source["author_id"] == bob.id
    assert f"/guilds/{world.guild.id}/users/{bob.id}/avatars/" in source["url"]
    assert source["url"].endswith(".png?size=1024")


async def test_a_moving_avatar_and_a_default_one_are_taken_as_they_stand(
    world: World, alice: Actor, bob: Actor
) -> None:
    card = await made(world, alice, await use(world, alice, AVATAR, bob))
    assert (await source_of(alice, card)).size == (256, 256)

    frames = [Image.new("P", (64, 64), colour) for colour in (10, 200)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    bob.set_avatar(file.getvalue())
    card = await made(world, alice, await use(world, alice, AVATAR, bob))
    assert (await source_of(alice, card)).size == (64, 64)
    assert "/avatars/" in json.loads(world.jobs_of(alice)[1]["source"])["source"]["url"]
