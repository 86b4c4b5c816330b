"""`make` finds a Python that fits, or uv fetches one, in whatever folder the clone lies."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = f"""#!/bin/sh
# Claims to be a Python of the version in its name; of `-m venv` it makes what make waits for.
version=$(basename "$0" | tr -d a-z | tr . ,)
here="import sys; sys.version_info = ($version,)"
if [ "$1" = -c ]; then exec {sys.executable!r} -c "$here; $2"; fi
mkdir -p "$3/bin" && basename "$0" > "$3/bin/python"
"""
UV = """#!/bin/sh
if [ "$1" = venv ]; then echo "uv $*"; mkdir -p .venv/bin && touch .venv/bin/python; fi
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make is installed")


def make(folder: Path, programs: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Make the virtual environment's Python where there are these programs and a bare system."""
    clone, bin = folder / "a clone", folder / "bin"
    clone.mkdir()
    bin.mkdir()
    shutil.copy(ROOT / "Makefile", clone)
    for name, text in programs.items():
        (bin / name).write_text(text, encoding="utf-8")
        (bin / name).chmod(0o755)
    for name in ("sh", "mkdir", "touch", "basename", "tr", "rm", "make"):
        (bin / name).symlink_to(str(shutil.which(name)))
    return subprocess.run(
        [str(bin / "make"), ".venv/bin/python"],
        cwd=clone,
        env={"PATH": str(bin), **{k: v for k, v in os.environ.items() if k == "LD_LIBRARY_PATH"}},
        capture_output=True,
        text=True,
        timeout=900,
    )


@pytest.mark.parametrize("name", ["python3.11", "python3.12", "python3.13"])
def test_every_supported_python_is_taken(name: str, tmp_path: Path) -> None:
    """3.11 to 3.13 fit, beside others that do not."""
    others = {"python3.10": PYTHON, "python3.14": PYTHON}
    done = make(tmp_path, {name: PYTHON, "uv": UV, **others})
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert (tmp_path / "a clone/.venv/bin/python").read_text() == f"{name}\n"


def test_uv_fetches_one_where_none_fits(tmp_path: Path) -> None:
    """uv is asked for 3.13 with pip in it."""
    done = make(tmp_path, {"python3": PYTHON.replace("$version,", "3, 14"), "uv": UV})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "uv venv --quiet --seed --python 3.13 .venv\n"


def test_without_any_the_remedy_is_said(tmp_path: Path) -> None:
    """The reason and the command that helps stand in the sentence."""
    done = make(tmp_path, {"python3": PYTHON.replace("$version,", "3, 14")})
    assert done.returncode != 0
    assert "Python 3.11, 3.12 or 3.13 is needed" in done.stderr
    assert "symengine < 0.14" in done.stderr
    assert "uv venv --python 3.13" in done.stderr
