"""The benchmark of the envelopes: its rows, its targets and its truth."""

import json

import numpy as np
import pytest

from benchmarks import envelopes


def test_benchmark_measures_every_method(tmp_path):
    """The smallest Monte-Carlo gives each method's error, coverage where known, and targets."""
    envelopes.main(["--tiny", "--out", str(tmp_path)])
    content = json.loads((tmp_path / "envelopes.json").read_text())
    assert [row["method"] for row in content["methods"]] == list(envelopes.METHODS)
    assert all(0 < row["relative_rmse"] < 0.5 for row in content["methods"])
    assert ["coverage" in row for row in content["methods"]] == [True, True, False, False]
    assert all(0 <= row["coverage"] <= 1 for row in content["methods"][:2])
    assert set(content["targets"]["coverage, damped-sinusoids"]) == {"value", "target", "met"}


def test_benchmark_truth_turns_with_its_own_rate():
    """The truth begins at z = -1 at rest, and its rate is the slope of its z."""
    truth = envelopes.signal(601)
    assert (truth.z[0], truth.rate[0]) == pytest.approx((-1.0, 0.0), abs=1e-9)
    slope = np.gradient(truth.z, truth.times)
    np.testing.assert_allclose(truth.rate[1:-1], slope[1:-1], atol=1e-3)
