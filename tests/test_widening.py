"""Priors that a device lies outside of are widened, and only those."""

import numpy as np
import pytest
from small_fits import small

from analysis import analyse
from analysis.estimators.global_fit.widening import prior_scale
from protocols.emulation.emulate import emulate

TOLD = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 3.0])
"""Standard errors by the counts alone, in priors."""


def scales(times, rng, runs=400):
    """What is found of linear fits of devices so many times their priors off."""
    covariance = np.diag(1 / (1 / TOLD**2 + 1))
    found = []
    for _ in range(runs):
        measured = times * rng.standard_normal(len(TOLD)) + TOLD * rng.standard_normal(len(TOLD))
        moved = covariance @ (measured / TOLD**2)
        found.append(prior_scale(np.ones(len(TOLD)), covariance, moved))
    return np.array(found)


def test_priors_that_hold_stay():
    """Of devices that are as far off as the priors say, one in fifty is thought to be farther."""
    assert (scales(1.0, np.random.default_rng(1)) > 1).mean() < 0.02


def test_broad_priors_do_not_hide_that_others_are_too_narrow():
    """Three parameters ten priors off are found beside five that lie where the file has them."""
    covariance = np.diag(1 / (1 / TOLD**2 + 1))
    moved = np.array([0.0, 0.0, 0.0, 10.0, 0.0, 10.0, 10.0, 0.0])
    assert prior_scale(np.ones(len(TOLD)), covariance, moved) > 4


def test_priors_that_are_too_narrow_are_told():
    """At three times it is seen in most fits, and the scale is about that."""
    found = scales(3.0, np.random.default_rng(2))
    assert (found > 1).mean() > 0.8
    assert np.median(found[found > 1]) == pytest.approx(3, abs=0.8)


@pytest.mark.study
def test_a_device_beyond_its_priors_is_covered_and_told():
    """A late and slow line, four priors off: the check warns, the bands hold the truth."""
    file = small().replace({"tomography.shots": 300, "vacuum.method": "none"})
    off = {"faults.drive_delay_ns": 1.2, "faults.drive_bandwidth_MHz": 90.0}
    runs = {}
    for name, changes in (("right", {}), ("off", off)):
        dataset = emulate(file.replace(changes))
        dataset.attrs["experiment"] = file.to_toml(comments=False)
        runs[name] = analyse(dataset), dataset["truth"]
    right, wrong = (runs[name][0]["checks"]["model_agreement"] for name in runs)
    assert right["outcome"] == "pass"
    assert wrong["outcome"] == "warn"
    assert "times as wide" in wrong["statement"]
    results, truth = runs["off"]
    for arm, quantities in results["global_fit"]["arms"].items():
        low, high = (np.array(quantities["energy"][end]) for end in ("ci_low", "ci_high"))
        true = truth["energy"].sel(arm=arm).values
        assert ((low <= true) & (true <= high)).mean() > 0.7
