"""kill -9 in the middle: nothing torn, nothing lost, and the same result in the end."""

from pathlib import Path
from random import Random

import pytest
from soak.kills import VERBS, kill_often


@pytest.mark.study
@pytest.mark.parametrize("verb", ["run", "sweep"])
def test_killed_twice(verb: str, tmp_path: Path) -> None:
    """A command that is killed twice and then let finish writes what an undisturbed one does."""
    found = kill_often(verb, 2, 2, tmp_path, Random(5))
    assert found.passed, found


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_killed_fifty_times(verb: str, tmp_path: Path) -> None:
    """The same at fifty random moments, of every command that takes long."""
    found = kill_often(verb, 50, 5, tmp_path, Random(6))
    assert found.passed, found
