"""More: a panel of all that a backend has, which starts only on Start."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Feature
from sandbox.discord import Actor, Answer, Message, Upload
from tests.e2e.cards import (
    AFTER,
    BEFORE,
    REFERENCES,
    card_of,
    labels,
    photo,
    pictures,
    said,
    text_of,
    typed,
)
from tests.e2e.panels import SECTIONS, Panel
from tests.e2e.world import PROMPT, World

NEW_PROMPT = "a harbour in silver fog"


def last_body(world: World, provider: str) -> dict[str, Any]:
    """The document of the last work that a provider was given."""
    for call in reversed(getattr(world.providers, provider).calls):
        body = call.body[0] if isinstance(call.body, list) and call.body else call.body
        if isinstance(body, dict) and {"prompt", "positivePrompt"} & body.keys():
            return body
    raise AssertionError(f"{provider} was given nothing")


async def opened(world: World, member: Actor, **options: Any) -> Panel:
    """A panel on a new card."""
    return await Panel.open(world, member, await world.made(member, **options))


async def test_more_shows_what_was_asked_and_starts_it_only_on_start(
    world: World, alice: Actor
) -> None:
    card = await world.made(alice, backend="fal-v3", strength=40, style="design")
    panel = await Panel.open(world, alice, card)

    for words in (PROMPT, "**fal-v3**", "strength 40", "style design"):
        assert words in panel.text
    assert panel.price == "This costs 6 of your 394 credits."
    assert labels(panel.message)[-2:] == ["Start", "Close"]
    assert len(world.jobs_of(alice)) == 1

    shot = await panel.start()
    other = await world.shown(shot)
    assert not other.ephemeral
    assert f"[this card]({card.link})" in text_of(other)
    job = world.job(shot)
    assert (job["id"], job["parent_id"]) == (panel.draft_id, world.jobs_of(alice)[0]["id"])
    # The source is carried on as it is.
    assert await alice.fetch(pictures(other, BEFORE)[0]) == await alice.fetch(
        pictures(card, BEFORE)[0]
    )
    await world.until(lambda: "Started" in panel.text, "the panel to be closed")
    assert labels(panel.message) == []
    assert panel.message.selects() == []


async def test_the_panel_of_every_backend_sets_what_it_takes_and_nothing_else(
    world: World, alice: Actor
) -> None:
    panel = await opened(world, alice)
    for entry in (entry for entry in CATALOGUE if entry.operation == "remix"):
        await panel.backend(entry.name)
        assert f"**{entry.name}**" in panel.text
        section = next(s for s in panel.message.selects() if s.custom_id == panel.id("section"))
        offered = [option["value"] for option in section.options]
        assert set(offered) <= set(SECTIONS)
        found: set[str] = set()
        for name in offered:
            await panel.section(name)
            found |= panel.features()
        taken = set(entry.inputs) | ({Feature.ASPECT} if entry.aspects else set())
        assert found == taken - {Feature.SOURCE, Feature.NEGATIVE}, entry.name


async def test_what_is_set_for_fal_reaches_it(world: World, alice: Actor) -> None:
    panel = await opened(world, alice, backend="fal-v3")
    await panel.pick("backend", "speed", "turbo")
    await panel.pick("backend", "count", "2")
    await panel.fill("prompt", "prompt", {"value": NEW_PROMPT, "negative": "people"})
    await panel.pick("prompt", "magic_prompt", "off")
    await panel.fill("shape", "strength", {"value": "37"})
    await panel.pick("shape", "size", "portrait_16_9")
    await panel.fill("shape", "seed", {"value": "4711"})
    await panel.pick("style", "style", "design")
    files = [Upload("one.jpg", photo(64, 48)), Upload("two.jpg", photo(48, 64))]
    await panel.fill("style", "references", {"value": files})
    await panel.pick("colours", "palette", "ember")
    assert panel.price == "This costs 6 of your 394 credits."
    card = await panel.made()

    body = last_body(world, "fal")
    assert len(body.pop("image_urls")) == 2
    body.pop("image_url")
    assert body == {
        "prompt": NEW_PROMPT,
        "negative_prompt": "people",
        "expand_prompt": False,
        "rendering_speed": "TURBO",
        "num_images": 2,
        "strength": 0.37,
        "image_size": "portrait_16_9",
        "seed": 4711,
        "style": "DESIGN",
        "color_palette": {"name": "EMBER"},
    }
    assert len(pictures(card, AFTER)) == 2
    assert len(pictures(card, REFERENCES)) == 2
    assert world.used(alice) == 12

    # What is on that card is on the next panel, its references among it.
    again = await Panel.open(world, alice, card)
    for words in ("2 pictures", "style references 2", "seed 4711", "size portrait_16_9"):
        assert words in again.text


async def test_codes_colours_and_a_size_of_ones_own_reach_fal(world: World, alice: Actor) -> None:
    panel = await opened(world, alice, backend="fal-v3")
    await panel.fill("style", "style_codes", {"value": "7a0f33c1 00FFEE12"})
    await panel.fill("colours", "palette", {"value": "#FF8800 40, #003366"})
    await panel.fill("shape", "size", {"value": "1000 x 700"})
    await panel.pick("shape", "strength", "25")
    await panel.made()

    body = last_body(world, "fal")
    assert body["style_codes"] == ["7A0F33C1", "00FFEE12"]
    assert body["color_palette"]["members"] == [
        {"rgb": {"r": 255, "g": 136, "b": 0}, "color_weight": 0.4},
        {"rgb": {"r": 0, "g": 51, "b": 102}},
    ]
    assert body["image_size"] == {"width": 1000, "height": 700}
    assert body["strength"] == 0.25
    assert "style" not in body


async def test_what_is_set_for_runware_reaches_it(world: World, alice: Actor) -> None:
    panel = await opened(world, alice)
    await panel.backend("runware-v2")
    await panel.pick("shape", "aspect", "16:9")
    await panel.pick("style", "style", "fiction")
    await panel.pick("prompt", "magic_prompt", "on")
    await panel.pick("file", "format", "webp")
    await panel.fill("file", "quality", {"value": "80"})
    await panel.pick("backend", "speed", "turbo")
    await panel.made()

    body = last_body(world, "runware")
    settings = body["providerSettings"]["ideogram"]
    assert (body["width"], body["height"]) == (1312, 736)
    assert (body["outputFormat"], body["outputQuality"]) == ("WEBP", 80)
    assert (settings["styleType"], settings["magicPrompt"]) == ("FICTION", "ON")
    assert settings["renderingSpeed"] == "TURBO"


async def test_what_is_set_for_ideogram_reaches_it(world: World, alice: Actor) -> None:
    panel = await opened(world, alice)
    await panel.backend("ideogram-v2")
    await panel.pick("shape", "size", "1024x768")
    await panel.pick("prompt", "magic_version", "0.5")
    await panel.pick("style", "style", "3d")
    await panel.made()
    body = last_body(world, "ideogram")
    assert (body["resolution"], body["style_type"]) == ("RESOLUTION_1024_768", "RENDER_3D")
    assert body["magic_prompt_version"] == "V_0_5"

    panel = await opened(world, alice)
    await panel.backend("ideogram-v3-remix")
    await panel.pick("shape", "aspect", "4:5")
    # The last of 62, which stand in three selects.
    await panel.pick("style", "style_preset", "woodblock-print")
    await panel.made()
    body = last_body(world, "ideogram")
    assert (body["aspect_ratio"], body["style_preset"]) == ("4x5", "WOODBLOCK_PRINT")


async def test_the_price_follows_count_and_speed(world: World, alice: Actor) -> None:
    panel = await opened(world, alice, backend="fal-v3")
    prices = [panel.price]
    for feature, value in (("speed", "quality"), ("count", "5"), ("speed", "turbo")):
        await panel.pick("backend", feature, value)
        prices.append(panel.price)
    await panel.clear("backend", "count")
    prices.append(panel.price)

    assert prices == [f"This costs {cost} of your 394 credits." for cost in (6, 9, 45, 15, 3)]


async def test_of_two_changes_at_once_neither_is_lost(world: World, alice: Actor) -> None:
    panel = await opened(world, alice, backend="fal-v3")
    await panel.section("backend")
    shots = [
        await alice.choose(panel.message, panel.id("pick", feature, "0"), [value])
        for feature, value in (("speed", "turbo"), ("count", "4"))
    ]
    await asyncio.gather(*(shot.answered() for shot in shots))
    await panel.section("backend")
    assert panel.price == "This costs 12 of your 394 credits."


async def test_another_backend_keeps_what_it_takes_and_names_what_it_does_not(
    world: World, alice: Actor
) -> None:
    panel = await opened(world, alice, backend="fal-v3", style="design", seed=7, negative="people")
    await panel.pick("colours", "palette", "ember")
    await panel.backend("fal-v2a")
    left_out = next(line for line in panel.text.splitlines() if "does not take" in line)
    assert "fal-v2a does not take" in left_out
    for words in ("negative prompt", "palette ember"):
        assert words in left_out
    for kept in ("style design", "seed 7"):
        assert kept in panel.text
        assert kept not in left_out

    # Nothing was forgotten.
    await panel.backend("fal-v3")
    assert "does not take" not in panel.text
    assert "palette ember" in panel.text

    await panel.backend("fal-v2a")
    await panel.made()
    body = last_body(world, "fal")
    assert (body["style"], body["seed"]) == ("design", 7)
    assert {"color_palette", "negative_prompt"}.isdisjoint(body)


async def test_a_panel_and_its_form_survive_a_restart(world: World, alice: Actor) -> None:
    panel = await opened(world, alice, backend="fal-v3")
    await panel.pick("style", "style", "realistic")
    form = await panel.form("shape", "seed")
    await world.restart()
    await (await alice.submit(form, {"value": "99"})).answered()
    assert "seed 99" in panel.text
    await panel.pick("backend", "count", "2")
    assert panel.price == "This costs 12 of your 394 credits."
    card = await panel.made()

    body = last_body(world, "fal")
    assert (body["style"], body["seed"], body["num_images"]) == ("REALISTIC", 99, 2)
    assert len(pictures(card, AFTER)) == 2


async def test_forms_hold_what_was_chosen_and_a_wrong_one_changes_nothing(
    world: World, alice: Actor
) -> None:
    panel = await opened(world, alice, backend="fal-v3", negative="people", seed=7)
    assert typed(await panel.form("prompt", "prompt")) == {"value": PROMPT, "negative": "people"}
    assert typed(await panel.form("shape", "seed")) == {"value": "7"}
    before = panel.text
    for feature, wrong, sentence in (
        ("seed", "many", "whole number"),
        ("size", "0x0", "does not have that size"),
        ("strength", "101", "from 1 to 100"),
    ):
        assert sentence in said(await panel.fill("shape", feature, {"value": wrong}))
    assert panel.text == before
    await panel.fill("shape", "seed", {"value": ""})
    assert "seed" not in panel.text


async def test_a_refused_start_says_why_keeps_the_panel_and_charges_nothing(
    world: World, alice: Actor
) -> None:
    panel = await opened(world, alice, backend="fal-v3")
    await panel.pick("style", "style", "design")
    await panel.fill("style", "style_codes", {"value": "7A0F33C1"})
    refused = await panel.start()
    why = said(refused)
    assert "style" in why
    # The panel had said so before.
    assert why in panel.text
    assert labels(panel.message)[-2:] == ["Start", "Close"]
    assert len(world.jobs_of(alice)) == 1

    await panel.clear("style", "style")
    assert why not in panel.text
    await panel.made()
    assert world.used(alice) == 12


async def test_what_is_too_dear_is_said_and_refused(own_world: World) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot(DEFAULT_DAILY_CREDITS="20")
    panel = await opened(world, alice, backend="fal-v3")
    await panel.pick("backend", "count", "8")
    assert "This costs 48 credits and you have 14 left; your credits renew" in panel.price
    assert said(await panel.start()) == panel.price
    assert world.used(alice) == 6
    await panel.pick("backend", "count", "2")
    await panel.made()
    assert world.used(alice) == 18


async def test_start_pressed_twice_makes_one_job(world: World, alice: Actor) -> None:
    panel = await opened(world, alice)
    shots = [await alice.click(panel.message, "Start") for _ in range(3)]
    await asyncio.gather(*(shot.answered() for shot in shots))
    cards = [card_of(shot) for shot in shots]
    (card,) = [one for one in cards if not one.ephemeral]
    assert ["started already" in text_of(one) for one in cards if one.ephemeral] == [True, True]
    await world.until(card.media, "the pictures")
    assert len(world.jobs_of(alice)) == 2
    assert world.used(alice) == 8


async def test_what_was_started_cannot_be_changed_any_more(world: World, alice: Actor) -> None:
    panel = await opened(world, alice)
    kept, draft_id = panel.message.kept_components, panel.draft_id
    await panel.made()
    await world.until(lambda: "Started" in panel.text, "the panel to be closed")
    # As a client shows it that has not heard of the change yet.
    panel.message.kept_components = kept
    late = await alice.choose(panel.message, panel.id("backend", "0"), ["fal-v3"])
    assert "started already" in said(await late.answered())
    assert "started already" in said(await panel.start())
    assert draft_id == world.jobs_of(alice)[1]["id"]
    assert len(world.jobs_of(alice)) == 2


async def test_a_panel_of_yesterday_says_that_it_has_run_out(own_world: World) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot()
    panel = await opened(world, alice)
    await world.stop()
    with closing(sqlite3.connect(world.books.path)) as books, books:
        books.execute("UPDATE drafts SET created = created - 86400000")
    await world.start_bot()
    for shot in (await panel.start(), await world.press(alice, panel.message, "Close")):
        assert "has run out" in said(shot)
    assert len(world.jobs_of(alice)) == 1


def forge(card: Message, custom_id: str) -> None:
    """Put a button of a panel on a card, where others see it."""
    button = {"type": 2, "id": 91, "style": 2, "label": "Forged", "custom_id": custom_id}
    card.kept_components[0]["components"].append({"type": 1, "id": 90, "components": [button]})


@pytest.mark.parametrize("verb", ["start", "clear:seed", "form:seed", "close"])
async def test_nobody_else_can_use_a_panel(
    world: World, alice: Actor, bob: Actor, verb: str
) -> None:
    card = await world.made(alice, seed=7)
    panel = await Panel.open(world, alice, card)
    forge(card, panel.id(verb))
    assert "Only who opened this panel" in said(await world.press(bob, card, "Forged"))
    assert world.jobs_of(bob) == []
    await panel.section("shape")
    assert "seed 7" in panel.text


async def test_close_takes_the_panel_away(world: World, alice: Actor) -> None:
    panel = await opened(world, alice)
    closed = await world.press(alice, panel.message, "Close")
    assert closed.response_type is Answer.DEFER_UPDATE
    await world.until(lambda: panel.message.deleted, "the panel to go")


async def test_whoever_presses_more_pays(world: World, alice: Actor, bob: Actor) -> None:
    card = await world.made(alice)
    panel = await Panel.open(world, bob, card)
    assert panel.price == "This costs 4 of your 400 credits."
    await panel.made()
    assert (world.used(alice), world.used(bob)) == (4, 4)


async def test_more_on_a_generated_and_on_an_edited_picture(world: World, alice: Actor) -> None:
    generated = await world.made(alice, command="generate")
    panel = await Panel.open(world, alice, generated)
    await panel.fill("prompt", "prompt", {"value": NEW_PROMPT, "negative": "people"})
    await panel.pick("shape", "aspect", "16:9")
    await panel.made()
    body = last_body(world, "fal")
    assert (body["aspect_ratio"], body["negative_prompt"]) == ("16:9", "people")
    assert "image_url" not in body

    edited = await world.made(alice, command="edit")
    panel = await Panel.open(world, alice, edited)
    await panel.backend("fal-v3")
    await panel.pick("style", "style_preset", "watercolor")
    await panel.made()
    body = last_body(world, "fal")
    assert body["style_preset"] == "WATERCOLOR"
    assert {"image_url", "mask_url"} <= body.keys()
