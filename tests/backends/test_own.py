from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot.backends import own_checks
from bot.backends.base import Operation, Request, Speed
from bot.backends.capabilities import Brought, missing
from bot.backends.catalogue import CATALOGUE, by_name
from bot.backends.compose import document
from bot.backends.entry import Direction, Entry, Feature
from bot.backends.own import OwnBackendsError, read
from bot.backends.sizes import Size

GOOD = """
[prices]
fal-v3 = 0.05
"fal-v3.turbo" = "0.025"

[[backend]]
like = "fal-v3"
name = "fal-character"
title = "Ideogram character on fal"
model = "fal-ai/ideogram/character/remix"
price = 0.15
price_date = "2026-11"
deadline_seconds = 300
strength = "further"
sizes = ["1024x1024", "1280x800"]
without = ["references", "speed"]

[backend.inputs.style]
values = { auto = "AUTO", fiction = "FICTION" }

[backend.inputs.magic_version]
name = "options.version"
form = "choice"
values = { new = "V_9" }

[[backend]]
like = "fal-character"
name = "fal-character-2"
price = "0.10"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "backends.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(OwnBackendsError) as caught:
        read(written(folder, text), CATALOGUE)
    return str(caught.value)


def test_a_sibling_is_what_it_is_like_but_for_what_the_file_says(tmp_path: Path) -> None:
    entries = read(written(tmp_path, GOOD), CATALOGUE)

    own, base = by_name("fal-character", among=entries), by_name("fal-v3")
    assert own.provider is base.provider
    assert (own.model, own.price) == ("fal-ai/ideogram/character/remix", Decimal("0.15"))
    assert own.strength is Direction.FURTHER
    assert own.sizes == (Size(width=1024, height=1024), Size(width=1280, height=800))
    assert set(base.inputs) - set(own.inputs) == {Feature.REFERENCES, Feature.SPEED}
    assert own.choices(Feature.STYLE) == ("auto", "fiction")
    assert own.inputs[Feature.STYLE].name == base.inputs[Feature.STYLE].name
    assert by_name("fal-character-2", among=entries).inputs == own.inputs


def test_a_sibling_is_written_in_its_own_words(tmp_path: Path) -> None:
    entries = read(written(tmp_path, GOOD), CATALOGUE)
    own = by_name("fal-character", among=entries)
    request = Request(
        backend=own.name, prompt="p", strength=90, style="fiction", magic_version="new"
    )

    assert missing(own, request, Brought(source=True)) is None
    assert document(own, request, (1280, 800)) == {
        "prompt": "p",
        "strength": 0.11,
        "style": "FICTION",
        "expand_prompt": True,
        "options": {"version": "V_9"},
        "num_images": 1,
        "image_size": {"width": 1280, "height": 800},
    }


def test_prices_are_replaced_for_all_operations_of_a_backend(tmp_path: Path) -> None:
    entries = read(written(tmp_path, GOOD), CATALOGUE)

    for operation in (Operation.REMIX, Operation.EDIT, Operation.REFRAME):
        priced = by_name("fal-v3", operation, entries)
        assert priced.price_at(None) == Decimal("0.05")
        assert priced.price_at(Speed.TURBO) == Decimal("0.025")
        assert priced.price_at(Speed.QUALITY) == Decimal("0.09")
    assert by_name("fal-v2", among=entries) == by_name("fal-v2")


def given(feature: str, lines: str) -> str:
    return f"{BACKEND}[backend.inputs.{feature}]\n{lines}"


BACKEND = '[[backend]]\nlike = "fal-v3"\nname = "mine"\nprice = 0.05\n'
OTHER = BACKEND + 'operation = "edit"\nlike_operation = "remix"'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[prices", "is no TOML"),
        ("[prices]\nfal-v9 = 0.05", "prices: there is no fal-v9; there are fal-v2,"),
        ('[prices]\n"fal-v3.slow" = 0.05', "prices: there is no fal-v3.slow"),
        ("[prices]\nfal-v3 = 0", "prices.fal-v3: Input should be greater than 0"),
        ("[prices]\nfal-v3 = 'cheap'", "prices.fal-v3: Input should be a valid decimal"),
        ("[price]\nfal-v3 = 1", "price: Extra inputs are not permitted"),
        (BACKEND.replace("price", "cost"), "backend 1.price: Field required"),
        (BACKEND.replace("fal-v3", "fal-v9"), "backend 1 (mine): like: there is no fal-v9"),
        (BACKEND.replace("mine", "fal-v2"), "backend 1 (fal-v2): name: is taken"),
        (BACKEND.replace("mine", "My Own"), "backend 1.name: String should match"),
        (BACKEND + 'sizes = ["big"]', "backend 1.sizes"),
        (BACKEND + 'without = ["colour"]', "backend 1.without.0: Input should be"),
        (BACKEND + "deadline_seconds = 1", "backend 1.deadline_seconds: Input should be greater"),
        (BACKEND + "[backend.inputs.magic_version]\nleast = 1", "inputs.magic_version: name: is"),
        (BACKEND + '[backend.inputs.style]\nform = "odd"', "backend 1.inputs.style.form"),
        (OTHER, "inputs.mask: is missing"),
        (OTHER.replace("edit", "generate"), "without: must name source, because generate has"),
        (given("speed", 'values = { fast = "FAST" }'), "values: fast is not one of flash, turbo"),
        (given("palette", 'values = { rose = "ROSE" }'), "values: rose is not one of ember"),
        (given("style", 'values = { Auto = "AUTO" }'), "values: Auto is not small letters"),
        (given("style", "values = {}"), "inputs.style.values: name no choice"),
        (given("style", 'form = "plain"'), "inputs.style.form: is one of choice"),
        (given("palette", 'form = "choice"'), "palette.form: is one of palette_rgb, palette_hex,"),
        (given("magic_prompt", "values = { on = true }"), "magic_prompt.values: have no auto"),
        (given("seed", "least = 9\nmost = 8"), "inputs.seed.least: is more than most"),
        (given("references", "most = 5"), "inputs.references.most: is at most 4"),
        (given("count", "most = 21"), "inputs.count.most: is at most 20"),
        (given("strength", "most = 1000"), "inputs.strength.most: is at most 100"),
        (given("size", 'form = "size_fields"'), "size.name: is the names of two fields"),
        (given("size", 'form = "size_text"\npattern = "{w}"'), "size.pattern: has {width} and"),
        (
            given("aspect", 'name = "r"\nform = "ratio"\nvalues = { "1:1" = "1" }'),
            "inputs.aspect.values: have no 16:9, 9:16,",
        ),
        (BACKEND + "speed_prices = { flash = 0.01 }", "speed_prices: there is no speed flash"),
        (BACKEND, "speed_prices: give a price for turbo, quality, or leave out the speed"),
    ],
)
def test_each_fault_of_the_file_is_named_with_its_place(
    tmp_path: Path, text: str, says: str
) -> None:
    found = refusal(tmp_path, text)

    assert found.startswith(f"{tmp_path / 'backends.toml'}: ")
    assert says in found


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    found = refusal(tmp_path, "[prices]\nfal-v3 = -1\nfal-v2 = 'x'\n")

    assert len(found.splitlines()) == 2


def test_the_faults_of_all_backends_and_prices_are_named_at_once(tmp_path: Path) -> None:
    found = refusal(tmp_path, BACKEND + BACKEND.replace("mine", "fal-v2") + "[prices]\nx = 1\n")

    one, two, three = found.splitlines()
    assert "backend 1 (mine): speed_prices: give a price" in one
    assert "backend 2 (fal-v2): name: is taken" in two
    assert "prices: there is no x" in three


def test_no_ratio_is_offered_whose_size_the_backend_does_not_make(tmp_path: Path) -> None:
    text = """
[[backend]]
like = "runware-v2"
name = "runware-v3"
model = "ideogram:4@2"
price = 0.06
speed_prices = { turbo = 0.03 }
sizes = ["1024x1024", "1280x800", "1312x736"]
"""
    own = by_name("runware-v3", among=read(written(tmp_path, text), CATALOGUE))

    assert list(own.aspects) == ["1:1", "16:9"]


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: f"{entry.operation} {entry.name}")
def test_no_fault_is_found_with_what_the_catalogue_has(entry: Entry) -> None:
    assert list(own_checks.faults(entry, entry)) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OwnBackendsError, match=r"none\.toml: cannot be read"):
        read(tmp_path / "none.toml", CATALOGUE)
