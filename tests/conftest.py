"""One thread for linear algebra, since with matrices this small threads only wait for each other.

The files that take longest come first, so that two processes end together.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

# A slow machine is no failure, and every run tries the same examples.
settings.register_profile(
    "the tests",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("the tests")

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


_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)
_NO_SKIPS = "CQED_BATTERY_NO_SKIPS"
"""Set where everything that tests need is installed: a test that is skipped has then failed."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a skipped test fail where nothing may be skipped."""
    return _judged((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let a file that is skipped fail where nothing may be skipped."""
    return _judged((yield))


def _judged(report: _Report) -> _Report:
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get(_NO_SKIPS):
        report.outcome = "failed"
        report.longrepr = f"{_NO_SKIPS} is set, but this was skipped: {report.longrepr}"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""
    items.sort(key=lambda item: _rank(item.path))


def _rank(file: Path) -> int:
    return _LONGEST.index(file.stem) if file.stem in _LONGEST else len(_LONGEST)
