from __future__ import annotations

import asyncio

from sandbox.discord import Actor, Answer, Channel
from tests.e2e.cards import card_of, labels, said, text_of
from tests.e2e.world import World


async def at_once(world: World, *orders: tuple[Actor, Channel]) -> tuple[int, list[str]]:
    """Let members use /remix at the same time; gives how many got a card, and all refusals."""
    shots = await asyncio.gather(
        *(world.order(member, channel=channel) for member, channel in orders)
    )
    await asyncio.gather(*(shot.answered() for shot in shots))
    cards = [card_of(shot) for shot in shots]
    refusals = [text_of(card) for card in cards if card.ephemeral]
    for shot in shots:
        if not card_of(shot).ephemeral:
            await world.shown(shot)
    return len(cards) - len(refusals), refusals


async def test_a_refusal_says_cost_rest_and_renewal_to_its_member_alone_and_writes_nothing(
    own_world: World,
) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot(DEFAULT_DAILY_CREDITS="10")
    await world.closed(await world.remix(alice, backend="fal-v3"))
    before = world.books.everything()
    shot = await world.remix(alice, backend="fal-v3")
    assert "This costs 6 credits and you have 4 left; your credits renew <t:" in said(shot)
    assert world.books.everything() == before
    assert len(world.channel.messages) == 1
    # What is left is still good for something cheaper.
    await world.made(alice, backend="fal-v2a")
    assert "**0 credits** left" in await world.credits(alice)


async def test_eight_commands_at_once_on_a_quota_for_one_are_one_remix(own_world: World) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot(DEFAULT_DAILY_CREDITS="4")
    made, refusals = await at_once(world, *[(alice, world.channel)] * 8)
    assert made == 1
    assert len(refusals) == 7
    assert all("you have 0 left" in refusal for refusal in refusals)
    assert len(world.jobs_of(alice)) == 1
    assert [len(server.bill) for server in world.providers.servers] == [1, 0, 0]
    assert world.books.one("SELECT COUNT(*) FROM ledger WHERE kind = 'settle'") == 1
    assert world.used(alice) == 4


async def test_only_allowed_servers_are_served(own_world: World) -> None:
    world = own_world
    elsewhere = world.discord.add_guild("Elsewhere")
    room, stranger = elsewhere.add_channel("remix"), elsewhere.add_member("mallory")
    await world.start_bot(ALLOWED_SERVERS=str(world.guild.id))
    made, refusals = await at_once(world, *[(stranger, room)] * 4)
    assert made == 0
    assert set(refusals) == {"The bot does not serve this server. Ask whoever runs it."}
    await world.made(world.member())
    assert world.jobs_of(stranger) == []


async def test_a_servers_month_cannot_be_passed_by_many_at_once(own_world: World) -> None:
    world = own_world
    elsewhere = world.discord.add_guild("Elsewhere")
    room, guest = elsewhere.add_channel("remix"), elsewhere.add_member("guest")
    await world.start_bot(SERVER_MONTHLY_CREDITS="13")
    crowd = [(world.member(), world.channel) for _ in range(6)]
    made, refusals = await at_once(world, *crowd)
    assert made == 3
    assert all("the server has not that many left for this month" in one for one in refusals)
    assert world.providers.fal.bill.total * 100 == 12
    # A server's month is its own.
    assert await at_once(world, (guest, room)) == (1, [])


async def test_a_days_dollars_cannot_be_passed_by_many_in_many_servers(own_world: World) -> None:
    world = own_world
    elsewhere = world.discord.add_guild("Elsewhere")
    room = elsewhere.add_channel("remix")
    await world.start_bot(DAILY_SPEND_USD="0.10")
    here = [(world.member(), world.channel) for _ in range(3)]
    there = [(elsewhere.add_member(f"guest{number}"), room) for number in range(3)]
    made, refusals = await at_once(world, *here, *there)
    assert made == 2
    assert all("has spent all that it may today" in refusal for refusal in refusals)
    assert world.providers.total * 100 == 8


async def test_what_failed_is_free_for_the_limits_too(own_world: World) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot(
        DEFAULT_DAILY_CREDITS="4", SERVER_MONTHLY_CREDITS="4", DAILY_SPEND_USD="0.04"
    )
    await world.ended(await world.remix(alice, "a harbour __down__"))
    await world.made(alice)
    refused = await world.remix(alice)
    assert "you have 0 left" in said(refused)


async def test_what_was_refunded_though_billed_counts_for_the_operator(own_world: World) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot(DAILY_SPEND_USD="0.16")
    await world.ended(await world.remix(alice, "a harbour __unsafe__", backend="ideogram-v2"))
    await world.made(alice, backend="ideogram-v2")
    assert world.used(alice) == 8
    refused = await world.remix(alice)
    assert "has spent all that it may today" in said(refused)


async def test_ideogram_never_has_more_pictures_in_flight_than_it_takes(own_world: World) -> None:
    world, ideogram = own_world, own_world.providers.ideogram
    await world.start_bot(CONFIRM_ABOVE="1000")
    ideogram.gate.clear()
    many, more, few = (world.member() for _ in range(3))
    first = await world.remix(many, backend="ideogram-v2", count=8)
    await world.until(lambda: world.job(first)["state"] == "submitting", "the first call")
    waiting = await world.remix(more, backend="ideogram-v2", count=8)
    fitting = await world.remix(few, backend="ideogram-v2", count=2)
    await world.until(lambda: world.job(fitting)["state"] == "submitting", "the small call")
    assert world.job(waiting)["state"] == "queued"
    assert world.books.one("SELECT used FROM slots WHERE provider = 'ideogram'") == 10
    ideogram.gate.set()
    for shot in (first, waiting, fitting):
        await world.shown(shot)
    assert [len(ideogram.bill), sum(line.pictures for line in ideogram.bill)] == [3, 18]
    assert sum(call.method == "POST" for call in ideogram.calls) == 3


async def test_a_dear_remix_is_quoted_first_and_started_once(own_world: World) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot(DEFAULT_DAILY_CREDITS="40", CONFIRM_ABOVE="10")
    shot = await world.remix(alice, backend="fal-v3", count=2)
    assert "This costs 12 of your 40 credits." in said(shot)
    quote = card_of(shot)
    assert labels(quote) == ["Start"]
    assert world.jobs_of(alice) == []

    starts = [await alice.click(quote, "Start") for _ in range(2)]
    await asyncio.gather(*(start.answered() for start in starts))
    public = [start for start in starts if not card_of(start).ephemeral]
    assert len(public) == 1
    card = await world.shown(public[0])
    assert not card.ephemeral
    again = await world.press(alice, quote, "Start")
    assert "started already" in said(again)
    assert (len(world.jobs_of(alice)), world.used(alice)) == (1, 12)


async def test_what_cannot_be_paid_is_refused_instead_of_quoted(own_world: World) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot(DEFAULT_DAILY_CREDITS="10", CONFIRM_ABOVE="10")
    shot = await world.remix(alice, backend="fal-v3", count=2)
    assert "This costs 12 credits and you have 10 left; your credits renew <t:" in said(shot)
    assert labels(card_of(shot)) == []


async def test_a_quote_can_be_started_after_a_restart(own_world: World) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot(CONFIRM_ABOVE="3")
    quote = card_of(await world.remix(alice))
    await world.restart()
    card = await world.shown(await world.press(alice, quote, "Start"))
    await world.restart()
    again = await world.press(alice, quote, "Start")
    assert "started already" in said(again)
    # A button on the card is quoted by its own price, and answered to its member alone.
    dear = await world.press(alice, card, "Re-roll")
    assert "This costs 4 of your 396 credits." in said(dear)
    assert (len(world.jobs_of(alice)), world.used(alice)) == (1, 4)


async def test_starts_of_two_quotes_cannot_pass_the_quota(own_world: World) -> None:
    world, alice = own_world, own_world.member()
    await world.start_bot(CONFIRM_ABOVE="3", DEFAULT_DAILY_CREDITS="7")
    quotes = [card_of(await world.remix(alice)) for _ in range(2)]
    starts = [await alice.click(quote, "Start") for quote in quotes]
    await asyncio.gather(*(start.answered() for start in starts))
    types = [start.response_type for start in starts]
    assert types == [Answer.MESSAGE, Answer.MESSAGE]
    refused = [text_of(card_of(start)) for start in starts if card_of(start).ephemeral]
    assert len(refused) == 1
    assert "you have 3 left" in refused[0]
    await world.shown(next(start for start in starts if not card_of(start).ephemeral))
