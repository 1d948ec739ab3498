"""How fal's stand-in is made to fail as each row of its table says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.backends import fal_failures as failures
from bot.backends.failures import Link, Step
from sandbox.faults import Fault
from sandbox.providers import steps
from sandbox.providers.account import Account
from sandbox.providers.fal.errors import Failure, failure
from sandbox.providers.fal.kinds import MODEL_ERRORS, REQUEST_ERRORS
from tests.jobs.failures import (
    HTML,
    UNREADABLE,
    UPSTREAM_MARK,
    Key,
    Recipe,
    at,
    downloads,
    unreachable,
)
from tests.jobs.world import World

KINDS = (*MODEL_ERRORS, *REQUEST_ERRORS)
CHARGED = ("content_policy_violation", "no_media_generated")
"""What ran before it failed."""
AT: Mapping[Step, steps.Step] = {
    Step.UPLOAD: steps.Step.UPLOAD,
    Step.SUBMIT: steps.Step.SUBMIT,
    Step.WAIT: steps.Step.STATUS,
    Step.RESULT: steps.Step.RESULT,
}


def _account(account: Account) -> Recipe:
    def arrange(world: World, _: int | None) -> None:
        world.providers.fal.account = account

    return Recipe(arrange=arrange)


def _ending(found: Failure) -> Recipe:
    """Let the work itself end so."""
    return Recipe(arrange=lambda world, _: world.providers.fal.endings.append(found))


def _untyped(status: int, *, charged: bool = False) -> Failure:
    """The end of a work of which only the status says anything."""
    return Failure(status=status, type="", body={"detail": "Something happened"}, charged=charged)


def _kinds(step: Step) -> dict[Key, Recipe]:
    if step is Step.SUBMIT:
        answers = {kind: failure(kind, marked=False).answer for kind in KINDS}
        return {(step, kind): at("fal", steps.Step.SUBMIT, **how) for kind, how in answers.items()}
    return {
        (step, kind): _ending(failure(kind, marked=False, charged=kind in CHARGED))
        for kind in KINDS
    }


def _statuses(step: Step, signs: Iterable[str]) -> dict[Key, Recipe]:
    """Answer a step with a bare status, and nothing that says more."""
    classes = {"HTTP 3xx": 307, "HTTP 4xx": 418, "HTTP 5xx": 500}
    given = {sign: classes.get(sign) or int(sign.removeprefix("HTTP ")) for sign in signs}
    return {
        (step, sign): at("fal", AT[step], status=status, body=HTML, headers=UPSTREAM_MARK)
        for sign, status in given.items()
    }


def _broken(step: Step, **cut: Any) -> dict[Key, Recipe]:
    return {
        (step, failures.CUT): at("fal", AT[step], **cut),
        (step, failures.GARBLED): at("fal", AT[step], status=200, body=HTML),
    }


def _unsent(recipes: Mapping[Key, Recipe]) -> dict[Key, Recipe]:
    return {key: replace(recipe, reaches=False) for key, recipe in recipes.items()}


def _upload(path: str, **how: Any) -> Recipe:
    return Recipe(
        arrange=lambda world, times: world.providers.fal.faults.add(path=path, times=times, **how)
    )


def _without_stream(recipes: Mapping[Key, Recipe]) -> dict[Key, Recipe]:
    """Let there be no stream, so that the status is asked for."""

    def bare(recipe: Recipe) -> Recipe:
        def arrange(world: World, times: int | None) -> Fault | None:
            world.providers.fal.fail(steps.Step.STREAM, status=404, times=None)
            return recipe.arrange(world, times)

        return replace(recipe, arrange=arrange)

    return {key: bare(recipe) for key, recipe in recipes.items()}


KEYS = ("HTTP 402", "HTTP 403")
REVOKED = {"HTTP 401": _account(Account.REVOKED), failures.LOCKED: _account(Account.LOCKED)}

_UPLOADS: dict[Key, Recipe] = {
    **{(Step.UPLOAD, sign): recipe for sign, recipe in REVOKED.items()},
    **_statuses(Step.UPLOAD, [*KEYS, "HTTP 429", "HTTP 3xx", "HTTP 4xx", "HTTP 5xx"]),
    **_broken(Step.UPLOAD, drop="before"),
    (Step.UPLOAD, failures.PRIVATE): _upload(
        "/initiate", body={"upload_url": "https://127.0.0.1/x", "file_url": "https://a/b"}
    ),
    (Step.UPLOAD, failures.NOT_TAKEN): _upload("/upload/files/", status=403),
}
_SUBMITS: dict[Key, Recipe] = {
    (Step.SUBMIT, failures.NOT_SENT): unreachable("fal"),
    **{(Step.SUBMIT, sign): recipe for sign, recipe in REVOKED.items()},
    **_kinds(Step.SUBMIT),
    **_broken(Step.SUBMIT, drop="after"),
    **_statuses(
        Step.SUBMIT,
        [*KEYS, "HTTP 404", "HTTP 408", "HTTP 413", "HTTP 415", "HTTP 429", "HTTP 499"],
    ),
    **_statuses(Step.SUBMIT, ["HTTP 3xx", "HTTP 4xx", "HTTP 5xx"]),
}
_ASKED = ["HTTP 401", *KEYS, "HTTP 404", "HTTP 408", "HTTP 429", "HTTP 3xx", "HTTP 4xx"]
_WAITS = {**_broken(Step.WAIT, drop="before"), **_statuses(Step.WAIT, [*_ASKED, "HTTP 5xx"])}
_RESULTS: dict[Key, Recipe] = {
    **_kinds(Step.RESULT),
    **_broken(Step.RESULT, drop="before"),
    **_statuses(Step.RESULT, _ASKED),
    (Step.RESULT, failures.GATEWAY): at("fal", steps.Step.RESULT, status=502, body=HTML),
    (Step.RESULT, "HTTP 422"): _ending(_untyped(422, charged=True)),
    (Step.RESULT, "HTTP 499"): _ending(_untyped(499)),
    (Step.RESULT, "HTTP 5xx"): _ending(_untyped(500)),
}

RECIPES: Mapping[Key, Recipe] = {
    (Step.UPLOAD, failures.NO_SOURCE): UNREADABLE,
    **_unsent(_UPLOADS),
    **_SUBMITS,
    **_without_stream(_WAITS),
    **_RESULTS,
    (Step.DOWNLOAD, Link.WITHHELD): at(
        "fal", steps.Step.RESULT, status=200, body={"images": [{"url": None}], "seed": 1}
    ),
    **downloads("fal"),
}
