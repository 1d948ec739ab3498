"""How the stand-ins repaint a picture: a palette and a technique, drawn from prompt and seed.

Nothing here understands a prompt; a few words choose a technique or a colour, the rest is
reproducible chance.
"""

from __future__ import annotations

import colorsys
import hashlib
from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]
Palette = tuple[Colour, ...]
"""Five colours from dark to light."""

_HUES = {
    **dict.fromkeys(("red", "fire", "lava", "autumn", "mars", "rose"), 0.01),
    **dict.fromkeys(("orange", "sunset", "copper", "desert", "pumpkin"), 0.07),
    **dict.fromkeys(("gold", "golden", "yellow", "sand", "honey", "sun"), 0.13),
    **dict.fromkeys(("green", "forest", "jungle", "moss", "spring"), 0.33),
    **dict.fromkeys(("teal", "sea", "lagoon", "glass", "mint"), 0.48),
    **dict.fromkeys(("blue", "ocean", "winter", "ice", "night", "rain"), 0.58),
    **dict.fromkeys(("purple", "violet", "neon", "galaxy", "cyberpunk"), 0.76),
    **dict.fromkeys(("pink", "candy", "blossom", "flamingo"), 0.9),
}


def repaint(picture: Image.Image, *, prompt: str, style: str, seed: int) -> Image.Image:
    """Return a picture of the same size, painted anew.

    The same prompt, style and seed always paint the same picture in the same way. It is
    painted at half the size, which is four times as fast and hardly seen.
    """
    chance = Random(hashlib.sha256(f"{style}\n{seed}\n{prompt}".encode()).digest())
    words = prompt.lower().replace(",", " ").split()
    palette = _palette(words, chance)
    small = picture.reduce(2)
    toned = Image.blend(small, _toned(ImageOps.grayscale(small), palette), 0.6)
    painted = _technique(words, style, chance)(toned, palette, chance)
    return _lit(painted, palette, chance).resize(picture.size, Image.Resampling.BILINEAR)


def invent(size: tuple[int, int], *, prompt: str, seed: int) -> Image.Image:
    """Return a hilly landscape under a sun, for requests without a source."""
    chance = Random(hashlib.sha256(f"{seed}\n{prompt}".encode()).digest())
    palette = _palette(prompt.lower().split(), chance)
    width, height = size
    sky = Image.linear_gradient("L").resize(size)
    picture = _toned(sky, (palette[3], palette[4], palette[4], palette[3], palette[2]))
    draw = ImageDraw.Draw(picture)
    sun, x, y = height * chance.uniform(0.06, 0.12), width * chance.random(), height * 0.3
    draw.ellipse((x - sun, y - sun, x + sun, y + sun), fill=(255, 250, 235))
    for layer, colour in enumerate((palette[2], palette[1], palette[0])):
        top = height * (0.5 + layer * 0.17)
        ridge = [(width * i / 12, top - height * 0.14 * chance.random()) for i in range(13)]
        draw.polygon([(0, height), *ridge, (width, height)], fill=colour)
    return picture


def _palette(words: list[str], chance: Random) -> Palette:
    named = [_HUES[word] for word in words if word in _HUES]
    hue = (named[0] if named else chance.random()) + chance.uniform(-0.05, 0.05)
    turn = chance.choice((0.08, -0.1, 0.42, 0.55))
    steps = ((0.0, 0.10, 0.7), (0.2, 0.30, 0.65), (0.5, 0.5, 0.55), (0.8, 0.7, 0.6), (1, 0.9, 0.5))
    return tuple(
        _colour(hue + turn * way, lightness, fullness) for way, lightness, fullness in steps
    )


def _colour(hue: float, lightness: float, fullness: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue % 1, lightness, fullness)
    return round(red * 255), round(green * 255), round(blue * 255)


def _toned(grey: Image.Image, palette: Palette) -> Image.Image:
    """Map dark to light onto the palette."""
    bands = [[_between(palette, level, band) for level in range(256)] for band in range(3)]
    even = ImageOps.autocontrast(grey, cutoff=1)
    return Image.merge("RGB", [even.point(band) for band in bands])


def _between(palette: Palette, level: int, band: int) -> int:
    place = level / 255 * (len(palette) - 1)
    low = min(int(place), len(palette) - 2)
    return round(palette[low][band] + (palette[low + 1][band] - palette[low][band]) * (place - low))


def _curved(picture: Image.Image, curve: Callable[[int], int]) -> Image.Image:
    return picture.point([curve(level) for level in range(256)] * len(picture.getbands()))


def _edges(picture: Image.Image, blur: float) -> Image.Image:
    soft = ImageOps.grayscale(picture).filter(ImageFilter.GaussianBlur(blur))
    return ImageOps.autocontrast(soft.filter(ImageFilter.FIND_EDGES), cutoff=(0, 2))


def _grain(size: tuple[int, int], chance: Random) -> Image.Image:
    tile = Image.frombytes("L", (128, 128), chance.randbytes(128 * 128))
    soft = _curved(tile.filter(ImageFilter.GaussianBlur(1)), lambda level: 190 + level // 4)
    return _tiled(soft, size)


def _tiled(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    sheet = Image.new("L", size)
    for x in range(0, size[0], tile.width):
        sheet.paste(tile, (x, 0))
    row = sheet.crop((0, 0, size[0], tile.height))
    for y in range(tile.height, size[1], tile.height):
        sheet.paste(row, (0, y))
    return sheet


def _oil(picture: Image.Image, _: Palette, chance: Random) -> Image.Image:
    """Brush strokes that take the colour of what they cover, large ones first."""
    painted = picture.filter(ImageFilter.GaussianBlur(4))
    draw, pixels = ImageDraw.Draw(painted), painted.copy().load()
    assert pixels is not None
    lean = chance.uniform(-0.9, 0.9)
    for number in range(1800):
        length = 18 - number // 130
        x, y = chance.randrange(picture.width), chance.randrange(picture.height)
        slope = lean + chance.uniform(-0.4, 0.4)
        end = (x + length, y + length * slope)
        draw.line((x, y, *end), fill=pixels[x, y], width=max(2, length // 3))
    return painted.filter(ImageFilter.UnsharpMask(2, 120, 2))


def _watercolour(picture: Image.Image, palette: Palette, chance: Random) -> Image.Image:
    """Washes that bleed into each other on rough paper."""
    tiny = picture.resize((picture.width // 3, picture.height // 3), Image.Resampling.BOX)
    wash = tiny.filter(ImageFilter.MedianFilter(5)).resize(picture.size, Image.Resampling.BICUBIC)
    light = Image.blend(wash, Image.new("RGB", picture.size, palette[4]), 0.3)
    rim = _curved(_edges(wash, 1), lambda level: 255 - level * 105 // 255)
    paper = ImageChops.multiply(rim, _grain(picture.size, chance))
    return ImageChops.multiply(light, paper.convert("RGB"))


def _poster(picture: Image.Image, palette: Palette, _: Random) -> Image.Image:
    """Flat colours between inked outlines."""
    flat = ImageOps.posterize(picture.filter(ImageFilter.MedianFilter(3)), 2)
    bright = ImageOps.autocontrast(flat, cutoff=1)
    ink = _curved(_edges(picture, 1.5), lambda level: 255 if level > 90 else 0)
    return Image.composite(Image.new("RGB", picture.size, palette[0]), bright, ink)


def _neon(picture: Image.Image, palette: Palette, _: Random) -> Image.Image:
    """Glowing outlines in the dark."""
    dark = _curved(picture, lambda level: level * 2 // 5)
    lines = _toned(_edges(picture, 1), ((0, 0, 0), palette[2], palette[3], palette[4], palette[4]))
    glow = lines.filter(ImageFilter.GaussianBlur(5))
    return ImageChops.screen(ImageChops.screen(dark, lines), glow)


def _halftone(picture: Image.Image, palette: Palette, chance: Random) -> Image.Image:
    """Dots of ink on coloured paper."""
    side = chance.choice((6, 7, 8))
    dot = Image.radial_gradient("L").resize((side, side))
    screen = _tiled(dot, picture.size)
    level = ImageOps.autocontrast(ImageOps.grayscale(picture), cutoff=2)
    ink = ImageChops.subtract(ImageChops.add(level, screen, 1, -90), Image.new("L", level.size, 75))
    mask = _curved(ink, lambda level: 255 if level > 30 else 0)
    paper = Image.blend(picture, Image.new("RGB", picture.size, palette[4]), 0.55)
    return Image.composite(paper, Image.new("RGB", picture.size, palette[1]), mask)


def _tiles(picture: Image.Image, _: Palette, chance: Random) -> Image.Image:
    """Small bevelled tiles."""
    side = chance.choice((8, 10, 12))
    few = (max(1, picture.width // side), max(1, picture.height // side))
    flat = picture.resize(few, Image.Resampling.BOX).resize(picture.size, Image.Resampling.NEAREST)
    bevel = Image.new("L", (side, side), 205)
    draw = ImageDraw.Draw(bevel)
    draw.line((0, side - 1, 0, 0, side - 1, 0), fill=255)
    draw.line((0, side - 1, side - 1, side - 1, side - 1, 0), fill=120)
    return ImageChops.multiply(flat, _tiled(bevel, picture.size).convert("RGB"))


def _film(picture: Image.Image, palette: Palette, chance: Random) -> Image.Image:
    """A photograph with strong tones and grain."""
    strong = ImageOps.autocontrast(picture, cutoff=4)
    shadow = Image.new("RGB", picture.size, palette[2])
    graded = Image.blend(strong, ImageChops.overlay(strong, shadow), 0.8)
    return ImageChops.multiply(graded, _grain(picture.size, chance).convert("RGB"))


Technique = Callable[[Image.Image, Palette, Random], Image.Image]

_BY_STYLE: dict[str, Technique] = {
    "realistic": _film,
    "design": _halftone,
    "render_3d": _tiles,
    "anime": _poster,
    "fiction": _neon,
}
_BY_WORD: dict[str, Technique] = {
    **dict.fromkeys(("oil", "painting", "impressionist", "brush", "gogh"), _oil),
    **dict.fromkeys(("watercolour", "watercolor", "aquarelle", "wash"), _watercolour),
    **dict.fromkeys(("poster", "comic", "cartoon", "anime", "woodcut", "linocut"), _poster),
    **dict.fromkeys(("neon", "cyberpunk", "synthwave", "glowing", "night"), _neon),
    **dict.fromkeys(("halftone", "print", "newspaper", "screenprint"), _halftone),
    **dict.fromkeys(("mosaic", "tiles", "pixel", "lego", "stained"), _tiles),
    **dict.fromkeys(("film", "photo", "photograph", "cinematic"), _film),
}
_ANY: tuple[Technique, ...] = (_oil, _watercolour, _poster, _neon, _halftone, _tiles)


def _technique(words: list[str], style: str, chance: Random) -> Technique:
    drawn = chance.choice(_ANY)
    named = (_BY_WORD[word] for word in words if word in _BY_WORD)
    return _BY_STYLE.get(style.lower()) or next(named, drawn)


def _lit(picture: Image.Image, palette: Palette, chance: Random) -> Image.Image:
    """Light from one side and darkness in the corners, so that seeds differ in more than noise."""
    width, height = picture.size
    radial = ImageOps.invert(Image.radial_gradient("L"))
    glow = Image.new("L", picture.size)
    spread = (round(width * 1.3), round(height * 1.3))
    place = (round(width * chance.uniform(-0.9, 0.6)), round(height * chance.uniform(-0.9, 0.2)))
    glow.paste(radial.resize(spread), place)
    light = Image.composite(
        Image.new("RGB", picture.size, palette[3]), Image.new("RGB", picture.size), glow
    )
    corners = _curved(radial.resize(picture.size), lambda level: min(255, 120 + level))
    shaded = ImageChops.multiply(picture, corners.convert("RGB"))
    return ImageChops.screen(shaded, _curved(light, lambda level: level // 2))
