"""TOML from a user: parsed only if it is nested no deeper than any of our files.

The standard parser keeps every beginning of a dotted key, so that a key of 10^5 parts in a file
of 200 kB asks for 40 GB; arrays and inline tables nest as calls do.
"""

import re
import tomllib
from typing import Any

DEEPEST = 32
"""Most parts of a dotted key, and most brackets inside each other; our files need few."""

_TEXTS = (
    r'"""(?:\\.|[^\\])*?"""',
    r"'''.*?'''",
    r'"(?:\\.|[^"\\\n])*+"',
    r"'[^'\n]*+'",
    r"#[^\n]*+",
)
_TEXT_OR_COMMENT = re.compile("|".join(_TEXTS), re.DOTALL)
_DEEP_KEY = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{DEEPEST}}}")
_BRACKETS = re.compile(r"[\[\]{}]")


def loads(text: str) -> dict[str, Any]:
    """Return the tables of TOML text.

    Args:
        text: of a whole file.

    Raises:
        ValueError: the text is not TOML (tomllib.TOMLDecodeError) or is nested too deeply.
    """
    bare = _TEXT_OR_COMMENT.sub(lambda found: "" if found[0][0] == "#" else "s", text)
    if _DEEP_KEY.search(bare) or _depth(bare) > DEEPEST:
        raise ValueError("it is nested too deeply")
    return tomllib.loads(text)


def _depth(bare: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKETS.findall(bare):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
