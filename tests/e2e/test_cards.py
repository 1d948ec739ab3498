from __future__ import annotations

import json

import pytest
from PIL import Image

from sandbox.discord import Actor, Upload
from tests.e2e.cards import (
    AFTER,
    BEFORE,
    NEGATIVE_TEXT,
    PROMPT_TEXT,
    card_of,
    decoded,
    labels,
    photo,
    pictures,
    said,
    text_of,
    typed,
)
from tests.e2e.world import World

TRICKS = (
    "**bold** [a link](https://example.com) <@{user}> <@&{role}> @everyone @here\n"
    "# heading\n> quote\n- list\n||spoiler|| `code` ```\nfence\n``` <#{channel}> <t:0:R> "
    "https://example.com/x?y=z \\` \u202e right to left"
)


def tricks(world: World, member: Actor) -> str:
    role = world.guild.add_role("painters")
    return TRICKS.format(user=member.id, role=role.id, channel=world.channel.id)


def fenced(message_text: str | None) -> str:
    """The inside of a code block, which must be the whole of a text."""
    assert message_text is not None
    assert message_text.startswith("```\n")
    assert message_text.endswith("\n```")
    return message_text[4:-4]


async def test_a_prompt_can_neither_ping_nor_format_nor_link_and_comes_back_as_it_was(
    world: World, alice: Actor, bob: Actor
) -> None:
    prompt = tricks(world, bob)
    shot = await world.remix(alice, prompt, backend="fal-v3", negative=prompt[:900])
    waiting = card_of(shot)
    for part in (PROMPT_TEXT, NEGATIVE_TEXT):
        assert "`" not in fenced(waiting.text(part))
    card = await world.shown(shot)
    for part in (PROMPT_TEXT, NEGATIVE_TEXT):
        assert "`" not in fenced(card.text(part))
    outside = [text for text in card.texts() if not text.startswith("```")]
    assert not any("@everyone" in text or "example.com" in text for text in outside)
    assert not card.pings
    opened = await world.press(alice, card, "Edit")
    assert typed(opened) == {"prompt": prompt, "strength": "50", "negative": prompt[:900]}
    again = await (await alice.submit(opened, {})).answered()
    other = await world.shown(again)
    assert not other.pings
    requests = [json.loads(job["request"]) for job in world.jobs_of(alice)]
    assert [request["prompt"] for request in requests] == [prompt, prompt]


async def test_a_failed_card_shows_neither_prompt_nor_source(world: World, alice: Actor) -> None:
    prompt = "a harbour that nobody may read of __down__"
    card = await world.ended(await world.remix(alice, prompt))
    assert "nobody may read of" not in text_of(card)
    assert (card.media(), card.files) == ([], [])
    assert labels(card) == ["Try again", "Delete"]


@pytest.mark.parametrize("sign", ["`", "x", "\N{ARTIST PALETTE}"])
async def test_the_largest_card_is_accepted(world: World, alice: Actor, sign: str) -> None:
    prompt, negative = sign * 2000, sign * 1000
    options = {
        "negative": negative,
        "strength": 50,
        "aspect": "16:9",
        "style": "realistic",
        "seed": 2**31 - 1,
        "magic_prompt": "on",
        "spoiler": True,
        "backend": "ideogram-v2",
    }
    first = await world.made(alice, prompt, **options)
    # As a child of another card, with the note that links to it.
    opened = await world.press(alice, first, "Edit")
    assert typed(opened)["prompt"] == prompt
    assert typed(opened)["negative"] == negative
    card = await world.shown(await (await alice.submit(opened, {})).answered())
    assert len(fenced(card.text(PROMPT_TEXT))) == 2000
    assert len(fenced(card.text(NEGATIVE_TEXT))) == 1000
    assert first.link in text_of(card)
    assert "rewrote the prompt" in text_of(card)


async def test_spoilers_hide_source_and_result(world: World, alice: Actor) -> None:
    card = await world.made(alice, spoiler=True)
    shown = [
        item
        for component in card.payload()["components"][0]["components"]
        for item in (*component.get("items", []), component.get("accessory", {}))
        if "media" in item
    ]
    assert [item["spoiler"] for item in shown] == [True, True]


async def test_a_crop_by_the_provider_is_told(world: World, alice: Actor) -> None:
    card = await world.made(alice, aspect="1:1")
    assert "The provider cropped the source to 1:1." in text_of(card)


async def test_an_animated_source_says_that_its_first_frame_was_taken(
    world: World, alice: Actor
) -> None:
    red, blue = (Image.new("RGB", (64, 48), colour) for colour in ("red", "blue"))
    path = world.folder / "moving.webp"
    red.save(path, "WEBP", save_all=True, append_images=[blue], duration=100, lossless=True)
    card = await world.made(alice, image=Upload("moving.webp", path.read_bytes()))
    assert "first frame was taken" in text_of(card)
    before = decoded(await alice.fetch(pictures(card, BEFORE)[0])).convert("RGB")
    reds, blues = before.getchannel("R").tobytes(), before.getchannel("B").tobytes()
    assert min(reds) > 250
    assert max(blues) < 5


async def test_the_sources_place_and_camera_are_not_posted(world: World, alice: Actor) -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera that gives its owner away"
    exif[0x0112] = 6
    picture = decoded(photo(300, 200))
    path = world.folder / "camera.jpg"
    picture.save(path, "JPEG", exif=exif)
    card = await world.made(alice, image=Upload("camera.jpg", path.read_bytes()))
    posted = await alice.fetch(pictures(card, BEFORE)[0])
    assert b"gives its owner away" not in posted
    assert decoded(posted).size == (200, 300)


async def test_eight_pictures_stand_on_one_card(world: World, alice: Actor) -> None:
    quote = await world.remix(alice, backend="fal-v3", count=8)
    assert "This costs 48 of your 400 credits." in said(quote)
    card = await world.shown(await world.press(alice, card_of(quote), "Start"))
    assert len(pictures(card, AFTER)) == 8
    assert len(pictures(card, BEFORE)) == 1
    assert [option["value"] for option in card.selects()[0].options] == list("12345678")
    assert world.used(alice) == 48


async def test_twenty_pictures_go_into_further_messages_linked_from_the_card(
    world: World, alice: Actor
) -> None:
    quote = await world.remix(alice, backend="runware-v2", count=20)
    shot = await world.press(alice, card_of(quote), "Start")
    # Meanwhile others are served.
    await world.made(world.member())
    card = await world.shown(shot)
    job = await world.closed(shot)
    further = [m for m in world.channel.messages if m.id > card.id and m.media() and m.nonce]
    assert [len(pictures(message, AFTER)) for message in (card, *further)] == [9, 10, 1]
    assert all(message.link in text_of(card) for message in further)
    assert all(card.link in text_of(message) for message in further)
    assert (job["settled"], world.used(alice)) == (160, 160)

    select = further[0].selects()[0]
    assert select.options[3]["value"] == "13"
    opened = await (await alice.choose(further[0], select.custom_id, ["13"])).answered()
    answers = {"prompt": "the thirteenth harbour"}
    again = await (await alice.submit(opened, answers)).answered()
    assert "This costs 160 of your 240 credits." in said(again)
    source = json.loads(
        world.books.one(
            "SELECT source FROM drafts WHERE user_id = ? ORDER BY created DESC", alice.id
        )
    )
    chosen = await alice.fetch(pictures(further[0], AFTER)[3])
    assert await alice.fetch(source["source"]["url"]) == chosen

    await world.press(alice, card, "Delete")
    await world.until(lambda: all(m.deleted for m in (card, *further)), "all to be deleted")


async def test_a_re_roll_reads_the_prompt_from_the_card_once_the_database_dropped_it(
    world: World, alice: Actor
) -> None:
    prompt = tricks(world, alice)
    shot = await world.remix(alice, prompt, backend="fal-v3", negative="people `here`")
    card = await world.shown(shot)
    await world.drop_prompts(shot)
    again = await world.press(alice, card, "Re-roll")
    await world.shown(again)
    request = json.loads(world.job(again)["request"])
    assert (request["prompt"], request["negative"]) == (prompt, "people `here`")


async def test_credits_lists_the_last_ten_with_links(world: World, alice: Actor) -> None:
    made = [await world.made(alice, count=1) for _ in range(11)]
    await world.until(world.books.quiet, "the last to be marked as shown")
    answer = await world.credits(alice)
    assert "**356 credits** left and used 44; they renew <t:" in answer
    assert [card.link in answer for card in made] == [False] + [True] * 10
    assert answer.index(made[10].link) < answer.index(made[1].link)
