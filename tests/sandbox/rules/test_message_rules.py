"""Each rule of a message is broken alone; what Discord takes passes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.rules import check_defer, check_message

V2 = 1 << 15
KEPT_ID = "1300000000000000000"


def text(content: str = "hello") -> dict[str, Any]:
    return {"type": 10, "content": content}


def gallery(*urls: str) -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": url}} for url in urls]}


def v2(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"flags": V2, "components": list(components), **more}


def button(custom_id: str = "a") -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id}


def row(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(components)}


def check(
    payload: dict[str, Any],
    files: list[str] | None = None,
    kept: list[str] | None = None,
    *,
    editing: bool = False,
    v2_before: bool = False,
) -> list[str]:
    return check_message(
        payload, files=files or [], kept=kept or [], editing=editing, v2_before=v2_before
    )


ON_CREATE: dict[str, tuple[dict[str, Any], str]] = {
    "nothing at all": ({}, "is empty"),
    "only white space": ({"content": " \n"}, "is empty"),
    "a reply without content": ({"message_reference": {"message_id": "1"}}, "is empty"),
    "content of 2001 characters": ({"content": "x" * 2001}, "content: has 2001"),
    "content that is a number": ({"content": 5, "embeds": [{"title": "x"}]}, "is not a text"),
    "a nonce of 26 characters": ({"content": "x", "nonce": "n" * 26}, "nonce: has more"),
    "a misspelt key": ({"content": "x", "contnet": "y"}, "unknown key 'contnet'"),
    "unknown flag bits": ({"content": "x", "flags": 1 << 20}, "cannot be set by a bot"),
    "flags that are a text": ({"content": "x", "flags": "64"}, "not a set of flags"),
    "V2 with content": (v2(text(), content="x"), "content: not allowed"),
    "V2 with embeds": (v2(text(), embeds=[{"title": "x"}]), "embeds: not allowed"),
    "V2 with a poll": (v2(text(), poll={"question": {"text": "?"}}), "poll: not allowed"),
    "V2 with stickers": (v2(text(), sticker_ids=["1"]), "sticker_ids: not allowed"),
    "V2 without components": ({"flags": V2}, "is empty"),
    "a V2 component without the flag": ({"components": [text()]}, "needs the Components V2"),
    "six classic rows": ({"components": [row(button(str(n))) for n in range(6)]}, "6 rows"),
    "four stickers": ({"sticker_ids": ["1", "2", "3", "4"]}, "sticker_ids: has 4"),
    "a list of numbers as components": ({"content": "x", "components": [1]}, "not an object"),
    "mentions parsed and listed": (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "both parsed and listed",
    ),
    "mentions of 101 members": (
        {"content": "x", "allowed_mentions": {"users": ["1"] * 101}},
        "users: has 101",
    ),
    "embeds that are not objects": ({"content": "x", "embeds": [1]}, "embeds[0]: is not"),
    "a misspelt key of a field": (
        {"embeds": [{"fields": [{"name": "n", "value": "v", "inlin": True}]}]},
        "unknown key 'inlin'",
    ),
    "attachments that are not objects": (
        {"content": "x", "attachments": [1]},
        "attachments[0]: is not an object",
    ),
    "components that are no list": ({"content": "x", "components": {}}, "is not a list"),
    "mentions of an unknown kind": (
        {"content": "x", "allowed_mentions": {"parse": ["user"]}},
        "unknown kind 'user'",
    ),
    "a misspelt key of mentions": (
        {"content": "x", "allowed_mentions": {"prase": []}},
        "unknown key 'prase'",
    ),
    "a link to a file that is not there": (v2(gallery("attachment://a.png")), "names no file"),
    "an embed's link to no file": (
        {"embeds": [{"image": {"url": "attachment://a.png"}}]},
        "names no file",
    ),
    "a new message that keeps files": (
        {"content": "x", "attachments": [{"id": KEPT_ID}]},
        "no earlier files",
    ),
    "an empty embed": ({"embeds": [{}]}, "embeds[0]: is empty"),
    "eleven embeds": ({"embeds": [{"title": "x"}] * 11}, "embeds: has 11"),
    "an embed's title of 257": ({"embeds": [{"title": "x" * 257}]}, "title: has 257"),
    "an embed's text of 4097": ({"embeds": [{"description": "x" * 4097}]}, "has 4097"),
    "an embed's footer of 2049": ({"embeds": [{"footer": {"text": "x" * 2049}}]}, "has 2049"),
    "an embed's author of 257": ({"embeds": [{"author": {"name": "x" * 257}}]}, "has 257"),
    "an embed with 26 fields": (
        {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]},
        "fields: has 26",
    ),
    "a field without a value": ({"embeds": [{"fields": [{"name": "n"}]}]}, "value: is missing"),
    "a field's name of 257": (
        {"embeds": [{"fields": [{"name": "n" * 257, "value": "v"}]}]},
        "name: has 257",
    ),
    "a field's value of 1025": (
        {"embeds": [{"fields": [{"name": "n", "value": "v" * 1025}]}]},
        "value: has 1025",
    ),
    "6001 characters in all embeds": (
        {"embeds": [{"description": "x" * 3000}, {"description": "y" * 3001}]},
        "6001 characters in all",
    ),
    "a misspelt key of an embed": ({"embeds": [{"title": "x", "titel": "y"}]}, "'titel'"),
}


@pytest.mark.parametrize("name", ON_CREATE)
def test_a_new_message_that_breaks_one_rule_is_refused_for_it(name: str) -> None:
    payload, words = ON_CREATE[name]

    problems = check(payload)

    assert len(problems) == 1, problems
    assert words in problems[0]


ON_EDIT: dict[str, tuple[dict[str, Any], bool, str]] = {
    "the V2 flag is removed": ({"flags": 4}, True, "cannot be removed"),
    "content in a V2 message": ({"content": "x"}, True, "content: not allowed"),
    "V2 components all taken away": ({"components": []}, True, "is empty"),
    "the V2 flag without components": ({"flags": V2}, False, "is empty"),
    "made ephemeral afterwards": ({"flags": 64}, False, "cannot be set by an edit"),
    "a V2 component without the flag": ({"components": [text()]}, False, "needs the Components"),
    "all taken away": (
        {"content": "", "embeds": [], "components": [], "attachments": []},
        False,
        "is empty",
    ),
    "a nonce": ({"nonce": "1", "content": "x"}, False, "unknown key 'nonce'"),
}


@pytest.mark.parametrize("name", ON_EDIT)
def test_an_edit_that_breaks_one_rule_is_refused_for_it(name: str) -> None:
    payload, v2_before, words = ON_EDIT[name]

    problems = check(payload, editing=True, v2_before=v2_before)

    assert len(problems) == 1, problems
    assert words in problems[0]


A, B = "attachment://a.png", "attachment://b.png"
WITH_FILES: dict[str, tuple[dict[str, Any], list[str], list[str], str]] = {
    "a file that nobody shows": (
        v2(text(), attachments=[{"id": 0}]),
        ["a.png"],
        [],
        "no component shows 'a.png'",
    ),
    "a kept file that nobody shows": (
        v2(text(), attachments=[{"id": KEPT_ID}]),
        [],
        ["a.png"],
        "no component shows 'a.png'",
    ),
    "files added without a list": (v2(gallery(A)), ["a.png"], [], "must list them"),
    "a file left out of the list": (
        v2(gallery(A, B), attachments=[{"id": 0, "filename": "a.png"}]),
        ["a.png", "b.png"],
        [],
        "does not list files[1], 'b.png'",
    ),
    "an index without a file": (
        v2(gallery(A), attachments=[{"id": 0}, {"id": 1}]),
        ["a.png"],
        [],
        "there is no files[1]",
    ),
    "a name that is not the file's": (
        v2(gallery(A), attachments=[{"id": 0, "filename": "b.png"}]),
        ["a.png"],
        [],
        "but files[0] is 'a.png'",
    ),
    "an id that is no number": (
        v2(gallery(A), attachments=[{"id": 0}, {"id": "abc"}]),
        ["a.png"],
        [],
        "neither an index nor a snowflake",
    ),
    "one id twice": (
        v2(gallery(A), attachments=[{"id": 0}, {"id": "0"}]),
        ["a.png"],
        [],
        "occurs 2 times",
    ),
    "a list that keeps what is not there": (
        v2(gallery(A), attachments=[{"id": 0}, {"id": KEPT_ID}]),
        ["a.png"],
        [],
        "keeps 1 files, the message has 0",
    ),
    "a misspelt key of an attachment": (
        v2(gallery(A), attachments=[{"id": 0, "filname": "a.png"}]),
        ["a.png"],
        [],
        "unknown key 'filname'",
    ),
    "a description of 1025": (
        v2(gallery(A), attachments=[{"id": 0, "description": "x" * 1025}]),
        ["a.png"],
        [],
        "has 1025 characters",
    ),
    "two files of one name": (
        v2(gallery(A), attachments=[{"id": 0}, {"id": 1}]),
        ["a.png", "a.png"],
        [],
        "'a.png' occurs 2 times",
    ),
    "a name that Discord changes": (
        v2(gallery("attachment://a b.png"), attachments=[{"id": 0}]),
        ["a b.png"],
        [],
        "Discord changes the name 'a b.png'",
    ),
    "eleven files, kept ones counted": (
        {"attachments": [*({"id": n} for n in range(10)), {"id": KEPT_ID}]},
        [f"{n}.png" for n in range(10)],
        ["kept.png"],
        "11 in all",
    ),
    "a file uploaded with no components": (
        {"attachments": [{"id": 0}], "flags": V2},
        ["a.png"],
        [],
        "no component of this request",
    ),
}


@pytest.mark.parametrize("name", WITH_FILES)
def test_an_edit_whose_files_break_one_rule_is_refused_for_it(name: str) -> None:
    payload, files, kept, words = WITH_FILES[name]
    is_v2 = "flags" in payload

    problems = check(payload, files, kept, editing=True, v2_before=is_v2)

    assert len(problems) == 1, problems
    assert words in problems[0]


def test_a_new_message_with_eleven_files_is_refused() -> None:
    assert check({"content": "x"}, [f"{n}.png" for n in range(11)]) == [
        "files: 11 in all; at most 10"
    ]


PASSES_NEW: dict[str, tuple[dict[str, Any], list[str]]] = {
    "content": ({"content": "x" * 2000, "tts": False, "nonce": "1", "enforce_nonce": True}, []),
    "ephemeral content": ({"content": "x", "flags": 64, "allowed_mentions": {"parse": []}}, []),
    "only a file": ({"attachments": [{"id": 0, "filename": "a.png"}]}, ["a.png"]),
    "a classic button": ({"content": "x", "components": [row(button())]}, []),
    "only classic buttons": ({"components": [row(button())]}, []),
    "an embed with a file": (
        {"embeds": [{"type": "rich", "flags": 0, "image": {"url": A}}]},
        ["a.png"],
    ),
    "V2 text": (v2(text("x" * 4000), content=None, embeds=[]), []),
    "V2 with files, unlisted": (v2(gallery(A, B)), ["a.png", "b.png"]),
    "V2 with a file listed": (v2(gallery(A), attachments=[{"id": "0"}]), ["a.png"]),
    "V2 with a picture from elsewhere": (v2(gallery("https://example.com/a.png")), []),
    "a forward": ({"message_reference": {"type": 1, "message_id": "1"}}, []),
}


@pytest.mark.parametrize("name", PASSES_NEW)
def test_a_new_message_that_discord_takes_passes(name: str) -> None:
    payload, files = PASSES_NEW[name]

    assert check(payload, files) == []


PASSES_EDIT: dict[str, tuple[dict[str, Any], list[str], list[str], bool]] = {
    "nothing changes": ({"tts": False}, [], ["a.png"], True),
    "a layout in place of thinking": (v2(text()), [], [], False),
    "a layout with new files": (
        v2(gallery(A), attachments=[{"id": 0, "filename": "a.png"}], tts=False),
        ["a.png"],
        [],
        True,
    ),
    "a kept file, by name": (v2(gallery(A), attachments=[{"id": KEPT_ID}]), [], ["a.png"], True),
    "a kept file, by link": (
        v2(gallery("https://cdn.example/attachments/1/2/a.png?ex=1&hm=2")),
        [],
        ["a.png"],
        True,
    ),
    "files dropped": (v2(text(), attachments=[]), [], [], True),
    "components without the flag again": ({"components": [text()]}, [], [], True),
    "content taken away": ({"content": None}, [], [], False),
    "a classic file added": ({"attachments": [{"id": 0}]}, ["a.png"], [], False),
}


@pytest.mark.parametrize("name", PASSES_EDIT)
def test_an_edit_that_discord_takes_passes(name: str) -> None:
    payload, files, kept, v2_before = PASSES_EDIT[name]

    assert check(payload, files, kept, editing=True, v2_before=v2_before) == []


@pytest.mark.parametrize("payload", [None, {}, {"flags": 0}, {"flags": 64}])
def test_a_deferral_may_only_be_ephemeral(payload: dict[str, Any] | None) -> None:
    assert check_defer(payload) == []


@pytest.mark.parametrize("flags", [V2, V2 | 64, 4, "64"])
def test_a_deferral_with_other_flags_is_refused(flags: object) -> None:
    problems = check_defer({"flags": flags})

    assert len(problems) == 1
    assert "only EPHEMERAL" in problems[0]


def test_a_deferral_with_content_is_refused() -> None:
    assert check_defer({"content": "x"}) == ["defer: unknown key 'content'"]
