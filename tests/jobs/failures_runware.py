"""How Runware's stand-in is made to fail as each row of its table says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.backends import runware_failures as failures
from bot.backends.failures import Step
from sandbox.faults import Fault
from sandbox.providers.steps import Step as Point
from tests.jobs.failures import HTML, UNREADABLE, Key, Recipe, at, by_prompt, downloads, unreachable
from tests.jobs.world import World

_POLICY = "contentPolicyViolation"
_ENDED = {"status": "error", "message": "It has failed."}


def _refused(point: Point, code: str, *, status: int = 400, **more: str) -> Recipe:
    entry = {"code": code, "message": "It cannot be done.", **more}
    return at("runware", point, status=status, body={"errors": [entry]})


def _tells(code: str) -> Recipe:
    """Let the task tell of its end in an answer that is good."""
    return at("runware", Point.STATUS, status=200, body={"errors": [{"code": code, **_ENDED}]})


def _status(point: Point, status: int) -> Recipe:
    return at("runware", point, status=status, body=HTML)


def _ends(code: str) -> Recipe:
    """Let the task fail by itself, unbilled."""
    return Recipe(arrange=lambda world, _: world.providers.runware.mishaps.break_work(code))


def _never_done(recipe: Recipe) -> Recipe:
    """Let the task never get so far that it is billed, as the answer says."""

    def arrange(world: World, times: int | None) -> Fault | None:
        world.providers.runware.gate.clear()
        return recipe.arrange(world, times)

    return replace(recipe, arrange=arrange)


def _lost_answer(world: World, times: int | None) -> Fault:
    """Accept the task and break, so that nobody may say it, or so that it is found."""
    runware = world.providers.runware
    if times is None:
        runware.fail(Point.STATUS, times=None, drop="before")
    return runware.fail(Point.SUBMIT, times=times, status=500, body=HTML, process=True)


def _ours(world: World, _: int | None) -> Fault:
    """Lose the answer to the submit and, for a while, the task; the repeat meets it."""
    world.providers.runware.mishaps.refuse(Point.STATUS, "taskNotFound", status=404)
    return world.providers.runware.fail(Point.SUBMIT, drop="after")


_SUBMITS: Mapping[str, Recipe] = {
    failures.NOT_SENT.sign: unreachable("runware"),
    failures.CUT.sign: at("runware", Point.SUBMIT, drop="before"),
    "conflictTaskUUID": Recipe(arrange=_ours),
    "*[rR]ateLimit* with 503": _refused(Point.SUBMIT, "exceededRateLimit", status=503),
    "HTTP 5??": Recipe(arrange=_lost_answer),
    _POLICY: _refused(Point.SUBMIT, _POLICY),
    "modelNotFound": _refused(Point.SUBMIT, "modelNotFound", parameter="model"),
    "*Credits*": _refused(Point.SUBMIT, "insufficientCredits", status=402),
    "*[rR]ateLimit*": _refused(Point.SUBMIT, "exceededRateLimit", status=429),
    "serviceUnavailable": _refused(Point.SUBMIT, "serviceUnavailable"),
    "downloadFailed": _refused(Point.SUBMIT, "invalidX", parameter="inputs.referenceImages"),
    "*NotFound": _refused(Point.SUBMIT, "invalidPositivePrompt"),
    "HTTP 401": _status(Point.SUBMIT, 401),
    "HTTP 429": _status(Point.SUBMIT, 429),
    "HTTP 413": _status(Point.SUBMIT, 413),
    "HTTP 409": _status(Point.SUBMIT, 409),
    "HTTP 4??": _status(Point.SUBMIT, 418),
    "HTTP ???": _status(Point.SUBMIT, 200),
}
_WAITS: Mapping[str, Recipe] = {
    failures.SILENT.sign: at("runware", Point.STATUS, drop="before"),
    "HTTP 5??": _status(Point.STATUS, 502),
    "*[rR]ateLimit*": _refused(Point.STATUS, "exceededRateLimit", status=429),
    "*Credits*": _refused(Point.STATUS, "invalidApiKey", status=401),
    "*NotFound": _refused(Point.STATUS, "taskNotFound", status=404),
    _POLICY: _never_done(_refused(Point.STATUS, _POLICY)),
    "*[tT]imeout*": _never_done(_refused(Point.STATUS, "timeoutProvider")),
    "uploadFailed": _refused(Point.STATUS, "uploadFailed", status=200),
    "downloadFailed": _never_done(_refused(Point.STATUS, "downloadFailed")),
    "invalid*": _refused(Point.STATUS, "invalidTaskUUID", parameter="taskUUID"),
    "HTTP ???": _status(Point.STATUS, 200),
}
_RESULTS: Mapping[str, Recipe] = {
    "modelNotFound": _ends("modelDisabled"),
    "*Credits*": _ends("insufficientCredits"),
    "*NotFound": _tells("resultExpired"),
    "*[rR]ateLimit*": _ends("exceededRateLimit"),
    _POLICY: by_prompt("policy"),
    "*[tT]imeout*": _ends("timeoutProvider"),
    "uploadFailed": _tells("uploadFailed"),
    "downloadFailed": _ends("downloadFailed"),
    "invalid*": _ends("invalidStyleType"),
    "*": _ends("somethingNew"),
    failures.FLAGGED.sign: by_prompt("nsfw"),
}

RECIPES: Mapping[Key, Recipe] = {
    (Step.UPLOAD, failures.UNREADABLE.sign): UNREADABLE,
    **{(Step.SUBMIT, sign): recipe for sign, recipe in _SUBMITS.items()},
    **{(Step.WAIT, sign): recipe for sign, recipe in _WAITS.items()},
    **{(Step.RESULT, sign): recipe for sign, recipe in _RESULTS.items()},
    **downloads("runware"),
}
