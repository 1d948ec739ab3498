"""Each rule of a component is broken alone, once in a V2 message and where it may stand."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.rules import check_message

Component = dict[str, Any]


def text(content: str = "hello", **more: Any) -> Component:
    return {"type": 10, "content": content, **more}


def button(**more: Any) -> Component:
    return {"type": 2, "style": 2, "label": "Go", "custom_id": "go", **more}


def link(**more: Any) -> Component:
    return {"type": 2, "style": 5, "label": "Go", "url": "https://example.com", **more}


def row(*components: Component, **more: Any) -> Component:
    return {"type": 1, "components": list(components), **more}


def option(value: str = "a", **more: Any) -> Component:
    return {"label": value, "value": value, **more}


def select(count: int = 2, **more: Any) -> Component:
    options = [option(str(number)) for number in range(count)]
    return {"type": 3, "custom_id": "pick", "options": options, **more}


def users(**more: Any) -> Component:
    return {"type": 5, "custom_id": "who", **more}


def gallery(count: int = 1, **more: Any) -> Component:
    item = {"media": {"url": "https://example.com/a.png"}}
    return {"type": 12, "items": [{**item, **more} for _ in range(count)]}


def thumbnail(**more: Any) -> Component:
    return {"type": 11, "media": {"url": "https://example.com/a.png"}, **more}


def section(*texts: Component, **more: Any) -> Component:
    return {"type": 9, "components": list(texts), "accessory": button(), **more}


def container(*components: Component, **more: Any) -> Component:
    return {"type": 17, "components": list(components), **more}


def without(component: Component, key: str) -> Component:
    return {name: value for name, value in component.items() if name != key}


def check(components: list[Component]) -> list[str]:
    payload = {"flags": 1 << 15, "components": components}
    return check_message(payload, files=[], kept=[], editing=False, v2_before=False)


BROKEN: dict[str, tuple[list[Component], str]] = {
    # The tree
    "41 components, nested ones counted": (
        [container(*(section(text(), accessory=link()) for _ in range(13))), text()],
        "41 in all",
    ),
    "4001 characters in all": ([text("x" * 2000), container(text("x" * 2001))], "4001 characters"),
    "an unknown type": ([{"type": 99}], "unknown component type 99"),
    "a type that is missing": ([{}], "unknown component type None"),
    "a button at the top": ([button()], "a BUTTON may not stand here"),
    "a container in a container": ([container(container(text()))], "CONTAINER may not stand"),
    "a thumbnail outside of a section": ([container(thumbnail())], "THUMBNAIL may not stand"),
    "a text in a row": ([row(text())], "TEXT may not stand here"),
    "a label in a message": ([{"type": 18}], "LABEL may not stand here"),
    "a text input in a message": (
        [row({"type": 4, "style": 1, "custom_id": "in", "label": "x"})],
        "TEXT_INPUT may not stand here",
    ),
    "one component id twice": ([text(id=7), container(text(id=7))], "component ids: 7 occurs 2"),
    "a negative component id": ([text(id=-1)], "id: is -1"),
    "one custom_id twice": ([row(button()), section(text())], "'go' occurs 2 times"),
    "a custom_id of 101 characters": ([row(button(custom_id="x" * 101))], "has 101 characters"),
    "an empty custom_id": ([row(button(custom_id=""))], "has 0 characters"),
    # Buttons
    "a button without a custom_id": ([row(without(button(), "custom_id"))], "needs custom_id"),
    "a button with a link": ([row(button(url="https://example.com"))], "may not have url"),
    "a button with a sku": ([row(button(sku_id="1"))], "may not have sku_id"),
    "a link without a url": ([row(without(link(), "url"))], "needs url"),
    "a link with a custom_id": ([row(link(custom_id="x"))], "may not have custom_id"),
    "a link of another scheme": ([row(link(url="ftp://example.com"))], "is not a link of"),
    "a link of 513 characters": (
        [row(link(url="https://example.com/".ljust(513, "x")))],
        "has 513 characters",
    ),
    "a premium button with a label": (
        [row({"type": 2, "style": 6, "sku_id": "1", "label": "x"})],
        "may not have label",
    ),
    "a premium button without a sku": ([row({"type": 2, "style": 6})], "needs sku_id"),
    "a button style of 7": ([row(button(style=7))], "7 is not a button style"),
    "a label of 81 characters": ([row(button(label="x" * 81))], "has 81 characters"),
    "a button without a face": ([row(without(button(), "label"))], "a label or an emoji"),
    "an emoji that is a text": ([row(button(emoji="x"))], "emoji: is not an object"),
    "an emoji without a name": ([row(button(emoji={"id": None}))], "needs a name or an id"),
    "a misspelt key of a button": ([row(button(lable="x"))], "unknown key 'lable'"),
    # Rows
    "an empty row": ([row()], "has 0 entries"),
    "six buttons in a row": ([row(*(link() for _ in range(6)))], "has 6 entries"),
    "a button beside a select": ([row(select(), button())], "a select fills its row"),
    "a row with a custom_id": ([row(button(), custom_id="r")], "unknown key 'custom_id'"),
    # Selects
    "a select without a custom_id": ([row(without(select(), "custom_id"))], "is missing"),
    "a select without options": ([row(select(0))], "options: has 0"),
    "26 options": ([row(select(26))], "options: has 26"),
    "one value twice": ([row(select(0, options=[option(), option(label="b")]))], "'a' occurs 2"),
    "an option without a value": ([row(select(0, options=[{"label": "x"}]))], "value: is missing"),
    "an option's label of 101": (
        [row(select(0, options=[option(label="x" * 101)]))],
        "label: has 101",
    ),
    "an option's value of 101": (
        [row(select(0, options=[{"label": "x", "value": "x" * 101}]))],
        "value: has 101",
    ),
    "an option's description of 101": (
        [row(select(0, options=[option(description="x" * 101)]))],
        "description: has 101",
    ),
    "a misspelt key of an option": (
        [row(select(0, options=[option(defualt=True)]))],
        "unknown key 'defualt'",
    ),
    "more chosen than options": ([row(select(2, max_values=3))], "max_values: is 3"),
    "min above max": ([row(select(3, min_values=2, max_values=1))], "min_values 2 is above"),
    "26 users": ([row(users(max_values=26))], "max_values: is 26"),
    "max of 0": ([row(users(max_values=0, min_values=0))], "max_values: is 0"),
    "two preselected of one": (
        [row(select(0, options=[option("a", default=True), option("b", default=True)]))],
        "2 values are preselected, max_values is 1",
    ),
    "one preselected of two": (
        [row(users(min_values=2, max_values=3, default_values=[{"id": "1", "type": "user"}]))],
        "1 values are preselected, min_values is 2",
    ),
    "a placeholder of 151": ([row(users(placeholder="x" * 151))], "has 151 characters"),
    "options for users": ([row(users(options=[option()]))], "unknown key 'options'"),
    # Layout
    "an empty text": ([text("")], "has 0 characters"),
    "a text of white space": ([text("  ")], "only white space"),
    "a text without content": ([{"type": 10}], "content: is missing"),
    "a section without a text": ([section()], "has 0 entries"),
    "a section of four texts": ([section(*(text() for _ in range(4)))], "has 4 entries"),
    "a section without accessory": ([without(section(text()), "accessory")], "is missing"),
    "a select as accessory": ([section(text(), accessory=select())], "may not stand here"),
    "an empty gallery": ([gallery(0)], "items: has 0"),
    "eleven pictures": ([gallery(11)], "items: has 11"),
    "a picture without media": ([{"type": 12, "items": [{}]}], "media: is missing"),
    "a picture of another scheme": ([gallery(media={"url": "file:///a.png"})], "is not a link"),
    "a picture's text of 1025": ([gallery(description="x" * 1025)], "has 1025"),
    "a picture's empty text": ([gallery(description="")], "has 0 characters"),
    "a misspelt key of media": (
        [gallery(media={"url": "https://a.example/a.png", "width": 1})],
        "unknown key 'width'",
    ),
    "a thumbnail's text of 1025": (
        [section(text(), accessory=thumbnail(description="x" * 1025))],
        "has 1025",
    ),
    "a file from elsewhere": (
        [{"type": 13, "file": {"url": "https://example.com/a.png"}}],
        "is not a link of attachment",
    ),
    "a spacing of 3": ([{"type": 14, "spacing": 3}], "neither 1 nor 2"),
    "an empty container": ([container()], "has 0 entries"),
    "a colour above white": ([container(text(), accent_color=0x1000000)], "accent_color: is"),
    "a misspelt colour": ([container(text(), accent_colour=1)], "unknown key 'accent_colour'"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_component_that_breaks_one_rule_is_refused_for_it(name: str) -> None:
    components, words = BROKEN[name]

    problems = check(components)

    assert len(problems) == 1, problems
    assert words in problems[0]


PASSES: dict[str, list[Component]] = {
    "40 components": [container(*(section(text(), accessory=link()) for _ in range(13)))],
    "4000 characters": [text("x" * 2000), text("x" * 2000)],
    "five buttons of all styles": [
        row(
            *(button(style=style, custom_id=str(style)) for style in (1, 2, 3, 4)),
            link(disabled=True),
        ),
        row({"type": 2, "style": 6, "sku_id": "1"}),
    ],
    "a button with only an emoji": [
        row(without(button(emoji={"id": None, "name": "x"}), "label")),
    ],
    "a custom_id and label at their limits": [row(button(custom_id="x" * 100, label="y" * 80))],
    "25 options, all to be chosen": [row(select(25, min_values=0, max_values=25))],
    "ids of 0 are numbered by Discord": [text(id=0), text(id=0), text(id=1)],
    "each kind in a container": [
        container(
            text(),
            section(text(), text(), text(), accessory=thumbnail(description="x" * 1024)),
            gallery(10, spoiler=True, description="alt"),
            {"type": 14, "divider": True, "spacing": 2},
            row(users(default_values=[{"id": "1", "type": "user"}])),
            accent_color=0xFFFFFF,
            spoiler=False,
        )
    ],
    "each kind at the top": [
        text(),
        section(text()),
        gallery(),
        {"type": 14},
        row({"type": 8, "custom_id": "where", "channel_types": [0]}),
    ],
}


@pytest.mark.parametrize("name", PASSES)
def test_components_that_discord_takes_pass(name: str) -> None:
    assert check(PASSES[name]) == []


KINDS: dict[str, Component] = {
    "section": section(text()),
    "text": text(),
    "gallery": gallery(),
    "file": {"type": 13, "file": {"url": "attachment://a.png"}},
    "separator": {"type": 14},
    "container": container(text()),
    "row": row(button()),
}


@pytest.mark.parametrize("name", KINDS)
def test_an_unknown_key_of_any_component_is_refused(name: str) -> None:
    payload = {"flags": 1 << 15, "components": [{**KINDS[name], "custom": 1}]}
    files = ["a.png"] if name == "file" else []

    problems = check_message(payload, files=files, kept=[], editing=False, v2_before=False)

    assert problems == ["components[0]: unknown key 'custom'"]


INNER: dict[str, tuple[Component, str]] = {
    "an emoji": (row(button(emoji={"name": "x", "custom": 1})), ".components[0].emoji"),
    "an option's emoji": (
        row(select(0, options=[option(emoji={"name": "x", "custom": 1})])),
        ".components[0].options[0].emoji",
    ),
    "a picture": (gallery(custom=1), ".items[0]"),
    "a thumbnail": (section(text(), accessory=thumbnail(custom=1)), ".accessory"),
    "a thumbnail's media": (
        section(text(), accessory=thumbnail(media={"url": "https://a.example/a", "custom": 1})),
        ".accessory.media",
    ),
}


@pytest.mark.parametrize("name", INNER)
def test_an_unknown_key_inside_of_a_component_is_refused(name: str) -> None:
    component, place = INNER[name]

    assert check([component]) == [f"components[0]{place}: unknown key 'custom'"]


LISTS: dict[str, tuple[Component, str]] = {
    "options": (row(select(0, options=[1])), ".components[0].options[0]"),
    "a row": ({"type": 1, "components": [1]}, ".components[0]"),
    "a section": ({**section(text()), "components": [1]}, ".components[0]"),
    "a gallery": ({"type": 12, "items": [1]}, ".items[0]"),
    "a container": ({"type": 17, "components": [1]}, ".components[0]"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_with_something_else_than_objects_is_refused(name: str) -> None:
    component, place = LISTS[name]

    assert check([component]) == [f"components[0]{place}: is not an object"]
