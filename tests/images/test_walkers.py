"""Taking a file apart ends in an anatomy or in `Unreadable`, whatever the bytes are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.images import SENTENCES, Fault, MediaType, Unreadable, sentence_of, sniff
from bot.images.develop import take_apart
from bot.images.exif import orientation
from tests.images import files
from tests.images.test_stripping import FULL

WHOLE = [build() for build in FULL.values()]
Damage = Callable[[bytes], bytes]


@st.composite
def damages(draw: st.DrawFn) -> bytes:
    """A whole file after some bytes were changed, cut out or doubled."""
    data = draw(st.sampled_from(WHOLE))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, min(400, len(data))))
        length = draw(st.integers(0, 8))
        new = draw(st.one_of(st.binary(max_size=8), st.just(data[at : at + 40])))
        data = data[:at] + new + data[at + length :]
    return data


@settings(max_examples=300)
@given(damages())
def test_a_damaged_file_is_taken_apart_or_refused(data: bytes) -> None:
    with suppress(Unreadable):
        found = take_apart(data)
        # What was kept is a file of the same kind, and needs no second stripping.
        assert found.media_type == sniff(found.data)
        assert found.data == take_apart(found.data).data


@settings(max_examples=300)
@given(st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\xff\0\0\0WEBP"]), st.binary())
def test_noise_behind_a_true_head_is_refused_in_words(head: bytes, noise: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        take_apart(head + noise)

    assert caught.value.reason in {Fault.DAMAGED, Fault.TOO_MANY_PIXELS}


@settings(max_examples=300)
@given(
    st.binary(), st.sampled_from([b"MM\0*\0\0\0\x08", b"II*\0\x08\0\0\0", b"Exif\0\0MM\0*", b""])
)
def test_noise_for_exif_is_an_orientation(noise: bytes, head: bytes) -> None:
    assert orientation(head + noise) in range(1, 9)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (files.png(), MediaType.PNG),
        (files.jpeg(), MediaType.JPEG),
        (files.webp(), MediaType.WEBP),
        (files.saved(files.photo(), "GIF"), None),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"", None),
    ],
)
def test_a_format_is_told_by_its_first_bytes(data: bytes, expected: MediaType | None) -> None:
    assert expected == sniff(data[:12])


def test_every_fault_has_its_own_plain_sentence() -> None:
    assert set(Fault) == set(SENTENCES)
    assert len(set(SENTENCES.values())) == len(SENTENCES)
    for sentence in SENTENCES.values():
        assert sentence.endswith(".")
        assert len(sentence) < 200


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize(
    ("fact", "begins"), [("mask", "Mask: "), ("style 2", "Style reference 2: "), ("", "")]
)
def test_a_fault_tells_which_picture_it_is_about(fault: Fault, fact: str, begins: str) -> None:
    error = Unreadable(fault, "for the log", fact=fact)

    assert begins + SENTENCES[fault] == error.sentence == sentence_of(error.code)
    assert "for the log" not in error.code
    assert "for the log" in str(error)


def test_sizes_that_differ_are_named() -> None:
    error = Unreadable(Fault.MASK_SIZE, fact="640x480 1024x768")

    assert "640 x 480 pixels and the picture 1024 x 768." in error.sentence
    assert error.sentence == sentence_of(error.code)


@pytest.mark.parametrize("code", ["damaged:@everyone", "mask_size:1x2 3x4 5", "mask_size:a b"])
def test_a_fact_of_unknown_form_is_left_out(code: str) -> None:
    assert SENTENCES[Fault(code.partition(":")[0])] == sentence_of(code)


@pytest.mark.parametrize("code", ["", "unheard of", "unheard of:mask"])
def test_a_fault_of_another_version_still_has_a_sentence(code: str) -> None:
    assert SENTENCES[Fault.FAILED] == sentence_of(code)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(files.jpeg_with(files.jpeg_frame()), id="two frames"),
        pytest.param(files.png_with(files.header(9, 9)), id="two headers"),
        pytest.param(files.png_of(files.chunk(b"IDAT", b"")), id="pixels before the header"),
        pytest.param(files.jpeg().replace(b"\xff\xda", b"\xff\xfe"), id="no scan"),
    ],
)
def test_a_broken_structure_is_found_before_anything_is_decoded(data: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        take_apart(data)

    assert caught.value.reason is Fault.DAMAGED


def test_a_profile_that_inflates_without_end_is_not_held() -> None:
    bomb = files.chunk(b"iCCP", b"x\0\0" + files.zeros(60_000_000))

    assert take_apart(files.png_with(bomb)).profile is None


def test_a_webp_header_does_not_announce_what_was_dropped() -> None:
    data = take_apart(FULL[MediaType.WEBP]()).data

    assert data[12:16] == b"VP8X"
    assert data[20] == 0
