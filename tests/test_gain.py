"""The gain in ergotropy over the control: unbiased where single times are not."""

from dataclasses import replace
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
from boxes import FIXED as COOLING
from oracles import qubit_ergotropy

from analysis.estimators.ergotropy import envelope_gain
from analysis.estimators.ergotropy.envelope_gain import EnvelopeGain, SimulatedFits
from analysis.estimators.ergotropy.ergotropy import SIGNS, debiased_ergotropy
from analysis.estimators.ergotropy.gain import ArmMean, ergotropy_gain
from analysis.estimators.expectation import expectation
from analysis.estimators.heat.smooth_bloch import smooth_bloch
from analysis.estimators.observed import Observed
from analysis.estimators.state.assignment import Assignment
from analysis.estimators.state.bloch import estimate_bloch
from analysis.estimators.windows import averaging_weights
from benchmarks.plan_scatter import CHARGED
from cqed_battery.energetics import qubit_ergotropy_curvature_error
from cqed_battery.experiment import Experiment

LATER = (
    Experiment()
    .replace({"charging.start_ns": 1.0, "charging.stop_ns": 61.0, "charging.points": 31})
    .replace({"analysis.max_modes": 1})
)
RUNS = 16
TIMES = LATER.charging.grid_ns()
ERRORS = (0.01, 0.04)
PAIRS = {
    "mixed against empty": ((0.0, 0.0, 0.0), (0.0, 0.0, -0.98)),
    "empty against mixed": ((0.0, 0.0, -0.98), (0.0, 0.0, 0.0)),
    "half full against equator": ((0.0, 0.0, 0.5), (0.5, 0.0, 0.0)),
}


def arm(vectors, rng, *, calibration=(1e-4, 2e-4), shots=1000):
    """What the analysis makes of counts of Bloch vectors (T, 3)."""
    q = ERRORS[0] + (1 - sum(ERRORS)) * (1 + vectors) / 2
    ones = rng.binomial(shots, q)
    counts = np.stack([shots - ones, ones], axis=-1)
    bloch = estimate_bloch(counts, Assignment(*ERRORS, *calibration), 0 * vectors, 0.0)
    value, _, gradient = debiased_ergotropy(bloch.linear, bloch.covariance)
    first = np.sqrt(np.einsum("ti,tij,tj->t", gradient, bloch.covariance, gradient))
    std = np.hypot(first, qubit_ergotropy_curvature_error(bloch.linear, bloch.covariance))
    single = SimpleNamespace(value=np.clip(value, 0, 1), std=std, gradient=gradient)
    smooth = smooth_bloch(LATER, TIMES, bloch)
    return SimpleNamespace(bloch=bloch, smooth=smooth, ergotropy=single)


def constant(vector):
    return np.tile(vector, (len(TIMES), 1)).astype(float)


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_mean_gain_is_unbiased(pair):
    """Mean and late gain lie within 2.5 standard errors in 19 of 20 cases, on average near zero.

    The mean of the single times' estimates is what it must beat: near the mixed state each keeps
    a bias of half its error, which no averaging lowers.
    """
    rng, true = np.random.default_rng(1), qubit_ergotropy(pair[0]) - qubit_ergotropy(pair[1])
    pulls, naive = [], []
    for _ in range(RUNS):
        parts, pointwise = ergotropy_gain(LATER, TIMES, *(arm(constant(v), rng) for v in pair))
        pulls.append([(value - true) / std for value, std in (parts.mean, parts.late)])
        weights = averaging_weights(TIMES, *parts.mean_window)
        error = np.sqrt(weights**2 @ np.square(pointwise["std"]))
        naive.append((weights @ pointwise["value"] - true) / error)
    assert (np.abs(pulls) < 2.5).mean() >= 0.95
    assert np.abs(np.mean(pulls, axis=0)).max() < 1.1
    if 0.0 in (pair[0][2], pair[1][2]) and true == pytest.approx(0.0, abs=1e-9):
        assert abs(np.mean(naive)) > 3


def test_errors_of_the_gain_are_its_scatter():
    """For oscillating arms with ergotropy each measure scatters as it says."""
    rng, phase = np.random.default_rng(2), 2 * np.pi * TIMES / 20
    cat = np.stack([0.5 * np.sin(phase), 0 * phase, 0.3 - 0.5 * np.cos(phase)], axis=1)
    con = np.stack([0.8 * np.sin(phase), 0 * phase, -0.8 * np.cos(phase)], axis=1)
    runs = [ergotropy_gain(LATER, TIMES, arm(cat, rng), arm(con, rng))[0] for _ in range(RUNS)]
    gain = qubit_ergotropy(cat) - qubit_ergotropy(con)
    for name, window in (("mean", runs[0].mean_window), ("late", runs[0].late_window)):
        values, stds = np.array([getattr(parts, name) for parts in runs]).T
        # The deviation of 16 runs is known to 18 %; their mean to a quarter of an error.
        assert 0.5 < values.std() / stds.mean() < 1.5
        assert abs(values.mean() - averaging_weights(TIMES, *window) @ gain) < stds.mean()
    values, stds = np.array([parts.peak for parts in runs]).T
    fine = np.linspace(0, 2 * np.pi, 2001)
    peaks = [
        qubit_ergotropy(np.stack([a * np.sin(fine), 0 * fine, c - a * np.cos(fine)], axis=1)).max()
        for a, c in ((0.5, 0.3), (0.8, 0.0))
    ]
    assert abs(values.mean() - (peaks[0] - peaks[1])) < stds.mean()
    assert 0.5 < values.std() / stds.mean() < 1.5


def test_causes_shared_by_the_arms_cancel():
    """A calibration error moves both arms alike, so equal arms have no error from it."""
    vectors = constant((0.5, 0.0, 0.3))

    def stds(calibration, other):
        rng = np.random.default_rng(3)
        arms = (arm(v, rng, calibration=calibration) for v in (vectors, other))
        parts, pointwise = ergotropy_gain(LATER, TIMES, *arms)
        return np.array([parts.peak[1], parts.mean[1], parts.late[1], np.mean(pointwise["std"])])

    known, poor = (1e-4, 2e-4), (0.02, 0.03)
    np.testing.assert_allclose(stds(poor, vectors), stds(known, vectors), rtol=0.05)
    assert (stds(poor, -vectors) > 1.1 * stds(known, -vectors)).all()


def test_pointwise_gain_is_the_difference_at_each_time():
    """At every time it is one arm's estimate less the other's, errors in quadrature."""
    rng = np.random.default_rng(4)
    cat, con = (arm(constant(v), rng, calibration=(0.0, 0.0)) for v in ((0.6, 0, 0), (0, 0, 0.5)))
    _, pointwise = ergotropy_gain(LATER, TIMES, cat, con)
    np.testing.assert_allclose(pointwise["value"], cat.ergotropy.value - con.ergotropy.value)
    errors = np.hypot(cat.ergotropy.std, con.ergotropy.std)
    np.testing.assert_allclose(pointwise["std"], errors)


def test_shared_causes_take_no_matrix_of_times_by_times(monkeypatch):
    """What moves all counts moves the mean by its weights, found from the causes' columns alone."""
    found = arm(constant((0.6, 0.0, 0.2)), np.random.default_rng(3))
    mean = ArmMean.of(LATER, found.smooth, "mean")
    assert found.smooth.describes
    expected = np.tensordot(mean.weights(), found.bloch.shared, axes=2)
    columns, fit = [], type(found.smooth.fits[0])
    plain = fit.response

    def watched(self, times, changes, order=0):
        columns.append(changes[0].size)
        return plain(self, times, changes, order)

    monkeypatch.setattr(fit, "response", watched)
    np.testing.assert_allclose(mean.change(found.bloch.shared), expected, rtol=1e-9, atol=1e-15)
    assert columns == [found.bloch.shared.shape[-1]] * 3


def test_fits_that_measures_share_are_those_of_each():
    """Peak, mean and late of one set of simulated fits have the weights that each alone has."""
    # A point where the gain is above 0, without which no fit is made.
    cooling = COOLING.replace({"charging.stop_ns": 500.0, "charging.points": 26})
    expected = expectation(cooling)
    shared = SimulatedFits(expected)
    for measure in ("peak", "mean", "late"):
        alone = EnvelopeGain(expected, measure)
        together = EnvelopeGain(expected, measure, shared)
        shots = np.ones(alone.settings.size)
        np.testing.assert_array_equal(together.linear(shots).weights, alone.linear(shots).weights)
    assert all(one is other for one, other in islice(zip(shared, shared, strict=True), 3))


def test_a_better_known_device_needs_no_fit_anew(monkeypatch):
    """Its priors move neither counts nor envelopes, but what is known of the corrections."""
    cooling = COOLING.replace({"charging.stop_ns": 500.0, "charging.points": 26})
    better = cooling.replace(
        {"priors.correction": 0.01, "priors.rabi_rate": 0.001, "priors.t1": 0.01}
    )
    gain = EnvelopeGain(expectation(cooling), "late")
    shots = np.ones(gain.settings.size)
    before, alone = gain.linear(shots), EnvelopeGain(expectation(better), "late").linear(shots)
    monkeypatch.setattr(envelope_gain, "smooth_bloch", None)
    known = gain.known(expectation(better)).linear(shots)
    np.testing.assert_allclose(known.weights, alone.weights, rtol=1e-12)
    assert known.systematic_variance == pytest.approx(alone.systematic_variance, rel=1e-12)
    assert known.systematic_variance < 0.9 * before.systematic_variance


@pytest.mark.study
def test_a_foreseen_gain_has_the_error_that_runs_state():
    """Some fits to few counts have other modes and weights than most; the mean variance counts."""
    estimator = EnvelopeGain(expectation(CHARGED), "late")
    settings, rng, own = estimator.settings, np.random.default_rng(12), []
    for _ in range(40):
        ones = rng.binomial(settings.shots, estimator.frequency)
        table = np.stack([settings.shots - ones, ones], axis=-1)
        data = Observed.drawn(estimator.expected, settings, table)
        smooth = {arm: smooth_bloch(CHARGED, settings.times, data.bloch(arm)) for arm in SIGNS}
        own.append(estimator.with_variance(data, smooth)[1])
    foreseen = estimator.linear(settings.shots).shot_variance(estimator.frequency, settings.shots)
    assert np.sqrt(foreseen[0] / np.mean(own)) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("measure", ["peak", "mean", "late"])
def test_a_cause_as_large_as_the_vectors_leaves_no_gain_known(measure):
    """Near the ground state the gradient vanishes, but not what a wrong correction may hide."""
    rng, arms = np.random.default_rng(7), []
    for _ in range(2):
        found = arm(constant((0.0, 0.0, -0.98)), rng)
        shared = np.concatenate([found.bloch.shared, np.ones((len(TIMES), 3, 1))], axis=-1)
        found.smooth = smooth_bloch(LATER, TIMES, replace(found.bloch, shared=shared))
        assert found.smooth.describes
        arms.append(found)
    parts, _ = ergotropy_gain(LATER, TIMES, *arms)
    assert getattr(parts, measure)[1] > 0.2
