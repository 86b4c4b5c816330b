"""Which commit of this software runs, where it runs from a checkout of its repository."""

import os
import subprocess
from functools import lru_cache
from pathlib import Path

_LONGEST_S = 5.0


@lru_cache(maxsize=1)
def commit() -> str:
    """Return the commit of this software where it runs from a checkout, "" anywhere else.

    It ends in "-dirty" where files differ from it.
    """
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_LONGEST_S,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
