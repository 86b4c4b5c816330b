"""What a verb answers: words for people, or one JSON object for machines."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer


def answer(words: str, values: Mapping[str, Any], *, as_json: bool, quiet: bool) -> None:
    """Print a JSON object, or else words unless the user wants none.

    Args:
        words: a line, or several.
        values: the same for machines; paths become texts.
        as_json: what `--json` says.
        quiet: what `--quiet` says.
    """
    if as_json:
        plain = {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}
        typer.echo(json.dumps(plain, indent=1, allow_nan=False))
    elif not quiet:
        typer.echo(words)
