"""Where nothing may be skipped, a skipped test or file has failed; elsewhere it is skipped."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

SKIPPED = """
import pytest
@pytest.mark.skipif(True, reason="no browser")
def test_marked(): pass
def test_within(): pytest.skip("no client")
@pytest.mark.xfail(reason="known")
def test_expected(): assert False
def test_sound(): pass
"""
FILE = "import pytest\npytest.importorskip('no_such_client')\n"


@pytest.mark.parametrize("forbidden", [True, False])
def test_skips(forbidden: bool, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of marks, of calls within a test and of whole files; what is expected to fail still may."""
    pytester.makeconftest((Path(__file__).parent / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(test_one=SKIPPED, test_other=FILE)
    if forbidden:
        monkeypatch.setenv("CQED_BATTERY_NO_SKIPS", "1")
    else:
        monkeypatch.delenv("CQED_BATTERY_NO_SKIPS", raising=False)
    found = pytester.runpytest("--continue-on-collection-errors", "-p", "no:cacheprovider")
    if forbidden:
        found.assert_outcomes(failed=1, errors=2, xfailed=1, passed=1)
        found.stdout.fnmatch_lines(["*but this was skipped*no browser*"])
    else:
        found.assert_outcomes(skipped=3, xfailed=1, passed=1)
