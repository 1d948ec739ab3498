from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction import LONGEST, Redactor

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789AB"
INTERACTION = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OmFiY2RlZg=="
SIGNED = (
    "https://cdn.discordapp.com/attachments/1/2/x.png?ex=6720aa00&is=671f5880&hm=c0ffee0123456789&"
)

LEAKS = [
    ("fal's header", "sent {'Authorization': 'Key ab12-id:cd34secret'}", "cd34secret"),
    ("fal's header alone", "header Key ab12-id:cd34secret refused", "cd34secret"),
    ("a bearer", "Authorization: Bearer rw-9f8e7d6c5b", "rw-9f8e7d6c5b"),
    ("a bearer alone", "b'bearer rw-9f8e7d6c5b'", "rw-9f8e7d6c5b"),
    ("Discord's header", "[('Authorization', 'Bot secret-of-a-bot')]", "secret-of-a-bot"),
    ("Ideogram's header", "headers: Api-Key: ideo-secret-1", "ideo-secret-1"),
    ("raw header bytes", "[(b'Api-Key', b'ideo-secret-1')]", "ideo-secret-1"),
    ("Runware's task", '[{"taskType":"authentication","apiKey":"rw-9f8e7d6c5b"}]', "rw-9f8e7d6c5b"),
    ("a keyword", "connect(api_key=rw-9f8e7d6c5b)", "rw-9f8e7d6c5b"),
    ("a gateway frame", "{'op': 2, 'd': {'token': 'whatever-it-is'}}", "whatever-it-is"),
    ("a named token", "interaction_token=abc.def-ghi", "abc.def-ghi"),
    ("a bot's token", f"logged in with {TOKEN} at last", TOKEN),
    ("an interaction's token", f"token of it {INTERACTION}", INTERACTION),
    ("a webhook", "POST /api/v10/webhooks/123/t0k3n-of_it/messages/@original", "t0k3n-of_it"),
    ("a webhook at the end", "https://discord.com/api/webhooks/123/t0k3n-of_it", "t0k3n-of_it"),
    ("a report", "POST /hooks/fal/0123456789abcdef0123456789abcdef 200", "0123456789abcdef"),
    ("a callback", "/interactions/456/t0k3n-of_it/callback?with_response=1", "t0k3n-of_it"),
    ("Discord's signed link", f"read {SIGNED} in 0.2 s", "c0ffee0123456789"),
    ("the time in it", f"read {SIGNED} in 0.2 s", "6720aa00"),
    ("Ideogram's link", "https://ideogram.ai/x.png?exp=1730414816&sig=0badcafe", "0badcafe"),
    ("a path alone", "GET /x.png?sig=0badcafe HTTP/1.1", "0badcafe"),
    ("a query alone", "params 'exp=1730414816&sig=0badcafe'", "0badcafe"),
    ("a proxy", "via http://me:pass-word@proxy.example:3128/", "pass-word"),
    ("a picture", "image_url='data:image/png;base64,iVBORw0KGgo='", "iVBORw0KGgo"),
]


@pytest.mark.parametrize(
    ("text", "secret"), [leak[1:] for leak in LEAKS], ids=[x[0] for x in LEAKS]
)
def test_what_looks_like_a_secret_is_hidden(text: str, secret: str) -> None:
    redacted = Redactor()(text)

    assert secret not in redacted
    assert "***" in redacted


@pytest.mark.parametrize(
    "text",
    [
        "job.state job=7f3c9a state=running seconds=1.4 credits=6",
        "Remix Bot 0.1.0 started",
        "KeyError: 'prompt'",
        "the token died, the key is missing",
        "https://queue.fal.run/fal-ai/ideogram/requests/764cabcf-b745-4b3e-ae38-1200304cf45b/status",
        "12:34:56 bot.jobs 2026-11-21T07:22:03Z",
        "webhooks/ and interactions are words",
    ],
)
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    assert Redactor()(text) == text


def test_known_values_are_hidden_wherever_they_stand() -> None:
    redact = Redactor(["plain+value/1", "plain+value/1-and-more", ""])

    assert redact("<plain+value/1>") == "<***>"
    assert redact("x=plain%2Bvalue%2F1&y") == "x=***&y"
    assert redact("<plain+value/1-and-more>") == "<***>"


def test_the_rest_of_a_link_stays_for_whoever_reads_the_log() -> None:
    assert Redactor()(SIGNED) == "https://cdn.discordapp.com/attachments/1/2/x.png?***"


@given(st.text(), st.text(alphabet="abc.:+?*|\\$", min_size=4), st.text())
def test_no_known_value_passes(before: str, secret: str, after: str) -> None:
    assert secret not in Redactor([secret])(f"{before} {secret} {after}").replace("***", " ")


def test_a_cut_leaves_no_half_of_a_secret() -> None:
    secret = "sec" + "r" * 40 + "et"
    redact = Redactor([secret])

    for pad in range(60):
        edge = LONGEST // 2 - pad
        text = "x" * edge + f" {secret} " + "y" * LONGEST + f" {secret} " + "z" * edge + "\nend"
        redacted = redact(text)
        assert "rrr" not in redacted
        assert redacted.endswith(f"({len(text)} characters) ...\nend")


def test_both_ends_of_a_long_text_stay() -> None:
    redacted = Redactor()("first\n" + "a line of many\n" * LONGEST + "the error itself")

    assert redacted.startswith("first\na line")
    assert redacted.endswith("a line of many\nthe error itself")
    assert len(redacted) < LONGEST + 100


@pytest.mark.parametrize(
    "piece",
    [
        "http://",
        "?a",
        "://a:",
        "token=",
        "Key aaaaa ",
        "a-",
        "data:a",
        "/webhooks/",
        " ",
        "token: \n",
    ],
)
def test_hostile_text_takes_no_long_time(piece: str) -> None:
    redact = Redactor(["secret-of-a-test"])
    text = piece * (LONGEST // len(piece))

    started = time.process_time()
    redact(text)

    # About 5 ms; a pattern that backtracks takes minutes.
    assert time.process_time() - started < 1
