"""What a drawn message shows, read off its pixels."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageChops

from sandbox.render import contact_sheet, render, theme
from sandbox.render.theme import Colour

Json = dict[str, Any]
RED, BLUE, GREEN = (200, 30, 40), (30, 60, 200), (20, 160, 60)
PICTURES = {"red.png": RED, "blue.png": BLUE, "green.png": GREEN}
NOON = "2026-11-21T12:00:00+00:00"
EPHEMERAL = 1 << 6


def read(url: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (400, 300), PICTURES[url.rpartition("/")[2]]).save(data, "PNG")
    return data.getvalue()


def draw(*components: Json, width: int = 620, **more: Any) -> Image.Image:
    message = {"components": list(components), "timestamp": NOON, **more}
    return render(message, read=read, author="Remix Bot", width=width)


def text(content: str) -> Json:
    return {"type": 10, "content": content}


def item(name: str, **more: Any) -> Json:
    return {"media": {"url": f"https://cdn.example/{name}.png"}, **more}


def gallery(*items: Json) -> Json:
    return {"type": 12, "items": list(items)}


def container(*components: Json, **more: Any) -> Json:
    return {"type": 17, "components": list(components), **more}


def button(label: str = "Re-roll", style: int = 1, **more: Any) -> Json:
    return {"type": 2, "style": style, "label": label, "custom_id": label, **more}


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


def share(picture: Image.Image, colour: Colour) -> float:
    """How much of a picture has a colour, give or take what resampling changes."""
    distance = ImageChops.difference(picture, Image.new("RGB", picture.size, colour))
    red, green, blue = distance.split()
    farthest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return sum(farthest.histogram()[:12]) / (picture.width * picture.height)


def test_the_picture_is_as_wide_as_asked_and_grows_with_the_message() -> None:
    short, long = draw(text("one line")), draw(text("one line\n" * 5))

    assert short.size[0] == long.size[0] == 620
    assert short.mode == "RGB"
    assert long.size[1] == short.size[1] + 4 * theme.LINE
    assert draw(text("one line"), width=400).size == (400, short.size[1])


def test_the_same_message_gives_the_same_picture() -> None:
    assert draw(text("**a** `b`")).tobytes() == draw(text("**a** `b`")).tobytes()


def test_both_pictures_of_a_gallery_are_shown_side_by_side() -> None:
    picture = draw(container(gallery(item("red"), item("blue"))))
    left, right = (
        picture.crop((0, 0, 340, picture.height)),
        picture.crop((340, 0, 620, picture.height)),
    )

    assert share(left, RED) > 0.3
    assert share(right, BLUE) > 0.3
    assert share(left, BLUE) < 0.01
    assert share(right, RED) < 0.01


def test_a_single_picture_fills_the_width_in_its_shape() -> None:
    picture = draw(gallery(item("red")))
    wide = 620 - theme.INDENT - 16

    assert share(picture, RED) * picture.width * picture.height == pytest.approx(
        wide * wide * 3 / 4, rel=0.01
    )


@pytest.mark.parametrize("count", range(1, 11))
def test_each_picture_of_a_gallery_is_shown_and_none_covers_another(count: int) -> None:
    items = [item("red")] * count
    last, first = draw(gallery(*items[1:], item("blue"))), draw(gallery(item("blue"), *items[1:]))
    inside = (72, 40, 604, last.height - 16)

    for picture in (last, first):
        shown = picture.crop(inside)
        assert share(shown, BLUE) > 0.05
        # All but the gaps: where two lay over each other, room would be left elsewhere.
        assert share(shown, BLUE) + share(shown, RED) > 0.95


def test_a_spoiler_hides_its_picture() -> None:
    shown, hidden = draw(gallery(item("red"))), draw(gallery(item("red", spoiler=True)))

    assert share(shown, RED) > 0.5
    assert share(hidden, RED) == 0
    assert hidden.size == shown.size


def test_a_section_shows_its_thumbnail_on_the_right() -> None:
    accessory = {"type": 11, **item("green")}
    picture = draw({"type": 9, "components": [text("Before")], "accessory": accessory})

    right = picture.crop((620 - 16 - 85, 40, 620 - 16, 40 + 85))
    assert share(right, GREEN) > 0.95
    assert share(picture.crop((0, 0, 500, picture.height)), GREEN) == 0


def test_a_picture_has_round_corners() -> None:
    picture = draw(gallery(item("red")))

    assert picture.getpixel((72, 40)) == theme.CHAT
    assert picture.getpixel((90, 58)) == RED


def test_a_picture_turned_by_its_exif_is_shown_upright() -> None:
    def turned(_: str) -> bytes:
        image, data = Image.new("RGB", (300, 100), RED), io.BytesIO()
        exif = Image.Exif()
        exif[0x0112] = 6
        image.save(data, "JPEG", exif=exif)
        return data.getvalue()

    message = {"components": [gallery(item("red"))], "timestamp": NOON}
    tall = render(message, read=turned, author="x")

    assert tall.height > tall.width


LONG = "A watercolour fox in the snow at the golden hour, highly detailed fur, " * 8


@pytest.mark.parametrize(
    "content",
    [LONG, "x" * 900, f"**{LONG}**", f"`{LONG}`", f"```\n{LONG}\n```", f"- {LONG}", f"# {LONG}"],
)
@pytest.mark.parametrize("width", [300, 620])
def test_long_text_is_wrapped_and_never_cut(content: str, width: int) -> None:
    picture = draw(text(content), width=width)

    margin = picture.crop((width - 15, 40, width, picture.height))
    assert margin.getcolors() == [(15 * margin.height, theme.CHAT)]
    assert picture.height > 150


def test_more_buttons_than_fit_go_to_the_next_line() -> None:
    labels = ("Re-roll this", "Closer to the source", "Bolder than before", "Edit", "Remix this")
    one, all_five = draw(row(button("Edit"))), draw(row(*map(button, labels)))

    assert all_five.height > one.height
    assert all_five.crop((605, 0, 620, all_five.height)).getcolors() == [
        (15 * all_five.height, theme.CHAT)
    ]


@pytest.mark.parametrize("style", [1, 2, 3, 4])
def test_a_button_has_the_colour_of_its_style_and_a_paler_one_when_disabled(style: int) -> None:
    able, disabled = (
        draw(row(button(style=style, disabled=disabled))).crop((72, 40, 200, 74))
        for disabled in (False, True)
    )

    assert share(able, theme.BUTTONS[style]) > 0.4
    assert share(disabled, theme.BUTTONS[style]) < 0.05
    assert share(disabled, theme.mix(theme.BUTTONS[style], theme.CHAT, 0.5)) > 0.4


def test_a_disabled_button_fades_into_the_card_that_it_stands_on() -> None:
    picture = draw(container(row(button(disabled=True))))

    # Inside the button, to the left of its label.
    assert picture.getpixel((100, 70)) == theme.mix(theme.BLURPLE, theme.CARD, 0.5)


def test_a_select_shows_what_is_chosen_and_is_paler_when_disabled() -> None:
    def select(**more: Any) -> Image.Image:
        options = [{"label": "fal-v3", "value": "a", "default": more.pop("chosen", False)}]
        return draw(row({"type": 3, "custom_id": "s", "options": options, **more}))

    empty, chosen, disabled = select(), select(chosen=True), select(disabled=True)

    assert len({empty.tobytes(), chosen.tobytes(), disabled.tobytes()}) == 3
    assert share(empty, theme.FIELD) > share(disabled, theme.FIELD)
    assert share(chosen, theme.TEXT) > share(empty, theme.TEXT)


def test_a_container_has_its_accent_at_its_left_edge() -> None:
    picture = draw(container(text("x"), accent_color=0xFF8800))

    strip = picture.crop((72, 60, 76, 80))
    assert strip.getcolors() == [(4 * 20, (255, 136, 0))]
    assert picture.getpixel((80, 70)) == theme.CARD


def test_an_ephemeral_message_says_so() -> None:
    public, private = draw(text("x")), draw(text("x"), flags=EPHEMERAL)

    assert private.height > public.height
    assert private.getpixel((300, 5)) == theme.EPHEMERAL
    assert share(private, theme.LINK) > 0
    assert share(public, theme.LINK) == 0


def test_plain_content_and_attached_pictures_are_shown() -> None:
    attachment = {
        "filename": "red.png",
        "content_type": "image/png",
        "url": "https://cdn.example/red.png",
    }
    notes = {"filename": "notes.txt", "content_type": "text/plain", "url": "https://x/notes.txt"}

    picture = draw(content="Here it is", attachments=[attachment, notes])

    assert share(picture, RED) > 0.4
    assert share(picture, theme.TEXT) > 0


def test_a_file_and_a_separator_take_room() -> None:
    file = {"type": 13, "file": {"url": "attachment://prompt.txt"}, "size": 2048}
    bare, small, large = (
        draw(text("x"), *between, file)
        for between in ((), [{"type": 14}], [{"type": 14, "spacing": 2, "divider": False}])
    )

    assert bare.height < small.height < large.height
    assert share(small, theme.DIVIDER) > share(large, theme.DIVIDER)
    assert share(bare, theme.LINK) > 0


def test_a_link_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"gone\.png"):
        draw(gallery(item("gone")))


def test_a_component_that_discord_does_not_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="99"):
        draw({"type": 99})


def test_a_contact_sheet_shows_a_row_of_pictures_for_each_subject() -> None:
    red, blue, green = (Image.new("RGB", (300, 200), colour) for colour in (RED, BLUE, GREEN))

    one = contact_sheet([("fal-v3", [("Before", red), ("After", blue)])])
    two = contact_sheet(
        [
            ("fal-v3", [("Before", red), ("After", blue)]),
            ("x" * 300, [("Before", green), ("y" * 300, green)]),
        ]
    )

    assert one.width == two.width
    assert two.height > 1.7 * one.height
    half = one.width // 2
    assert share(one.crop((0, 0, half, one.height)), RED) > 0.25
    assert share(one.crop((half, 0, one.width, one.height)), BLUE) > 0.25
    assert share(two, GREEN) > 0.2
    assert two.crop((two.width - 19, 0, two.width, two.height)).getcolors() == [
        (19 * two.height, theme.CHAT)
    ]


def test_a_contact_sheet_is_as_wide_as_its_longest_row() -> None:
    red = Image.new("RGB", (300, 200), RED)

    short = contact_sheet([("a", [("1", red), ("2", red)])])
    mixed = contact_sheet([("a", [("1", red), ("2", red)]), ("b", [("1", red)] * 4)])

    assert mixed.width > 1.8 * short.width


def test_a_picture_of_any_shape_stays_whole_on_a_contact_sheet() -> None:
    tall = Image.new("RGB", (100, 400), RED)
    tall.paste(BLUE, (0, 0, 100, 40))

    sheet = contact_sheet([("x", [("Before", tall), ("After", tall)])])

    assert share(sheet, BLUE) == pytest.approx(share(sheet, RED) / 9, rel=0.15)


def test_a_contact_sheet_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one picture"):
        contact_sheet([])
