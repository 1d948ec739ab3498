"""Each rule of a command or its options is broken alone."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.rules import check_autocomplete, check_commands

Json = dict[str, Any]


def option(name: str = "prompt", kind: int = 3, **more: Any) -> Json:
    return {"type": kind, "name": name, "description": "What to draw", **more}


def command(*options: Json, **more: Any) -> Json:
    return {"name": "remix", "description": "Remix", "options": list(options), **more}


def group(*options: Json, kind: int = 2, name: str = "set") -> Json:
    return option(name, kind, options=list(options))


def menu(**more: Any) -> Json:
    return {"type": 3, "name": "Remix This", **more}


def choice(name: str = "a", value: object = "a") -> Json:
    return {"name": name, "value": value}


LONG = [option(f"o{n}", choices=[choice(str(c), f"{c}".rjust(100)) for c in range(4)])
        for n in range(19)]  # fmt: skip

BROKEN: dict[str, tuple[list[Json], str]] = {
    "a name with capitals": ([command(name="Remix")], "'Remix' has capitals"),
    "a name with a space": ([command(name="re mix")], "' ' may not stand"),
    "an empty name": ([command(name="")], "name: has 0"),
    "a name of 33": ([command(name="x" * 33)], "name: has 33"),
    "no description": ([command(description=None)], "description: is missing"),
    "an empty description": ([command(description="")], "description: has 0"),
    "a description of 101": ([command(description="x" * 101)], "description: has 101"),
    "a description on a menu": ([menu(description="x")], "at most 0"),
    "options on a menu": ([menu(options=[option()])], "only a slash command"),
    "a menu's name of 33": ([menu(name="x" * 33)], "name: has 33"),
    "a translated name with capitals": (
        [command(name_localizations={"de": "Remix"})],
        "name_localizations.de: 'Remix' has capitals",
    ),
    "an empty translation": (
        [command(description_localizations={"de": ""})],
        "description_localizations.de: has 0",
    ),
    "an unknown locale": ([command(name_localizations={"en": "remix"})], "unknown locale 'en'"),
    "two of one name": ([command(), command()], "'remix' occurs 2 times"),
    "101 commands": ([command(name=f"c{n}") for n in range(101)], "101 of type 1"),
    "16 menus": ([menu(name=f"c{n}") for n in range(16)], "16 of type 3"),
    "an unknown type": ([command(type=9, options=None, description="")], "unknown type 9"),
    "an unknown key": ([command(permissions=1)], "unknown key 'permissions'"),
    "no contexts": ([command(contexts=[])], "contexts: is neither"),
    "an unknown context": ([command(contexts=[3])], "unknown value 3"),
    "an installation twice": ([command(integration_types=[0, 0])], "0 occurs 2 times"),
    "permissions in words": ([command(default_member_permissions="ADMIN")], "not a number"),
    "negative permissions": ([command(default_member_permissions=-1)], "not a set of"),
    "options that are not objects": ([{**command(), "options": [1]}], "is not an object"),
    "a negative length": ([command(option(min_length=-1))], "min_length: is -1"),
    "a choice without a number": (
        [command(option("n", 4, choices=[{"name": "x"}]))],
        "value: is missing",
    ),
    "a misspelt key of a choice": (
        [command(option(choices=[{**choice(), "valeu": 1}]))],
        "unknown key 'valeu'",
    ),
    "options that are no list": ([{**command(), "options": {}}], "is not a list"),
    "8001 characters": (
        [command(*LONG, name="x" * 32, description="y" * 18)],
        "has 8001 characters",
    ),
    "26 options": ([command(*(option(f"o{n}") for n in range(26)))], "options: has 26"),
    "two options of one name": ([command(option(), option())], "'prompt' occurs 2 times"),
    "required after optional": (
        [command(option(), option("image", 11, required=True))],
        "required option stands after an optional one",
    ),
    "an option's name with capitals": ([command(option("Prompt"))], "has capitals"),
    "an option without description": ([command(option(description=""))], "has 0 characters"),
    "an unknown kind of option": ([command(option(kind=12))], "unknown option type 12"),
    "a misspelt key of an option": ([command(option(requierd=True))], "'requierd'"),
    "choices and autocomplete": (
        [command(option(choices=[choice()], autocomplete=True))],
        "both choices and autocomplete",
    ),
    "autocomplete of a member": ([command(option("who", 6, autocomplete=True))], "type USER"),
    "choices of a switch": (
        [command(option("on", 5, choices=[choice("a", 1)]))],
        "choices: not for an option of type BOOLEAN",
    ),
    "26 choices": (
        [command(option(choices=[choice(str(n), str(n)) for n in range(26)]))],
        "choices: has 26",
    ),
    "two choices of one name": (
        [command(option(choices=[choice("a", "1"), choice("a", "2")]))],
        "name: 'a' occurs 2 times",
    ),
    "two choices of one value": (
        [command(option(choices=[choice("a", "1"), choice("b", "1")]))],
        "value: '1' occurs 2 times",
    ),
    "a choice's name of 101": ([command(option(choices=[choice("x" * 101)]))], "has 101"),
    "a choice's value of 101": ([command(option(choices=[choice("x", "x" * 101)]))], "has 101"),
    "a choice of the wrong type": (
        [command(option("n", 4, choices=[choice("x", "1")]))],
        "is not a number",
    ),
    "a choice between whole numbers": (
        [command(option("n", 4, choices=[choice("x", 1.5)]))],
        "not a whole number",
    ),
    "a range for a text": ([command(option(max_value=5))], "max_value: not for"),
    "a length for a number": ([command(option("n", 4, max_length=5))], "max_length: not for"),
    "min above max": ([command(option("n", 4, min_value=5, max_value=4))], "is above"),
    "a length of 6001": ([command(option(max_length=6001))], "max_length: is 6001"),
    "a number above 2**53": (
        [command(option("n", 10, max_value=2.0**54))],
        "max_value: is",
    ),
    "channels for a text": ([command(option(channel_types=[0]))], "channel_types: not for"),
    "options of a text": ([command(option(options=[option()]))], "options: not for"),
    "a required subcommand": (
        [command(option("set", 1, required=True))],
        "required: not for an option of type SUBCOMMAND",
    ),
    "a subcommand beside an option": (
        [command(group(kind=1), option())],
        "cannot stand side by side",
    ),
    "a group in a group": (
        [command(group(group(group(kind=1), name="inner")))],
        "stands on the command only",
    ),
    "an empty group": ([command(group())], "options: has 0"),
    "a plain option in a group": ([command(group(option()))], "holds subcommands only"),
    "a subcommand in a subcommand": (
        [command(group(group(kind=1), kind=1))],
        "a subcommand cannot hold subcommands",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_command_that_breaks_one_rule_is_refused_for_it(name: str) -> None:
    payload, words = BROKEN[name]

    problems = check_commands(payload)

    assert len(problems) == 1, problems
    assert words in problems[0]


PASSES: dict[str, list[Json]] = {
    "nothing": [],
    "commands of each type with one name": [
        command(name="x"),
        {"type": 2, "name": "x", "description": ""},
        menu(name="x"),
    ],
    "100 slash commands and 15 menus": [
        *(command(name=f"c{n}") for n in range(100)),
        *(menu(name=f"M {n}") for n in range(15)),
    ],
    "other scripts": [command(name="ремикс"), command(name="रीमिक्स"), command(name="リミックス")],
    "all that a command has": [
        command(
            option("image", 11, required=True),
            option(required=True, min_length=1, max_length=2000),
            option("strength", 4, min_value=1, max_value=100),
            option("backend", autocomplete=True),
            option("style", choices=[choice("Auto", "auto"), choice("Real", "real")]),
            option("near", 10, choices=[choice("half", 0.5)]),
            option("where", 7, channel_types=[0]),
            type=1,
            name_localizations={"de": "remix", "en-GB": "remix"},
            description_localizations={"pt-BR": "Remixar"},
            default_member_permissions="32",
            contexts=[0],
            integration_types=[0],
            dm_permission=False,
            nsfw=False,
        )
    ],
    "no limits on who and where": [
        command(default_member_permissions=None, contexts=None, integration_types=None)
    ],
    "groups": [command(group(group(option(), kind=1, name="quota"))), command(name="b")],
    "8000 characters": [command(*LONG, name="x" * 32, description="y" * 17)],
}


@pytest.mark.parametrize("name", PASSES)
def test_commands_that_discord_takes_pass(name: str) -> None:
    assert check_commands(PASSES[name]) == []


def test_of_translations_only_the_longest_counts_towards_the_size() -> None:
    translations = {"de": "d" * 16, "fr": "f" * 17}
    fits = command(*LONG, name="x" * 32, description="y", description_localizations=translations)
    over = {**fits, "description_localizations": {"de": "d" * 18}}

    assert check_commands([fits]) == []
    assert ["has 8001 characters" in problem for problem in check_commands([over])] == [True]


def test_an_autocomplete_offers_at_most_25_choices_of_the_options_type() -> None:
    many = [choice(str(number), str(number)) for number in range(26)]

    assert check_autocomplete({"choices": many[:25]}) == []
    assert check_autocomplete({"choices": []}) == []
    assert "has 26 entries" in check_autocomplete({"choices": many})[0]
    assert "is not a number" in check_autocomplete({"choices": many[:1]}, 4)[0]
    assert check_autocomplete({}) == ["autocomplete.choices: is missing"]
