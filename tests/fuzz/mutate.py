"""What can happen to a text or to bytes on their way: typing errors, torn files, malice."""

import re
from random import Random

NUMBERS = (
    *("0", "1", "-1", "0.0", "-0.0", "1e9", "1000000000", "1e-300", "1e300", "1e308", "5e-324"),
    *("inf", "-inf", "nan", "0.5", "1.0", "2", "3", "1e12", "1e13", "9223372036854775807"),
    *("9223372036854775808", "1" * 400, "1e99999", "0x10", "1_000", "1e", ".", "+1", "٣"),
)
TOKENS = (
    *(
        "",
        " ",
        "\t",
        "\x00",
        "\ufeff",
        "é",
        "漢",
        "\u2028",
        '"',
        "'",
        "\\",
        "#",
        ",",
        ";",
        "=",
        "[",
    ),
    *("]", "[[", "{", "}", "true", "false", "null", "none", "auto", "x", "y", "z", "2026-01-31"),
    *("<script>alert(1)</script>", "{{ 7 * 7 }}", "../../etc/passwd", "=1+1", "A" * 5000, "\r"),
    *(
        "__import__('os').system('true')",
        "\ud7ff",
        "%s%n",
        "[" * 200,
        '"""',
        "1979-05-27T07:32:00Z",
    ),
)
_NUMBER = re.compile(r"(?<![A-Za-z_\d])-?\d+(?:\.\d*)?(?:e-?\d+)?(?![A-Za-z_])")


def mutate_text(rng: Random, text: str) -> str:
    """Return a text after one to four accidents."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        text = rng.choice(_TEXT)(rng, text)
    return text


def mutate_bytes(rng: Random, content: bytes) -> bytes:
    """Return bytes after one to eight accidents."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        if not data:
            break
        place = rng.randrange(len(data))
        what = rng.randrange(6)
        if what == 0:
            data[place] ^= 1 << rng.randrange(8)
        elif what == 1:
            data[place] = rng.choice((0, 0x7F, 0x80, 0xFF))
        elif what == 2:
            del data[place:]
        elif what == 3:
            del data[place : place + rng.choice((1, 8, 512))]
        elif what == 4:
            size = rng.choice((1, 4, 8, 64))
            data[place : place + size] = rng.choice((b"\0", b"\xff")) * size
        else:
            data[place:place] = rng.randbytes(rng.choice((1, 4, 64)))
    return bytes(data)


def _number(rng: Random, text: str) -> str:
    found = list(_NUMBER.finditer(text))
    if not found:
        return text
    spot = rng.choice(found)
    return text[: spot.start()] + rng.choice(NUMBERS) + text[spot.end() :]


def _insert(rng: Random, text: str) -> str:
    place = rng.randint(0, len(text))
    return text[:place] + rng.choice(TOKENS) + text[place:]


def _erase(rng: Random, text: str) -> str:
    place = rng.randint(0, len(text))
    return text[:place] + text[place + rng.choice((1, 1, 3, 20)) :]


def _cut(rng: Random, text: str) -> str:
    return text[: rng.randint(0, len(text))]


def _drop_line(rng: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        del lines[rng.randrange(len(lines))]
    return "".join(lines)


def _repeat_line(rng: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        place = rng.randrange(len(lines))
        lines[place:place] = [lines[place]] * rng.choice((1, 1, 3))
    return "".join(lines)


def _swap_lines(rng: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    if len(lines) > 1:
        one, other = rng.sample(range(len(lines)), 2)
        lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)


def _word(rng: Random, text: str) -> str:
    words = list(re.finditer(r"\w+", text))
    if not words:
        return text
    spot = rng.choice(words)
    return text[: spot.start()] + rng.choice(TOKENS) + text[spot.end() :]


def _letter(rng: Random, text: str) -> str:
    if not text:
        return text
    place = rng.randrange(len(text))
    return text[:place] + chr(rng.choice((0, 9, 32, 34, 44, 61, 91, 0xE9))) + text[place + 1 :]


_TEXT = (
    *(_number, _number, _number, _insert, _erase, _cut),
    *(_drop_line, _repeat_line, _swap_lines, _word, _letter),
)
