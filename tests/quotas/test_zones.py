"""A zone is found by the name or the city that a moderator types, and close ones are offered."""

from __future__ import annotations

from contextlib import suppress
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import zones
from bot.times import TimesError


def refusal(text: str) -> str:
    with pytest.raises(TimesError) as caught:
        zones.zone(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        (" berlin ", "Europe/Berlin"),
        ("utc", "UTC"),
        ("GMT", "GMT"),
        ("new york", "America/New_York"),
        ("NEW_YORK", "America/New_York"),
        ("america/new york", "America/New_York"),
        ("Japan", "Japan"),
        ("argentina/ushuaia", "America/Argentina/Ushuaia"),
        ("port-au-prince", "America/Port-au-Prince"),
        ("Istanbul", "Europe/Istanbul"),
        ("buenos aires", "America/Argentina/Buenos_Aires"),
        ("us/pacific", "US/Pacific"),
        ("CET", "CET"),
    ],
)
def test_a_zone_is_found(text: str, name: str) -> None:
    assert zones.zone(text).key == name


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("Berlim", "Europe/Berlin"),
        ("newyork", "America/New_York"),
        ("europe berlin", "Europe/Berlin"),
        ("los angelos", "America/Los_Angeles"),
        ("s\u00e3o paulo", "America/Sao_Paulo"),
        ("posix/Europe/Berlin", "Europe/Berlin"),
    ],
)
def test_of_a_name_that_is_nearly_right_up_to_three_are_offered(text: str, offered: str) -> None:
    said = refusal(text)

    assert said.startswith("No time zone is called that; did you mean ")
    assert offered in said
    assert said.count("/") <= 3


def test_a_name_of_several_zones_is_refused_with_their_names() -> None:
    assert refusal("mountain") == (
        "Several time zones are called that; give Canada/Mountain or US/Mountain."
    )


@pytest.mark.parametrize(
    "text",
    [
        *("UTC+2", "utc-05:00", "GMT+1", "+02:00", "-5", "utc + 5:30", "Etc/GMT+5", "gmt-0"),
        *("EST", "mst", "HST", "PST", "CEST", "BST", "AEDT"),
    ],
)
def test_a_fixed_offset_is_refused_for_daylight_saving(text: str) -> None:
    said = refusal(text)

    assert "daylight saving" in said
    assert "such as Europe/Berlin" in said


@pytest.mark.parametrize("text", ["", " ", "Munich", "localtime", "Factory", "x" * 5000, "\0"])
def test_what_is_no_zone_is_refused_with_an_example(text: str) -> None:
    assert refusal(text) == (
        "No time zone is called that; give the nearest large city, such as Europe/Berlin or "
        "America/New_York."
    )


def test_every_zone_but_the_hidden_ones_is_found_by_its_whole_name() -> None:
    hidden = {"localtime", "Factory", "EST", "MST", "HST", "GMT+0", "GMT-0", "GMT0"}
    names = {name for name in available_timezones() - hidden if not name.startswith("Etc/GMT")}

    assert {zones.zone(name.swapcase()).key for name in names} == names


@given(st.text(max_size=70))
def test_whatever_is_typed_gives_a_zone_or_a_sentence(text: str) -> None:
    with suppress(TimesError):
        assert zones.zone(text).key in available_timezones()
