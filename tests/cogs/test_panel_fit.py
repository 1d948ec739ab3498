"""What a backend does not take stays in the draft and is left out of the order."""

from __future__ import annotations

import pytest

from bot.backends.base import Palette, Request, Speed
from bot.backends.capabilities import missing
from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Entry
from bot.jobs.submit import brought
from cogs.panel_fit import fit
from tests.cogs.panels import asked, full, pictures, the


def fitted_to(name: str, **changes: object) -> Request:
    entry = the(name)
    return fit(entry, asked(entry, **changes), pictures()).request


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: f"{entry.name}-{entry.operation}")
def test_whatever_was_chosen_fits_any_backend_in_the_end(entry: Entry) -> None:
    fitted = fit(entry, full(entry), pictures(4, mask=True))

    lack = missing(entry, fitted.request, brought(fitted.pictures))
    # Only what would be another order without it is left to be refused.
    assert lack is None or lack.what in {"prompt", "source"}


def test_what_a_backend_takes_is_left_alone() -> None:
    entry = the("fal-v3")
    request = asked(
        entry, strength=40, style="design", speed=Speed.TURBO, count=3, negative="people"
    )
    fitted = fit(entry, request, pictures(4))

    assert (fitted.request, fitted.pictures, fitted.left_out) == (request, pictures(4), ())


def test_what_a_backend_does_not_take_is_left_out_and_named() -> None:
    entry = the("fal-v2a")
    request = asked(
        entry, strength=40, style="fiction", negative="people", palette=Palette(preset="ember")
    )
    fitted = fit(entry, request, pictures(2))

    assert fitted.request == asked(entry, strength=40)
    assert fitted.pictures == pictures()
    assert set(fitted.left_out) == {
        *("style fiction", "negative prompt", "palette ember", "style references 2"),
    }


def test_too_many_pictures_become_the_most() -> None:
    assert fitted_to("fal-v3", count=20).count == 8
    assert fitted_to("fal-v2a", count=20).count == 1
    assert fit(the("fal-v3"), asked(the("fal-v3"), count=20), pictures()).left_out == (
        "20 pictures",
    )


def test_a_strength_that_was_not_chosen_is_the_usual_one_where_there_is_any() -> None:
    assert fitted_to("fal-v3").strength == 50
    assert fitted_to("fal-v3-background").strength is None


def test_the_prompt_is_never_left_out() -> None:
    fitted = fit(the("fal-v3"), asked(the("fal-v3"), prompt="p" * 3000), pictures())
    assert len(fitted.request.prompt) == 3000
    assert fitted.left_out == ()
