"""The times over which the verdict looks: whole periods, fixed before any count is seen."""

import numpy as np
import pytest
from oracles import DephasedRabi, qubit_ergotropy
from sampled import predicted

from analysis.estimators.expectation import Expectation
from analysis.estimators.windows import (
    averaging_weights,
    heat_window_end,
    late_window,
    mean_window,
    rabi_period,
)
from cqed_battery.experiment import Experiment

DEFAULT = Experiment()
TIMES = DEFAULT.charging.grid_ns()
DETUNED = {"drive.rabi_rate_MHz": 30.0, "drive.frequency_GHz": 5.04}


def test_period_is_that_of_the_generalised_rabi_oscillation():
    """1/sqrt(Omega^2 + D^2), and endless without a drive on resonance."""
    assert rabi_period(DEFAULT) == pytest.approx(20.0)
    assert rabi_period(DEFAULT.replace(DETUNED)) == pytest.approx(20.0)
    assert rabi_period(DEFAULT.replace({"drive.rabi_rate_MHz": 0.0})) == np.inf


@pytest.mark.parametrize(
    ("changes", "length"),
    [
        ({}, 20.0),
        ({"analysis.late_window_ns": 5.0}, 20.0),
        ({"analysis.late_window_ns": 20.0}, 20.0),
        ({"analysis.late_window_ns": 25.0}, 40.0),
        ({"analysis.late_window_ns": 55.0}, 60.0),
        (DETUNED, 40.0),
        (DETUNED | {"analysis.late_window_ns": 5.0}, 40.0),
    ],
    ids=["default", "shorter", "one", "longer", "longest", "detuned", "detuned shorter"],
)
def test_late_window_is_made_of_whole_periods(changes, length):
    """It ends with the run, spans what is asked and 1/Omega, and is a multiple of the period."""
    start, end, covers = late_window(DEFAULT.replace(changes), TIMES)
    assert (end - start, end, covers) == (pytest.approx(length), 60.0, True)


def test_mean_window_is_the_longest_of_whole_periods():
    """Of a run of 2.75 periods it takes the last 2."""
    times = np.linspace(0.0, 55.0, 56)
    assert mean_window(DEFAULT, times) == (pytest.approx(15.0), 55.0, True)


@pytest.mark.parametrize("window", [late_window, mean_window])
@pytest.mark.parametrize(
    ("rabi", "stop"), [(50.0, 19.0), (10.0, 60.0), (0.0, 60.0)], ids=["short", "slow", "undriven"]
)
def test_less_than_a_period_is_said(window, rabi, stop):
    """A run shorter than the Rabi period is taken whole and marked as not covering one."""
    times = np.linspace(0.0, stop, 20)
    experiment = DEFAULT.replace({"drive.rabi_rate_MHz": rabi})
    assert window(experiment, times) == (0.0, stop, False)


def test_exactly_one_period_covers_it():
    """A run of one Rabi period, rounding included, covers it."""
    times = np.linspace(0.0, 20.0, 21) * (1 + 1e-12)
    assert late_window(DEFAULT, times)[2]
    assert mean_window(DEFAULT, times)[2]


@pytest.mark.parametrize(("start", "end"), [(0.0, 60.0), (12.3, 47.9), (40.0, 60.0), (33.2, 33.4)])
def test_weights_average_straight_lines_exactly(start, end):
    """On uneven times, for ends between them: the mean of 1 is 1, that of t the middle."""
    times = np.sort(np.concatenate([TIMES[::5], [3.3, 31.7, 33.3]]))
    weights = averaging_weights(times, start, end)
    assert weights.sum() == pytest.approx(1.0)
    assert weights @ times == pytest.approx((start + end) / 2)


def test_weights_are_those_of_the_piecewise_linear_curve():
    """The mean of any curve is that of the polygon through its points."""
    values = np.random.default_rng(1).uniform(size=61)
    fine = np.linspace(12.3, 47.9, 200_001)
    expected = np.trapezoid(np.interp(fine, TIMES, values), fine) / (47.9 - 12.3)
    assert averaging_weights(TIMES, 12.3, 47.9) @ values == pytest.approx(expected, abs=1e-7)


def test_an_empty_window_is_the_nearest_time():
    """Start and end at one moment leave the time closest to it."""
    weights = averaging_weights(TIMES, 30.2, 30.2)
    assert weights.tolist() == np.eye(61)[30].tolist()


def test_a_node_of_the_control_is_not_a_gain():
    """A run that ends where the control is empty shows no late gain over whole periods.

    A window of 2 ns around that node would show one, even if the file asks for it.
    """
    oracle = DephasedRabi(coherence_rate_MHz=0.1)
    control = qubit_ergotropy(np.stack([oracle.x(TIMES), 0 * TIMES, oracle.z(TIMES)], axis=1))
    gain = 0.1 - control
    asked = DEFAULT.replace({"analysis.late_window_ns": 2.0})
    start, end, _ = late_window(asked, TIMES)
    assert gain[-1] > 0.09
    assert averaging_weights(TIMES, 58.0, 60.0) @ gain > 0.05
    assert averaging_weights(TIMES, start, end) @ gain < -0.3
    start, end, _ = mean_window(asked, TIMES)
    assert averaging_weights(TIMES, start, end) @ gain < -0.3


def expecting(heat):
    """An expectation of which only the heat integral matters."""
    return Expectation(predicted(DEFAULT), {"catalysed": {"heat_integral": np.asarray(heat)}})


@pytest.mark.parametrize(
    ("heat", "index"),
    [
        ([0.0, -0.1, -0.3, -0.4, -0.2, -0.1], 3),
        ([0.0, 0.1, 0.05, -0.2, -0.1, -0.3], 3),
        ([0.0, -0.1, 0.1, 0.2, 0.3, 0.4], 2),
        ([0.0, -0.1, -0.2, -0.3, -0.4, -0.5], 5),
        ([0.0, 0.0, 0.1, 0.2, 0.2, 0.3], 5),
    ],
    ids=["first minimum", "after a rise", "three times at least", "still falling", "never falls"],
)
def test_heat_window_ends_with_the_first_fall(heat, index):
    """S is taken to the end of the model's first window of negative J."""
    assert heat_window_end(DEFAULT, expecting(heat), np.arange(6.0)) == index


@pytest.mark.parametrize(("end", "index"), [(2.0, 2), (3.9, 3), (0.1, 1), (90.0, 5)])
def test_heat_window_ends_where_the_file_says(end, index):
    """A stated end is the last time not beyond it, two times at least."""
    experiment = DEFAULT.replace({"analysis.heat_window_end_ns": end})
    assert heat_window_end(experiment, expecting(np.zeros(6)), np.arange(6.0)) == index
