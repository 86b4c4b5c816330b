"""One thread for linear algebra, since with matrices this small threads only wait for each other.

The files that take longest come first, so that two processes end together.
"""

import os
from pathlib import Path

import pytest

_LONGEST = (
    "test_fuzz",
    "test_sweep_faults",
    "test_docs",
    "test_global_fit",
    "test_validate_verb",
    "test_executors",
    "test_saved_points",
    "test_cluster",
    "test_validation",
    "test_coverage",
    "test_kills",
    "test_notebooks",
    "test_slopes",
)

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""
    items.sort(key=lambda item: _rank(item.path))


def _rank(file: Path) -> int:
    return _LONGEST.index(file.stem) if file.stem in _LONGEST else len(_LONGEST)
