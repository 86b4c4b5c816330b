"""Begin a process that judges cases: make the small run that they begin with, then work."""

import sys
import tempfile
from pathlib import Path

from commands import call

from .cases import Corpus
from .values import toml
from .worker import work


def corpus() -> Corpus:
    """Return the files of a small run."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "e.toml").write_text(toml({}), encoding="utf-8")
        assert call("run", here / "e.toml", "--out", here / "out", "-q").exit_code == 0
        assert call("export", here / "out/dataset.nc", here / "t.csv", "-q").exit_code == 0
        return Corpus(
            table=(here / "t.csv").read_text(encoding="utf-8"),
            dataset=(here / "out/dataset.nc").read_bytes(),
            results=(here / "out/results.json").read_text(encoding="utf-8"),
        )


if __name__ == "__main__":
    work(corpus(), float(sys.argv[1]))
