"""Every value of every parameter goes over the wire, to stand-ins that take nothing else."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from bot.backends.base import MagicPrompt, ProviderName, Request, Source, Speed
from bot.backends.capabilities import Brought, clash, missing
from bot.backends.entry import Entry, Feature, Form
from bot.backends.errors import Reason, Rejected
from sandbox.providers.fal import Fal
from tests.backends.asked import Asked, beyond, codes, everything
from tests.backends.conftest import Bench, request_for

# The stand-ins read it and paint nothing, which is most of the time that a picture takes.
UNPAINTED = "a lighthouse __garbage__"


@pytest.fixture
def hasty(each: Bench) -> Bench:
    """Each entry at a stand-in that looks at a call at once and takes no time for the work."""
    each.server.latency = 0
    if isinstance(each.server, Fal):
        each.server.validates_at_submit = True
    if each.entry.provider is not ProviderName.IDEOGRAM:
        each.server.gate.clear()
    return each


def said(body: Any, name: str) -> list[Any]:
    """Give what a call said under a dotted name; nothing where the name is not in it."""
    here = body[0] if isinstance(body, list) else body
    if "image_request" in here:
        here = here["image_request"]
    for part in name.split("."):
        if not isinstance(here, dict) or part not in here:
            return []
        here = here[part]
    return [here]


def names(entry: Entry, asked: Asked) -> list[str]:
    """Give under which names the wish should be found; a ratio may be sent as a size."""
    feature = asked.feature
    if feature is Feature.ASPECT and feature not in entry.inputs:
        feature = Feature.SIZE
    taken = entry.inputs[feature]
    if taken.form in (Form.FILE, Form.FILES):
        return []
    return taken.name.split()


async def test_every_value_of_every_parameter_is_taken(hasty: Bench, reference: Source) -> None:
    entry, wishes = hasty.entry, everything(hasty.entry)
    seen: dict[Feature, list[Any]] = {}

    async with hasty.open() as backend:
        for asked in wishes:
            fields: dict[str, Any] = {"prompt": UNPAINTED} if entry.takes(Feature.PROMPT) else {}
            fields |= asked.fields
            call = hasty.call(references=(reference,) * asked.references, **fields)
            assert missing(entry, call.request, brought(entry, asked)) is None, asked
            # Runware lists this speed, and does not say for which models.
            refused = call.request.speed is Speed.QUALITY and entry.name == "runware-v2"
            with pytest.raises(Rejected) if refused else nullcontext():
                await backend.submit(call)
            told = [said(hasty.paid()[-1].body, name) for name in names(entry, asked)]
            assert all(told), asked
            seen.setdefault(asked.feature, []).append(told)

    assert set(seen) >= set(entry.inputs) - {Feature.SOURCE, Feature.MASK, Feature.SIZE}
    for feature in set(seen) & {Feature.STYLE, Feature.STYLE_PRESET, Feature.SPEED}:
        values = entry.inputs[feature].values.values()
        assert [value for [[value]] in seen[feature]] == list(values)
    assert hasty.submits() == len(wishes)


async def test_all_that_can_be_combined_is_taken_together(hasty: Bench, reference: Source) -> None:
    entry = hasty.entry
    first: dict[Feature, Asked] = {}
    for asked in everything(entry):
        shaped = asked.feature in (Feature.ASPECT, Feature.SIZE) and (
            {Feature.ASPECT, Feature.SIZE} & first.keys()
        )
        if asked.feature is not Feature.STYLE_CODES and not shaped:
            first.setdefault(asked.feature, asked)
    fields = {name: value for asked in first.values() for name, value in asked.fields.items()}
    if entry.takes(Feature.STYLE_PRESET):
        fields.pop("style_preset")
    count = max(asked.references for asked in first.values())

    async with hasty.open() as backend:
        await backend.submit(hasty.call(references=(reference,) * count, **fields))

    body = hasty.paid()[-1].body
    for feature in first.keys() - {Feature.STYLE_PRESET}:
        assert all(said(body, name) for name in names(entry, first[feature])), feature


async def test_what_is_out_of_range_is_known_before_it_is_sent(
    hasty: Bench, reference: Source
) -> None:
    entry = hasty.entry
    wishes = beyond(entry)
    assert wishes

    for asked in wishes:
        request = request_for(entry, **asked.fields)
        lack = missing(entry, request, brought(entry, asked))
        assert lack is not None, asked
        assert lack.what is asked.feature


NUMBERS = (Feature.STRENGTH, Feature.SEED, Feature.COUNT, Feature.QUALITY)


async def test_a_number_out_of_range_is_refused_by_the_provider_too(hasty: Bench) -> None:
    wishes = [asked for asked in beyond(hasty.entry) if asked.feature in NUMBERS]
    assert wishes

    async with hasty.open() as backend:
        for asked in wishes:
            with pytest.raises(Rejected) as caught:
                await backend.submit(hasty.call(**asked.fields))
            assert caught.value.reason is Reason.BAD_REQUEST, asked

    assert len(hasty.server.bill) == 0


def both(entry: Entry, pair: tuple[Feature, Feature]) -> tuple[Request, int]:
    """Ask for two things that exclude each other; gives the request and its references."""
    fields: dict[str, Any] = {}
    references = 0
    for feature in pair:
        asked = next(one for one in everything(entry) if one.feature is feature)
        fields |= asked.fields
        references = max(references, asked.references)
    if "aspect" in fields:
        fields["size"] = fields.pop("size")
    request = request_for(entry, **fields)
    return replace(request, aspect=fields.get("aspect", request.aspect)), references


async def test_what_excludes_each_other_is_known_before_it_is_sent(each: Bench) -> None:
    entry = each.entry
    pairs = [pair for pair in entry.exclusive if all(map(entry.takes, pair))]

    for pair in pairs:
        request, references = both(entry, pair)
        pictures = Brought(
            source=entry.takes(Feature.SOURCE),
            mask=entry.takes(Feature.MASK),
            references=references,
        )
        assert clash(entry, request, pictures) == pair
    assert clash(entry, request_for(entry), Brought(source=True)) is None


CODES_ALONE = ((Feature.STYLE_CODES, Feature.STYLE), (Feature.STYLE_CODES, Feature.REFERENCES))


async def test_style_codes_beside_another_style_are_refused_by_the_provider_too(
    hasty: Bench, reference: Source
) -> None:
    entry = hasty.entry
    pairs = [pair for pair in CODES_ALONE if all(map(entry.takes, pair))]
    assert bool(pairs) is entry.takes(Feature.STYLE_CODES)

    async with hasty.open() as backend:
        for pair in pairs:
            request, references = both(entry, pair)
            call = hasty.call(references=(reference,) * references)
            with pytest.raises(Rejected) as caught:
                await backend.submit(replace(call, request=request))
            assert caught.value.reason is Reason.BAD_REQUEST

    assert len(hasty.server.bill) == 0


async def test_what_is_not_asked_for_is_left_to_the_provider(hasty: Bench) -> None:
    entry = hasty.entry
    left = set(entry.inputs) - ALWAYS_SENT

    async with hasty.open() as backend:
        prompt = UNPAINTED if entry.takes(Feature.PROMPT) else ""
        await backend.submit(hasty.call(magic_prompt=MagicPrompt.AUTO, prompt=prompt))

    body = hasty.paid()[-1].body
    for feature in left:
        name = entry.inputs[feature].name
        assert not said(body, name) or name in entry.fixed, feature
    assert codes(1)[0] not in str(body)


ALWAYS_SENT = {
    Feature.PROMPT,
    Feature.SOURCE,
    Feature.MASK,
    Feature.STRENGTH,
    Feature.COUNT,
    Feature.ASPECT,
    Feature.SIZE,
    Feature.MAGIC_PROMPT,
}


def brought(entry: Entry, asked: Asked) -> Brought:
    return Brought(
        source=entry.takes(Feature.SOURCE),
        mask=entry.takes(Feature.MASK),
        references=asked.references,
    )
