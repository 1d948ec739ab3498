"""Which characters stand for which letters, as data; written for this module.

Each string lists what is seen as the letter that it is filed under.
"""

# ruff: noqa: RUF001 - characters that are easily mistaken for others are the matter of this module
from __future__ import annotations

VARIANTS: dict[str, str] = {
    "a": "ɐɑɒᴀⱥꬱ",
    "b": "ʙƀɓƃᴃ",
    "c": "ᴄƈȼɕↄ",
    "d": "ᴅđɖɗðȡƌ",
    "e": "ᴇɛəǝɘɜɚɇ",
    "f": "ꜰƒꝼ",
    "g": "ɢɡɠǥꞡ",
    "h": "ʜħɦɥⱨ",
    "i": "ɪıɨɩᵻᴉ",
    "j": "ᴊȷɉʝ",
    "k": "ᴋƙⱪꝁʞ",
    "l": "ʟłƚɫɬɭⱡꞁ",
    "m": "ᴍɱɯ",
    "n": "ɴŋɲɳƞꞑ",
    "o": "ᴏøɵɔⱺ",
    "p": "ᴘƥᵽꝑ",
    "q": "ꞯʠɋ",
    "r": "ʀɍɾɹɽɼ",
    "s": "ꜱʂȿ",
    "t": "ᴛŧƭʈⱦʇ",
    "u": "ᴜʉʊ",
    "v": "ᴠʋʌⱱ",
    "w": "ᴡʍⱳ",
    "x": "ꭓ",
    "y": "ʏɏƴʎ",
    "z": "ᴢƶʐʒȥɀⱬ",
    "ae": "æᴁ",
    "oe": "œɶ",
}
"""Latin letters under other shapes, lower case: always read as the plain ones."""

DOUBLES: dict[str, str] = {
    "a": "аαΑΛΔաᎪᗩꓮ",
    "b": "вьъβΒᏴᏏᗷꓐ",
    "c": "сҫϲϹᏟᑕꓚ",
    "d": "ԁδᎠᗪꓓ",
    "e": "еєэεΕΣᎬꓰ",
    "f": "ғᖴꓝ",
    "g": "ԍցᏀᏳꓖ",
    "h": "һнΗհᎻᕼꓧ",
    "i": "іιΙլᎥꓲ",
    "j": "јյϳᎫᒍꓙ",
    "k": "кқҡκΚᏦꓗ",
    "l": "ӏӀԼᏞᒪꓡ",
    "m": "мμΜᎷᗰꓟ",
    "n": "пηΝΠոռᑎꓠ",
    "o": "оөοθσΟΘΩօᎤꓳ",
    "p": "рρΡքᏢᑭꓑ",
    "q": "ԛզᑫ",
    "r": "гяᎡᏒᖇꓣ",
    "s": "ѕςՏᏚᔕꓢ",
    "t": "тτΤᎢꓔ",
    "u": "ицυսՍᑌꓴ",
    "v": "ѵνᏙᐯꓦ",
    "w": "шщԝωᎳᗯꓪ",
    "x": "хҳχΧ᙭ꓫ",
    "y": "уүұγΥᎩꓬ",
    "z": "ζΖᏃᘔꓜ",
}
"""Letters of other alphabets that look like Latin ones; capitals where these look different."""

TWINS = frozenset("асеорхукіјѕһԁԛԝӏѵοανικρυτχγεωօոսհցզյք0123456789") | {
    seen for all_seen in DOUBLES.values() for seen in all_seen if seen >= "\u13a0"
}
"""Of these, the ones that nobody tells from Latin letters, and the digits. A word made only of them
may be a disguised one; one with any other letter of its alphabet is not."""

FOREIGN = frozenset(
    chr(code)
    for first, last in (
        (0x0370, 0x058F),  # Greek, Cyrillic, Armenian
        (0x13A0, 0x13FF),  # Cherokee
        (0x1400, 0x167F),  # Canadian syllabics
        (0xA4D0, 0xA4FF),  # Lisu
    )
    for code in range(first, last + 1)
)
"""The alphabets of `DOUBLES`, as they are once normalised."""

DENSE = (
    "\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u312f\u3131-\u31ff"
    "\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Scripts in which spaces do not part words, or in which endings grow on them (Korean)."""

HAN_KANA = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Of these, the ones that are written without any space."""

TRAILING = "\u3099\u309a\u1160-\u11ff"
"""What still belongs to the character before it once that was taken apart: voicing marks of kana,
vowels and finals of Korean."""

ACCENTS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a"
    "\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u0951-\u0954\u1ab0-\u1aff\u1cd0-\u1cf9\u1dc0-\u1dff"
    "\u20d0-\u20ff\u302a-\u302d\ua66f-\ua672\ua674-\ua67d\ua8e0-\ua8f1\ufe20-\ufe2f"
)
"""Marks that a reader can do without; those of Indic scripts and of kana are letters to them."""

HIDDEN = (
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff"
)
"""What shows nothing, beside the format characters (category Cf) and the control characters."""

WORD = "\\w\u0711-\u07f3\u0900-\u0963\u0966-\u0dff"
"""What words are made of, as the inside of a class of characters: Indic vowels are not in `\\w`."""

SYMBOLS: dict[str, str] = {
    "@": "a",
    "$": "s",
    "€": "e",
    "£": "l",
    "¢": "c",
    "¥": "y",
    "§": "s",
    "©": "c",
    "®": "r",
    "!": "il",
    "¡": "i",
    "|": "il",
    "¦": "il",
    "+": "t",
    "†": "t",
    "×": "x",
}
"""Signs and the letters that they are written for."""

SOFT = "!¡|¦+†×*#%"
"""Signs that more often part words than stand for a letter."""

WILD = "*#%"
"""Signs that stand for any one letter when they stand between letters."""

DIGITS: dict[str, str] = {
    "0": "oо",
    "1": "il",
    "2": "z",
    "3": "eз",
    "4": "aч",
    "5": "s",
    "6": "gб",
    "7": "t",
    "8": "b",
    "9": "g",
}
"""Digits and the letters, Latin and Cyrillic, that they are written for; each may be itself too."""
