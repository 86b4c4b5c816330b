"""The best control within a box, against a scan of it and against the searched points."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fake_searches import FIXED

from analysis.design_search.box.box import parse_box
from analysis.design_search.point.point import control_averages, expected_arms, point_experiment
from analysis.design_search.point.significance import gain_averages
from analysis.design_search.search import control as design_control
from analysis.design_search.search.control import KINDS, best_controls

DEVICE = FIXED.replace(
    {
        "transmon.levels": 2,
        "coupler.ramp_ns": 0.0,
        "drive.rise_ns": 0.0,
        "tomography.pulse": "none",
        "charging.stop_ns": 300.0,
    }
)
BOX = parse_box(
    '[box]\n"drive.detuning_MHz" = [-60, 60]\n"coupler.g_on_MHz" = [5, 50]\n', "box.toml", DEVICE
)


def points(**found: Any) -> Any:
    """Stand for a search whose best point lies in the middle of the box."""
    return SimpleNamespace(fixed=DEVICE, box=BOX, places={0: np.array([0.5, 0.5])}, found=found)


def at(detuning: float) -> Any:
    values = {"drive.detuning_MHz": detuning, "coupler.g_on_MHz": 20.0}
    return point_experiment(DEVICE, BOX, values)


def test_the_controls_numbers_are_those_of_the_points():
    """Peak, window mean and late are what the control arm of an exact point has."""
    experiment = at(-20.0)
    arm = expected_arms(experiment).arms["control"]["ergotropy"]
    averages = gain_averages(experiment, experiment.charging.grid_ns())
    expected = [arm.max(), *(averages @ arm)]
    assert control_averages(experiment) == pytest.approx(expected, abs=1e-9)


def test_the_best_control_is_no_worse_than_a_scan():
    """For each kind it reaches the best of 25 detunings, by a drive of its own."""
    found = best_controls(points(), 0, 240, seed=1)
    scan = np.array([control_averages(at(float(x))) for x in np.linspace(-60, 60, 25)])
    for kind, name in enumerate(KINDS):
        assert found[name].ergotropy >= scan[:, kind].max() - 1e-3
        own = control_averages(at(found[name].values["drive.detuning_MHz"]))
        assert own[kind] == pytest.approx(found[name].ergotropy, abs=1e-9)
    assert list(found["late_control"].values) == ["drive.detuning_MHz"]


def test_a_searched_points_control_counts():
    """One that is better than all that were tried takes its place, for its own kinds alone."""
    better = SimpleNamespace(peak_control=2.0, mean_control=float("nan"), late_control=0.0)
    search = points()
    place = BOX.place({"drive.detuning_MHz": -30.0, "coupler.g_on_MHz": 45.0})
    search.places[7], search.found[7] = place, better
    found = best_controls(search, 0, 4, seed=1)
    assert found["peak_control"].ergotropy == 2.0
    assert found["peak_control"].values["drive.detuning_MHz"] == pytest.approx(-30.0)
    assert found["mean_control"].ergotropy < 1.0


def test_climbing_goes_beyond_the_sample(monkeypatch):
    """The climbs make no kind worse and at least one better than the sample alone."""
    climbed = best_controls(points(), 0, 240, seed=1)
    monkeypatch.setattr(design_control, "_climb", lambda *_: None)
    sampled = best_controls(points(), 0, 240, seed=1)
    gains = [climbed[name].ergotropy - sampled[name].ergotropy for name in KINDS]
    assert min(gains) >= 0
    assert max(gains) > 1e-6
