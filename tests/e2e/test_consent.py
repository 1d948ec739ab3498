"""/consent: whose pictures others may remix, and where it is heeded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PIL import Image

from sandbox.discord import Actor, Invocation, Message, Upload
from tests.e2e.cards import card_of, encoded, labels, photo, said
from tests.e2e.moderated import Moderated
from tests.e2e.panels import Panel
from tests.e2e.world import World

REFUSED = "Whoever made this picture does not let others remix their pictures."
IMAGE, AVATAR = "Remix this image", "Remix avatar"
BUTTONS = ("Re-roll", "Closer 65", "Bolder 35", "Edit", "More", "Remix this result")


@pytest.fixture
def here(world: World) -> Moderated:
    return Moderated.open(world)


@pytest.fixture
def carol(here: Moderated) -> Actor:
    """Whose pictures it is about."""
    return here.guild.add_member("carol")


@pytest.fixture
def dora(here: Moderated) -> Actor:
    """Who remixes."""
    return here.guild.add_member("dora")


async def say(here: Moderated, member: Actor, choice: str, **options: Any) -> str:
    return await here.say("consent", by=member, choice=choice, **options)


async def menu(here: Moderated, member: Actor, name: str, target: Message | Actor) -> Invocation:
    return await (await member.menu(here.room, name, target)).answered()


async def posted(here: Moderated, member: Actor) -> Message:
    return await member.post(here.room, files=[Upload("cliff.jpg", photo(200, 150))])


async def send(member: Actor, opened: Invocation) -> Invocation:
    values = {"prompt": "as a woodcut", "backend": "fal-v2a"}
    return await (await member.submit(opened, values)).answered()


async def test_nothing_of_who_refused_can_be_remixed_by_others(
    here: Moderated, carol: Actor, dora: Actor
) -> None:
    card, message = await here.made(carol, count=1), await posted(here, carol)
    several = await here.made(carol, backend="fal-v3", count=2)
    await say(here, carol, "refuse")
    await here.world.restart()

    for button in BUTTONS:
        assert said(await here.world.press(dora, card, button)).startswith(REFUSED), button
    select = str(several.selects()[0].custom_id)
    picked = await (await dora.choose(several, select, ["2"])).answered()
    assert said(picked).startswith(REFUSED)
    for name, target in ((IMAGE, card), (IMAGE, message), (AVATAR, carol)):
        assert said(await menu(here, dora, name, target)).startswith(REFUSED)
    assert here.world.jobs_of(dora) == []

    # Her own she may.
    await here.world.shown(await here.world.press(carol, card, "Re-roll"))
    for name, target in ((IMAGE, message), (AVATAR, carol)):
        assert (await menu(here, carol, name, target)).modal is not None


async def test_a_failed_remix_of_who_refused_is_not_tried_again_by_others(
    here: Moderated, carol: Actor, dora: Actor
) -> None:
    down = {"detail": [{"loc": ["body"], "msg": "out of order", "type": "bad_request"}]}
    here.world.providers.fal.faults.add(method="POST", path="/ideogram/", status=400, body=down)
    failed = await here.world.ended(await here.world.remix(carol, channel=here.room))
    await say(here, carol, "refuse")

    assert said(await here.world.press(dora, failed, "Try again")).startswith(REFUSED)
    await here.world.shown(await here.world.press(carol, failed, "Try again"))


async def test_what_was_opened_before_is_refused_when_it_is_started(own_world: World) -> None:
    world = own_world
    await world.start_bot(CONFIRM_ABOVE="3")
    here = Moderated.open(world)
    carol, dora = here.guild.add_member("carol"), here.guild.add_member("dora")
    quote = card_of(await here.world.remix(carol, channel=here.room))
    card = await world.shown(await world.press(carol, quote, "Start"))
    quoted = card_of(await world.press(dora, card, "Re-roll"))
    panel = await Panel.open(world, dora, card)
    form = await world.press(dora, card, "Edit")
    image, avatar = await menu(here, dora, IMAGE, card), await menu(here, dora, AVATAR, carol)
    await say(here, carol, "refuse")

    for shot in (
        await world.press(dora, quoted, "Start"),
        await panel.start(),
        await (await dora.submit(form, {"prompt": "as a woodcut"})).answered(),
        await send(dora, image),
        await send(dora, avatar),
    ):
        assert said(shot).startswith(REFUSED), shot
    assert world.jobs_of(dora) == []


async def test_whose_picture_it_is_stays_known_through_other_members_cards(
    here: Moderated, carol: Actor, dora: Actor
) -> None:
    erin = here.guild.add_member("erin")
    opened = await menu(here, dora, IMAGE, await posted(here, carol))
    doras = await here.world.shown(await send(dora, opened))
    erins = await here.world.shown(await here.world.press(erin, doras, "Re-roll"))
    (job,) = here.world.jobs_of(erin)
    assert json.loads(job["source"])["source"]["author_id"] == carol.id

    await say(here, carol, "refuse")

    for member, card in ((dora, doras), (dora, erins), (erin, erins)):
        assert said(await here.world.press(member, card, "Re-roll")).startswith(REFUSED)
    await say(here, carol, "allow")
    assert (await here.world.press(erin, erins, "Edit")).modal is not None

    # What she made of it is hers as well.
    await say(here, dora, "refuse")
    assert said(await here.world.press(erin, doras, "Re-roll")).startswith(REFUSED)


async def test_a_server_can_let_only_those_be_remixed_who_allow_it(
    world: World,
) -> None:
    here = Moderated.open(world, remixable="only_allowed")
    carol, dora = here.guild.add_member("carol"), here.guild.add_member("dora")
    message = await posted(here, carol)
    assert "only pictures of those who allowed it" in await here.say("consent", by=carol)
    assert said(await menu(here, dora, IMAGE, message)).startswith(REFUSED)
    assert said(await menu(here, dora, AVATAR, carol)).startswith(REFUSED)

    assert await say(here, carol, "allow") == (
        "In this server others may remix your pictures. `/consent` changes it."
    )

    assert (await menu(here, dora, IMAGE, message)).modal is not None
    assert (await menu(here, dora, AVATAR, carol)).modal is not None
    # Nobody stands behind these who could be asked.
    other = here.guild.add_bot("gallery")
    webhook = here.guild.add_webhook(here.room, "feed")
    file = Upload("cliff.png", encoded(Image.new("RGB", (50, 50)), "PNG"))
    for found in (await other.post(here.room, files=[file]), webhook.post(files=[file])):
        assert (await menu(here, dora, IMAGE, found)).modal is not None
    assert (await menu(here, dora, AVATAR, other)).modal is not None


async def test_what_is_said_in_one_server_counts_there_and_everywhere_where_it_is_said_so(
    here: Moderated, carol: Actor, dora: Actor
) -> None:
    there = Moderated.open(here.world, "Elsewhere")
    carol2, dora2 = there.guild.add_member(carol.user), there.guild.add_member(dora.user)

    async def refused() -> list[bool]:
        shots = [await menu(here, dora, AVATAR, carol), await menu(there, dora2, AVATAR, carol2)]
        return [shot.modal is None for shot in shots]

    assert "You said nothing, so others may" in await here.say("consent", by=carol)
    assert await say(here, carol, "refuse") == (
        "In this server nobody else may remix your pictures. `/consent` changes it."
    )
    assert await refused() == [True, False]
    assert "You said nothing" in await there.say("consent", by=carol2)

    both = await say(here, carol, "refuse", where="everywhere")
    assert "Where you said nothing of a server, you said the same." in both
    assert await there.say("consent", by=carol2) == (
        "Everywhere, and so in this server, nobody else may remix your pictures. "
        "`/consent` changes it."
    )
    assert await refused() == [True, True]

    await say(there, carol2, "allow")
    assert await refused() == [True, False]
    await say(there, carol2, "as the server says")
    assert await refused() == [True, True]


async def test_only_who_asked_may_press_where_the_server_wants_it_so(world: World) -> None:
    here = Moderated.open(world, pressers="requester")
    carol, dora = here.guild.add_member("carol"), here.guild.add_member("dora")
    card = await here.made(carol)

    for button in BUTTONS:
        shot = await world.press(dora, card, button)
        assert "only who asked for this remix may go on with it" in said(shot), button
    assert "Report" in labels(card)
    assert "the moderators of this server were told" in said(
        await world.press(dora, card, "Report")
    )
    await world.shown(await world.press(carol, card, "Re-roll"))
