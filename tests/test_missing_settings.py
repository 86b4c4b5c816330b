"""What may be missing of a measurement: axes, cells, whole times, a trace; what follows without."""

from functools import lru_cache

import numpy as np
import pytest
from lab_tables import EXPERIMENT, read, rows
from sampled import analysed, dataset

from analysis.data.inputs import read_inputs
from analysis.estimators.ergotropy.bounds import ergotropy_of
from analysis.estimators.heat.gaps import Gaps
from analysis.estimators.heat.integral import HeatIntegral
from analysis.estimators.heat.smooth_bloch import smooth_bloch
from analysis.estimators.linear import binomial_variance, share_of_ones
from analysis.estimators.state.bloch import BlochEstimate
from analysis.results import save_results
from cqed_battery.experiment import Experiment

pytestmark = pytest.mark.study

X, Y, Z = range(3)
FIFTEEN = EXPERIMENT.replace({"charging.points": 16, "analysis.global_fit": False})
"""16 times, 4 ns apart, of a two-level device."""


@lru_cache
def whole(seed):
    return dataset(FIFTEEN, np.random.default_rng(seed))


def without(seed, change):
    """A dataset with shots taken out of its counts by `change`(counts (A, T, 3, 2))."""
    tree = whole(seed).copy(deep=True)
    values = tree["counts"].values.copy()
    change(values)
    tree["counts"] = tree["counts"].copy(data=values)
    return tree


def no_transverse(values):
    values[:, :, [X, Y]] = 0


def no_y(values):
    values[:, :, Y] = 0


def single_cells(values):
    values[0, 5, X] = values[0, 9, Z] = values[1, 3, X] = values[1, 15, Z] = 0
    values[1, 11] = 0


def coverage(change, names, seeds):
    """The share of intervals that hold the truth, by quantity, over arms, times and runs."""
    held = {name: [] for name in names}
    for seed in seeds:
        tree = without(seed, change)
        results = analysed(tree)
        truth = tree["truth"].to_dataset()
        truth["energy_rate"] = truth["power"] + truth["heat_current"]
        for arm, name in ((arm, name) for arm in results["arms"] for name in names):
            entry, true = results["arms"][arm][name], truth[name].sel(arm=arm).values
            low, high = (np.array(entry[end]) for end in ("ci_low", "ci_high"))
            held[name].append((low - 1e-9 <= true) & (true <= high + 1e-9))
    return {name: float(np.mean(parts)) for name, parts in held.items()}


ALL = ("energy", "energy_rate", "ergotropy", "power", "heat_current", "heat_integral")


@pytest.mark.parametrize("change", [no_transverse, no_y, single_cells])
def test_intervals_hold_the_truth_without_some_settings(change):
    """Estimates and bounds hold the truth as often as they say, whatever is missing."""
    for name, share in coverage(change, ALL, range(3)).items():
        assert share >= 0.88, name  # 95 % less three standard errors of some 50 independent times


def test_energy_is_that_of_all_axes():
    """z alone gives the energy of a whole tomography, and its rate, with the same errors.

    x and y tell the device a little better, so that another envelope may compete at single times:
    errors of the rate are compared as a mean.
    """
    cut, full = analysed(without(1, no_transverse)), analysed(whole(1))
    for name, errors in (("energy", np.asarray), ("energy_rate", np.mean)):
        ours, theirs = (results["arms"]["catalysed"][name] for results in (cut, full))
        apart = np.abs(np.subtract(ours["value"], theirs["value"]))
        assert np.all(apart < 0.5 * np.array(theirs["std"]) + 2e-3)
        np.testing.assert_allclose(errors(ours["std"]), errors(theirs["std"]), rtol=0.1)


def test_bounds_are_wider_than_what_all_axes_tell_and_y_adds_what_is_said():
    """The sentence's two widths are those of the run without and, nearly, of the whole run."""
    cut, full = analysed(without(2, no_transverse)), analysed(whole(2))
    said = cut["checks"]["unmeasured"]["statement"]
    assert "the catalysed arm has no x and y: E and dE/dt need neither" in said
    width, better = (
        float(said.split(word)[1].split()[0].rstrip(",;")) for word in ("within ", "would make ")
    )
    for results, told in ((cut, width), (full, better)):
        entry = results["arms"]["catalysed"]["ergotropy"]
        mean = float(np.mean(np.subtract(entry["ci_high"], entry["ci_low"])))
        assert told == pytest.approx(mean, rel=0.15)
    assert width > 2 * better
    assert "unmeasured" not in full["checks"]


def test_nothing_is_said_of_j_without_x(tmp_path):
    """Without x S is not known: undecided, and the sentence says what is missing."""
    results = analysed(without(3, no_transverse))
    heat = results["verdict"]["heat_current_negative"]
    assert heat["outcome"] == "undecided"
    assert (
        "S needs x and y of the catalysed arm and x and y of the control arm" in heat["statement"]
    )
    assert "|r| <= 1" in results["arms"]["catalysed"]["ergotropy"]["method"]
    save_results(results, tmp_path / "results.json")  # finite numbers throughout


def test_an_end_that_was_not_measured_leaves_s_open():
    """z of the last time is that of S up to there: bounds, and a sentence that names the times."""
    late = FIFTEEN.replace({"analysis.heat_window_end_ns": 60.0})
    tree = dataset(late, np.random.default_rng(1))
    values = tree["counts"].values.copy()
    values[0, 15, Z] = 0
    tree["counts"] = tree["counts"].copy(data=values)
    heat = analysed(tree)["verdict"]["heat_current_negative"]
    assert heat["outcome"] == "undecided"
    assert "S needs the times that are missing of the catalysed arm; without" in heat["statement"]
    assert heat["ci_high"] - heat["ci_low"] > 0.9


def test_a_table_of_z_alone_is_read(tmp_path):
    """Rows of z alone, without control and vacuum: the other settings have zero shots."""
    lines = [line for line in rows() if line.split(",")[0] in ("arm", "calibration")]
    lines += [line for line in rows() if line.startswith("catalysed") and ",z," in line]
    tree = read(tmp_path, lines)
    inputs = read_inputs(tree)
    assert list(inputs.counts) == ["catalysed"]
    assert inputs.counts["catalysed"][:, [X, Y]].sum() == 0
    assert inputs.counts["catalysed"][:, Z].sum() == 7000
    assert "14 of 21 tomography settings were not measured" in tree.attrs["notes"]


def test_times_and_exchange_times_may_be_missing(tmp_path):
    """A time of one arm, an exchange time and a single cell of a trace are zero shots."""
    lines = [line for line in rows() if not line.startswith("control,20.0")]
    lines = [line for line in lines if ",66.6" not in line and not line.endswith("pi,0.0")]
    inputs = read_inputs(read(tmp_path, lines))
    assert inputs.counts["control"].sum(axis=(1, 2)).tolist() == [3000, 3000, 0, *4 * [3000]]
    assert inputs.vacuum_counts.sum(axis=-1).tolist() == [[1000, 1000, 0, 1000], [0, 1000, 0, 1000]]
    assert len(inputs.settings.exchange_times) == 4


def test_a_time_without_any_count_is_left_out():
    """Arrays with NaN at a time of both arms: that time is none of the charging times."""
    from analysis.data.laboratory import read_lab_data

    counts = dataset(EXPERIMENT, np.random.default_rng(1)).to_dataset()
    counts["counts"] = counts["counts"].astype(float).where(counts["time"] != 30.0)
    found = read_lab_data(counts, EXPERIMENT)
    assert found.sizes["time"] == 6
    assert "1 charging times without a count were left out" in found.attrs["notes"]


def test_a_vacuum_measurement_with_gaps_gives_f():
    """F without a quarter of the traces' settings is that of all, with a larger error."""
    full = analysed(whole(4))["vacuum_fidelity"]
    tree = whole(4).copy(deep=True)
    values = tree["vacuum_counts"].values.copy()
    values[0, 1] = values[1, 2] = 0
    tree["vacuum_counts"] = tree["vacuum_counts"].copy(data=values)
    cut = analysed(tree)["vacuum_fidelity"]
    assert abs(cut["value"] - full["value"]) < 3 * cut["std"]
    assert cut["std"] > full["std"]
    assert cut["plain_average"] is None


def test_no_shots_are_no_knowledge():
    """A share of 1/2 and an infinite variance, never NaN."""
    ones, shots = np.array([0, 3, 10]), np.array([0, 10, 10])
    assert share_of_ones(ones, shots).tolist() == [0.5, 0.3, 1.0]
    assert binomial_variance(np.array([0.5, 0.3, 1.0]), shots).tolist() == pytest.approx(
        [np.inf, 0.021, 0.0025]
    )


def vectors(count, measured, sigma=0.01, seed=5):
    """States drawn in the ball, and what is measured of their axes."""
    rng = np.random.default_rng(seed)
    states = rng.normal(size=(count, 3))
    states *= (rng.uniform(size=count) ** (1 / 3) / np.linalg.norm(states, axis=1))[:, None]
    seen = np.where(measured, states + sigma * rng.normal(size=states.shape), 0.0)
    shot = np.where(measured, sigma**2, np.inf)
    return states, BlochEstimate(seen, seen, np.tile(shot, (count, 1)), np.zeros((count, 3, 0)), ())


@pytest.mark.parametrize("measured", [(0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 0)])
def test_bounds_hold_every_state(measured):
    """Of 2000 states of the ball nearly all lie within bounds, and the bounds are not idle."""
    states, seen = vectors(2000, np.array(measured, dtype=bool))
    true = (np.linalg.norm(states, axis=1) + states[:, Z]) / 2
    found = ergotropy_of(seen)
    assert np.mean((found.low <= true) & (true <= found.high)) > 0.95
    if measured[Z]:
        np.testing.assert_array_less(found.high, (1 + seen.linear[:, Z]) / 2 + 0.0101)
        np.testing.assert_array_less(np.maximum(seen.linear[:, Z], 0) - 0.0271, found.low)
    assert np.all(np.isfinite([found.value, found.std]))


def test_the_room_of_an_axis_is_what_the_others_leave():
    """sqrt(1 - z^2) at the z that is nearest to 0 within its interval."""
    _, seen = vectors(50, np.array([False, False, True]))
    least = np.maximum(np.abs(seen.linear[:, Z]) - 1.959964 * 0.01, 0)
    np.testing.assert_allclose(seen.room[:, X], np.sqrt(1 - least**2))
    assert not seen.room[:, Z].any()


def test_gaps_are_filled_by_cubics_and_their_adjoint():
    """Cubics are exact; <w, F v> = <F' w, v>; ends and long gaps stay unknown."""
    times = np.array([0, 1, 2, 3.5, 5, 6, 7, 9, 10, 11, 12.0])
    measured = np.ones((11, 3), dtype=bool)
    measured[[3, 4], X] = measured[[0, 1], Y] = False
    measured[3:8, Z] = False
    gaps = Gaps.of(times, measured)
    assert list(zip(gaps.times.tolist(), gaps.axes.tolist(), strict=True)) == [(3, X), (4, X)]
    cubic = np.stack([0.3 - times + 0.2 * times**2 - 0.01 * times**3] * 3, axis=1)
    np.testing.assert_allclose(gaps.filled(np.where(measured, cubic, 0.0))[:, X], cubic[:, X])
    rng = np.random.default_rng(2)
    weights, values = rng.normal(size=(2, 11, 3))
    assert np.sum(weights * gaps.filled(values)) == pytest.approx(
        np.sum(gaps.adjoint(weights) * values)
    )
    assert not gaps.adjoint(weights)[[3, 4], X].any()


def test_the_error_of_a_heat_integral_with_gaps_is_its_scatter():
    """Over 4000 draws of noise, neighbours of a gap counted with what they stand in for."""
    experiment = Experiment().replace({"charging.points": 13})
    times, sigma = experiment.charging_times_ns, 0.02
    measured = np.ones((13, 3), dtype=bool)
    measured[5, X] = measured[12, Z] = measured[7] = False
    shot = np.where(measured, sigma**2, np.inf)
    zero = np.zeros((13, 3))
    estimate = BlochEstimate(zero, zero, shot, np.zeros((13, 3, 0)), ())
    functional = HeatIntegral.at(experiment, times, measured=measured)
    stated = functional.estimate(estimate)
    noise = sigma * np.random.default_rng(4).normal(size=(13, 3, 4000)) * measured[..., None]
    scatter = functional.of(noise).std(axis=1)
    np.testing.assert_allclose(stated.std[1:], scatter[1:], rtol=0.06)
    assert stated.room[12] > 0
    assert not stated.room[:12].any()


def test_envelopes_leave_unmeasured_times_to_their_neighbours():
    """A missing time is smoothed over; its change does nothing; 3 times make no envelope."""
    experiment = Experiment().replace(
        {"charging.points": 25, "analysis.envelope": "gaussian-process"}
    )
    times = experiment.charging_times_ns
    rng = np.random.default_rng(8)
    true = np.stack([np.sin(0.2 * times), 0 * times, -np.cos(0.2 * times)], axis=1)
    shot = np.full(true.shape, 1e-4)
    shot[[6, 24], Z], shot[3:, Y] = np.inf, np.inf
    seen = np.where(np.isfinite(shot), true + 0.01 * rng.normal(size=true.shape), 0.0)
    data = BlochEstimate(seen, seen, shot, np.zeros((*true.shape, 0)), ())
    smooth = smooth_bloch(experiment, times, data)
    assert [smooth.lacks(axis) for axis in (X, Y, Z)] == [False, True, False]
    value, error = smooth.fits[Z].value(times), np.sqrt(smooth.fits[Z].variance(times))
    assert np.all(np.abs(value - true[:, Z]) < 4 * error)
    assert error[24] > 1.5 * error[23]
    moved = smooth.fits[Z].response(times, np.eye(25))
    assert not moved[:, [6, 24]].any()
    assert moved[6, [5, 7]].min() > 0.1
