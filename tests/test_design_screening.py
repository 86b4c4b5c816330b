"""What is screened: exact dynamics would have kept none of it."""

from dataclasses import replace

import numpy as np
import pytest
from boxes import FIXED

from analysis.design_search.box.box import Box
from analysis.design_search.point.merit import merit, shortfall
from analysis.design_search.point.point import evaluate, exact_point, point_experiment
from analysis.design_search.point.point_result import EXACT, SCREENED, UNMEASURED, PointResult
from cqed_battery.experiment import Experiment
from protocols.prediction.predict import with_enough_levels

SMALL = Box(
    bounds={
        "drive.rabi_rate_MHz": (20, 90),
        "resonator.detuning_MHz": (-150, 50),
        "coupler.g_on_MHz": (3, 40),
        "resonator.linewidth_MHz": (0.5, 10),
        "charging.stop_ns": (300, 1200),
    },
    objective={"least_gain": 0.3, "least_fidelity": 0.95},
)
CROWDED = Box(
    bounds={
        "drive.rabi_rate_MHz": (60, 90),
        "drive.detuning_MHz": (-15, 15),
        "resonator.detuning_MHz": (-15, 15),
        "coupler.g_on_MHz": (20, 40),
        "resonator.linewidth_MHz": (0.3, 2),
        "charging.stop_ns": (300, 500),
    },
    objective={"least_gain": 0.1, "least_fidelity": 0.8},
)
KINDS = ("significance", "hours-to-5-sigma", "sustained-gain", "efficiency")


def screened(experiment: Experiment, box: Box, count: int, seed: int) -> list[dict[str, float]]:
    """Return the values of those of some random points of a box that are screened."""
    places = np.random.default_rng(seed).random((count, len(box.keys)))
    values = [box.values(place) for place in places]
    return [each for each in values if evaluate(experiment, box, each).status == SCREENED]


def exactly(experiment: Experiment, box: Box, values: dict[str, float]) -> PointResult:
    """Return what no screening at all gives: exact dynamics, however many photons there are."""
    whole = with_enough_levels(point_experiment(experiment, box, values))
    return exact_point(whole, box.objective)


def check_hopeless(experiment: Experiment, box: Box, values: dict[str, float]) -> None:
    """Require that a screened point's exact values lie below a bar, and its merit below any kept.

    A kept point's merit is that of bars just met, by a point that no way measures.
    """
    found, objective = exactly(experiment, box, values), box.objective
    assert found.status in (EXACT, UNMEASURED)
    assert shortfall(found.sustained_gain, found.fidelity, objective) > 0
    kept = replace(
        found,
        status=UNMEASURED,
        mean_gain=objective.least_gain,
        late_gain=objective.least_gain,
        fidelity=objective.least_fidelity,
        efficiency=0.0,
    )
    for kind in KINDS:
        asking = box.with_objective(kind=kind)
        if evaluate(experiment, asking, values).status == SCREENED:
            assert merit(found, asking.objective) < merit(kept, asking.objective)


@pytest.mark.parametrize(("box", "count", "least"), [(SMALL, 6, 3), (CROWDED, 3, 2)])
def test_screened_points_would_not_be_kept(box, count, least):
    """Of random points those that are screened lie below a bar by their exact dynamics."""
    hopeless = screened(FIXED, box, count, seed=4)
    assert len(hopeless) >= least
    for values in hopeless:
        check_hopeless(FIXED, box, values)


def test_points_of_too_many_photons_are_among_them():
    """12 Fock levels do not hold the steady state: no window mean, F far below its bar."""
    values = CROWDED.values(np.full(6, 0.5)) | {"resonator.linewidth_MHz": 0.5}
    found = evaluate(FIXED, CROWDED, values)
    assert found.status == SCREENED
    assert np.isnan(found.mean_gain)
    assert found.fidelity < CROWDED.objective.least_fidelity - 0.02


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("box", [SMALL, CROWDED])
def test_no_screened_point_of_many_would_be_kept(box, seed):
    """The same of more points, of a transmon with its third level, too."""
    for device in (FIXED, FIXED.replace({"transmon.levels": 3, "transmon.t1_us": 10.0})):
        hopeless = screened(device, box, 20, seed=seed)
        assert hopeless
        for values in hopeless:
            check_hopeless(device, box, values)
