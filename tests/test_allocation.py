"""Allocations against closed forms, and shots of single settings from file to counts."""

import numpy as np
import pytest
from commands import SMALL
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from analysis.estimators.linear import Linear
from analysis.planning.allocation import Design, neyman, optimal_design, whole_shots
from analysis.planning.solve import Goal, ceiling, needed_budget
from cqed_battery.experiment import Experiment, ExperimentError
from protocols.emulation.emulate import emulate
from protocols.settings.settings import Settings
from protocols.stages.charging import arms

QUICK = {
    "charging.points": 4,
    "charging.stop_ns": 6.0,
    "vacuum.points": 3,
    "reset.shots": 100,
    "tomography.shots": 30,
    "vacuum.shots": 20,
    "readout.calibration_shots": 50,
}


class Fixed:
    """An estimator with fixed weights, known to have standard error `left` without shot noise."""

    def __init__(self, weights: list[float], frequency: list[float], left: float = 0.0) -> None:
        self.weights, self.frequency = np.array([weights]), np.array(frequency)
        self.own, self.left = np.ones(len(weights)), left

    def linear(self, shots: np.ndarray) -> Linear:
        return Linear(np.array([1.0]), self.weights, {"left": np.array([self.left])})


class Regression:
    """Weighted least squares: the value of c'theta from rows f_j with unit noise; no prior."""

    def __init__(self, rows: np.ndarray, wanted: np.ndarray) -> None:
        self.rows, self.wanted = rows, wanted
        self.frequency, self.own = np.full(len(rows), 0.5), np.ones(len(rows))

    def linear(self, shots: np.ndarray) -> Linear:
        information = (self.rows * (4 * shots)[:, None]).T @ self.rows
        direction = np.linalg.pinv(information, rcond=1e-12) @ self.wanted
        weights = 4 * shots * (self.rows @ direction)
        return Linear(np.array([1.0]), weights[None], {})


def designed(estimator: Fixed | Regression, budget: float, cost: np.ndarray) -> Design:
    return optimal_design(estimator, np.ones(1), cost, budget, np.ones(len(cost)))


@given(
    st.lists(
        st.tuples(st.floats(0.1, 10), st.floats(0.02, 0.98), st.floats(0.1, 10)),
        min_size=2,
        max_size=12,
    )
)
def test_neyman_is_the_minimum(settings):
    """The variance is (sum |w| sigma sqrt(cost))^2 / budget, by Cauchy-Schwarz the least."""
    weights, frequency, cost = (np.array(column) for column in zip(*settings, strict=True))
    estimator = Fixed(list(weights), list(frequency))
    design = designed(estimator, 50.0, cost)
    assert design.shots @ cost == pytest.approx(50.0)
    sigma = np.sqrt(frequency * (1 - frequency))
    least = float(np.sum(weights * sigma * np.sqrt(cost)) ** 2 / 50.0)
    linear = estimator.linear(design.shots)
    assert linear.shot_variance(estimator.frequency, design.shots)[0] == pytest.approx(least)
    assert design.gap == pytest.approx(0.0, abs=1e-9)


def test_c_optimal_designs_are_elfving():
    """The least variance is Elfving's, the square of the 1-norm of a linear program."""
    points = np.linspace(-1, 1, 21)
    rows = np.vander(points, 3)
    for wanted in (np.array([0.0, 1.0, 0.0]), np.array([4.0, 2.0, 1.0])):
        both = np.hstack([rows.T, -rows.T])
        norm = linprog(np.ones(2 * len(rows)), A_eq=both, b_eq=wanted).fun
        estimator = Regression(rows, wanted)
        design = designed(estimator, 10.0, np.ones(len(rows)))
        linear = estimator.linear(design.shots)
        found = float(linear.shot_variance(estimator.frequency, design.shots)[0])
        assert found == pytest.approx(0.25 * norm**2 / 10.0, rel=2e-3)
        assert design.gap < 0.02
        uniform = np.full(len(rows), 10.0 / len(rows))
        worse = estimator.linear(uniform).shot_variance(estimator.frequency, uniform)[0]
        assert worse > 1.2 * found


def test_shots_for_a_goal_are_the_closed_form():
    """N = sigma^2 sum w^2 f (1 - f) / share / (1 - sigma^2 left^2); beyond 1/left there is none."""
    estimator = Fixed([1.0, 2.0], [0.5, 0.2], left=0.1)
    share = np.array([0.25, 0.75])
    per_shot = 1.0 * 0.25 / 0.25 + 4.0 * 0.16 / 0.75
    wanted = per_shot / (1 / 5.0**2 - 0.1**2)
    assert needed_budget(estimator, Goal(5.0), share, 0 * share) == pytest.approx(wanted, rel=2e-4)
    assert ceiling(estimator, Goal(5.0), 0 * share) == pytest.approx(10.0)
    assert needed_budget(estimator, Goal(10.5), share, 0 * share) is None
    precise = needed_budget(estimator, Goal(1.0, 0.2), share, 0 * share)
    assert precise == pytest.approx(wanted, rel=2e-4)  # 0.2 is a fifth of the value 1


def test_a_weight_without_shots_is_no_estimate():
    """A setting that the estimator uses must have shots; one that it does not use need not."""
    linear = Linear(np.ones(1), np.array([[1.0, 0.0]]), {})
    frequency = np.array([0.5, 0.5])
    assert linear.shot_variance(frequency, np.array([4.0, 0.0]))[0] == pytest.approx(0.0625)
    assert np.isinf(linear.shot_variance(frequency, np.array([0.0, 4.0]))[0])


def test_shots_become_whole_and_never_fewer():
    """Rounding goes up, and a setting that is needed gets at least one shot."""
    shots = whole_shots(np.array([0.0, 0.2, 3.0, 3.1, 0.0]), np.array([1, 1, 1, 1, 0]))
    assert shots.tolist() == [1, 1, 3, 4, 0]
    assert neyman(np.array([3.0, 1.0]), np.ones(2), 8.0).tolist() == [6.0, 2.0]


def test_counts_have_the_allocated_shots():
    """Every setting of an emulated run has its own shots; the others keep the plain number."""
    lists = {
        "allocation.catalysed_x": [1, 2, 3, 4],
        "allocation.control_z": [9, 8, 7, 6],
        "allocation.vacuum_pi": [5, 6, 7],
        "allocation.prepared_1": 77,
        "tomography.bases": ["z", "x", "y"],
    }
    tree = emulate(Experiment().replace({**QUICK, **lists}))
    shots = tree["counts"].sum("outcome")
    assert shots.sel(arm="catalysed", basis="x").values.tolist() == [1, 2, 3, 4]
    assert shots.sel(arm="control", basis="z").values.tolist() == [9, 8, 7, 6]
    assert (shots.sel(arm="control", basis="x") == 30).all()
    assert tree["vacuum_counts"].sum("outcome").values.tolist() == [[20, 20, 20], [5, 6, 7]]
    assert tree["calibration_counts"].sum("outcome").values.tolist() == [50, 77]


def test_an_allocation_equal_to_the_plain_shots_changes_no_count():
    """Seeds belong to settings, so listing the same numbers gives the same bytes."""
    plain = Experiment().replace(QUICK)
    listed = Settings(plain).with_shots(Settings(plain).shots)
    assert listed.allocation.catalysed_y == (30, 30, 30, 30)
    first, second = emulate(plain), emulate(listed)
    for name in ("counts", "calibration_counts", "vacuum_counts"):
        assert first[name].values.tobytes() == second[name].values.tobytes()


def test_shots_go_into_a_file_and_come_back():
    """`with_shots` and `shots` are inverse, also through TOML, in the order of the settings."""
    experiment = Experiment.from_text(SMALL)
    settings = Settings(experiment)
    shots = np.arange(1, settings.size + 1)
    written = settings.with_shots(shots)
    again = Experiment.from_text(written.to_toml())
    assert Settings(again).shots.tolist() == shots.tolist()
    assert again.allocation.prepared_1 == 2
    assert again.allocation.catalysed_x[:2] == (3, 6)
    assert again.allocation.vacuum_pi[-1] == settings.size
    assert settings.arms == arms(experiment)


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("catalysed_x", [1, 2], r"allocation\.catalysed_x must have an entry for each of the 61"),
        ("vacuum_none", [5] * 40, r"each of the 41 exchange times \(vacuum\.points\), but has 40"),
        ("control_y", [0] * 61, r"each a whole number >= 1 .*, but entry 1 is 0"),
        ("prepared_0", 0, r"allocation\.prepared_0 must be a whole number >= 1"),
    ],
)
def test_bad_lists_are_refused(key, value, sentence):
    """A list of the wrong length, and an empty setting, are refused by name."""
    with pytest.raises(ExperimentError, match=sentence):
        Experiment().replace({f"allocation.{key}": value})


def test_repetitions_take_what_the_parts_take():
    """Reset 2 x 500 + 2000, sequence, readout 1000 and wait 10000 ns, added by hand."""
    experiment = Experiment().replace({**QUICK, "vacuum.stop_ns": 40.0})
    settings = Settings(experiment)
    periods = settings.periods_ns
    every = 3000.0 + 1000.0 + 10000.0
    assert periods[:2].tolist() == [every + 1000.0] * 2
    times = np.array([0.0, 2.0, 4.0, 6.0])
    expected = every + times[:, None] + np.array([17.0, 17.0, 17.0])
    for arm in settings.arms:
        np.testing.assert_allclose(settings.arm_part(periods, arm), expected)
    vacuum = every + 6.0 + np.array([0.0, 20.0, 40.0]) + 1.0
    np.testing.assert_allclose(settings.vacuum_part(periods), [vacuum, vacuum + 18.0])
    passive = experiment.replace({"reset.kind": "passive", "laboratory.idle_us": 0.0})
    assert Settings(passive).periods_ns[0] == 250000.0 + 2000.0
    none = experiment.replace({"reset.kind": "none"})
    assert Settings(none).periods_ns[0] == 12000.0
