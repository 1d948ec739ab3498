"""How Ideogram's stand-in is made to fail as each row of its table says."""

from __future__ import annotations

from collections.abc import Mapping

from bot.backends import ideogram_failures as failures
from bot.backends.failures import Step
from sandbox.providers.steps import Step as Point
from tests.jobs.failures import HTML, UNREADABLE, Key, Recipe, at, by_prompt, downloads, unreachable


def _refused(status: int, error: str, reason: str | None = None) -> Recipe:
    body = {"error": error} | ({} if reason is None else {"reject_reason": reason})
    return at("ideogram", Point.SUBMIT, status=status, body=body)


def _status(status: int) -> Recipe:
    return at("ideogram", Point.SUBMIT, status=status, body=HTML)


RECIPES: Mapping[Key, Recipe] = {
    (Step.UPLOAD, failures.UNREADABLE.sign): UNREADABLE,
    (Step.SUBMIT, failures.NOT_SENT.sign): unreachable("ideogram"),
    (Step.SUBMIT, failures.CUT.sign): at("ideogram", Point.SUBMIT, cut_wire=100),
    (Step.SUBMIT, "HTTP 5??"): at("ideogram", Point.SUBMIT, status=504, process=True),
    (Step.SUBMIT, "inflight_limit"): _refused(402, "Too many requests", "inflight_limit"),
    (Step.SUBMIT, "insufficient_funds"): _refused(
        402, "Insufficient credits", "insufficient_funds"
    ),
    (Step.SUBMIT, "HTTP 429"): _status(429),
    (Step.SUBMIT, "HTTP 422"): by_prompt("policy"),
    (Step.SUBMIT, "* at image with 400"): _refused(400, "image_file: too small"),
    (Step.SUBMIT, "HTTP 404"): _status(404),
    (Step.SUBMIT, "HTTP 4??"): _status(418),
    (Step.SUBMIT, "HTTP ???"): at(
        "ideogram", Point.SUBMIT, status=200, body={"created": "now"}, process=True
    ),
    (Step.RESULT, failures.WITHHELD.sign): by_prompt("unsafe"),
    **downloads("ideogram"),
}
