"""The resonator's vacuum fidelity from vacuum-Rabi counts, and the sum rule's bound on it."""

from functools import lru_cache

import numpy as np
import pytest
from oracles import (
    DenseDevice,
    DisplacedJaynesCummings,
    from_transmon_first,
    random_state,
    vacuum_population,
)
from sampled import counted, predicted, vacuum_observed

from analysis.estimators.expectation import Expectation
from analysis.estimators.state.assignment import Assignment
from analysis.estimators.state.bloch import BlochEstimate
from analysis.estimators.vacuum.fidelity import (
    estimate_vacuum_fidelity,
    optimal_weights,
    vacuum_projector,
)
from analysis.estimators.vacuum.sum_rule import photon_number_estimate
from cqed_battery.dynamics.hermitian import to_real
from cqed_battery.experiment import Experiment
from protocols.prediction.truth import arm_truth

KNOWN = Assignment(0.01, 0.04, 0.001, 0.002)
PLAIN = Experiment().replace(
    {"charging.points": 13, "tomography.pulse": "none", "control.enabled": False}
)
DEVICES = {
    "default": {},
    "lossy": {
        "coupler.g_on_MHz": 30.0,
        "resonator.linewidth_MHz": 5.0,
        "drive.rabi_rate_MHz": 20.0,
    },
    "strong": {
        "coupler.g_on_MHz": 100.0,
        "resonator.linewidth_MHz": 0.5,
        "drive.rabi_rate_MHz": 20.0,
    },
    "filled": {
        "coupler.g_on_MHz": 20.0,
        "resonator.linewidth_MHz": 2.0,
        "drive.rabi_rate_MHz": 30.0,
    },
    "two levels": {"transmon.levels": 2},
}


@lru_cache
def repeated(name, runs=30):
    """True F, and estimates of F from repeated vacuum measurements of a device."""
    experiment = PLAIN.replace(DEVICES[name])
    prediction, rng = predicted(experiment), np.random.default_rng(1)
    expected = Expectation(prediction, {})
    found = []
    for _ in range(runs):
        counts = counted(prediction.vacuum_probability, 1000, experiment, rng)
        found.append(estimate_vacuum_fidelity(vacuum_observed(expected, counts, KNOWN)))
    return prediction.arms["catalysed"].photons[-1, 0], found


@pytest.mark.study
@pytest.mark.parametrize("name", DEVICES)
def test_fidelity_is_unbiased_within_its_error(name):
    """On devices of other coupling, linewidth and drive the mean estimate is within one std."""
    truth, found = repeated(name)
    values, stds = np.array([(f.value, f.std) for f in found]).T
    assert abs(values.mean() - truth) < stds.mean() < 0.01
    # The deviation of 30 runs is known to 13 %; three of them.
    assert values.std() < 1.4 * stds.mean()


@pytest.mark.parametrize("name", DEVICES)
def test_plain_average_is_biased(name):
    """The plain mean of the traces, kept beside the estimate, misses F by many std."""
    truth, found = repeated(name)
    plain = np.mean([f.plain for f in found])
    assert abs(plain - truth) > 10 * found[0].std


def test_interval_covers():
    """Over devices and runs the 95 % interval holds the true fidelity in at least 90 %."""
    inside = [
        abs(estimate.value - truth) < 1.96 * estimate.std
        for truth, found in map(repeated, DEVICES)
        for estimate in found
    ]
    assert np.mean(inside) >= 0.90


def test_systematic_part_is_what_shots_do_not_lower():
    """With 1000 times the shots the error tends to the systematic part, and stays above it."""
    prediction = predicted(PLAIN)
    expected, rng = Expectation(prediction, {}), np.random.default_rng(2)
    few, many = (
        estimate_vacuum_fidelity(
            vacuum_observed(
                expected, counted(prediction.vacuum_probability, shots, PLAIN, rng), KNOWN
            )
        )
        for shots in (300, 300_000)
    )
    assert few.std > 1.2 * few.systematic
    assert many.systematic < many.std < 1.2 * many.systematic
    assert many.std < few.std


def test_readout_uncertainty_is_part_of_the_systematic():
    """Poorly calibrated assignment errors enter the fidelity's systematic error."""
    prediction, rng = predicted(PLAIN), np.random.default_rng(3)
    counts = counted(prediction.vacuum_probability, 1000, PLAIN, rng)
    poor = Assignment(0.01, 0.04, 0.02, 0.04)
    found = [
        estimate_vacuum_fidelity(vacuum_observed(Expectation(prediction, {}), counts, known))
        for known in (KNOWN, poor)
    ]
    assert found[0].value == found[1].value
    assert found[1].systematic > 2 * found[0].systematic


def test_fidelity_without_its_measurement_is_refused():
    """Counts of an experiment whose file has no vacuum measurement are an error."""
    experiment = PLAIN.replace({"vacuum.method": "none"})
    expected = Expectation(predicted(experiment), {})
    counts = np.ones((2, 41, 2), dtype=int)
    with pytest.raises(ValueError, match="no vacuum measurement"):
        estimate_vacuum_fidelity(vacuum_observed(expected, counts, KNOWN))


def test_projector_reads_the_vacuum_population():
    """On random joint states, transmon first, it gives the independent <0|rho_C|0>."""
    device, rng = DenseDevice(levels=3, fock_levels=4), np.random.default_rng(4)
    projector = vacuum_projector(144, 4)
    for _ in range(5):
        rho = random_state(rng, 12)
        expected = vacuum_population(device, from_transmon_first(device, rho))
        assert projector @ to_real(rho) == pytest.approx(expected, abs=1e-12)


def test_weights_find_the_projector_among_the_operators():
    """If a setting measures the projector itself without noise, it alone has weight."""
    rng = np.random.default_rng(5)
    states = np.array([to_real(random_state(rng, 6)) for _ in range(4)])
    projector = vacuum_projector(36, 3)
    other = to_real(np.diag(rng.uniform(0, 1, 6)).astype(complex))
    weights, constant = optimal_weights(np.stack([other, projector]), states, 3, np.full(2, 1e-12))
    np.testing.assert_allclose([*weights, constant], [0, 1, 0], atol=1e-5)
    noisy, _ = optimal_weights(np.stack([other, projector]), states, 3, np.array([1e-12, 0.3]))
    assert noisy[1] < 0.7


def exact(vectors, sigma=1e-6):
    none = np.zeros((*vectors.shape, 0))
    return BlochEstimate(vectors, vectors, np.full(vectors.shape, sigma**2), none, ())


def test_sum_rule_in_the_lossless_limit():
    """From exact Bloch vectors of the lossless battery the sum rule returns its photon number."""
    experiment = Experiment().replace(
        {
            "drive.rise_ns": 0.0,
            "transmon.t1_us": float("inf"),
            "resonator.linewidth_MHz": 0.0,
            "charging.points": 121,
        }
    )
    times, oracle = experiment.charging.grid_ns(), DisplacedJaynesCummings()
    vectors = np.stack([oracle.x(times), 0 * times, oracle.z(times)], axis=1)
    found = photon_number_estimate(experiment, times, exact(vectors), None)
    assert found.value[0] == pytest.approx(oracle.photon_number(times)[-1], abs=5e-4)


@pytest.mark.parametrize("missing", [None, "resonator.linewidth_MHz", "transmon.t1_us"])
def test_sum_rule_with_losses(missing):
    """Decay of photons and T1 both enter the balance: without either the number is wrong."""
    experiment = PLAIN.replace(
        {
            "transmon.levels": 2,
            "transmon.t1_us": 0.3,
            "transmon.residual_excitation": 0.0,
            "reset.kind": "none",
            "resonator.linewidth_MHz": 5.0,
            "resonator.temperature_mK": 0.0,
            "charging.points": 241,
            "vacuum.method": "none",
            "coupler.g_on_MHz": 30.0,
        }
    )
    times, arm = experiment.charging.grid_ns(), predicted(experiment).arms["catalysed"]
    blind = {"resonator.linewidth_MHz": 0.0, "transmon.t1_us": float("inf")}
    assumed = experiment.replace({missing: blind[missing]}) if missing else experiment
    found = photon_number_estimate(assumed, times, exact(arm.bloch), None)
    error = abs(found.value[0] - arm.photon_number[-1])
    assert error < 1e-3 if missing is None else error > 5e-3


def test_sum_rule_bound_holds_the_photon_number():
    """With the model's correction the number from noisy data is n within its stated error."""
    prediction, times = predicted(PLAIN), PLAIN.charging.grid_ns()
    arm = prediction.arms["catalysed"]
    truth = arm_truth(PLAIN, prediction, "catalysed")
    expected, rng = Expectation(prediction, {"catalysed": truth}), np.random.default_rng(6)
    pulls = []
    for _ in range(200):
        noisy = arm.bloch + 0.03 * rng.standard_normal(arm.bloch.shape)
        found = photon_number_estimate(PLAIN, times, exact(noisy, 0.03), expected, 0.1)
        pulls.append((found.value[0] - arm.photon_number[-1]) / found.std[0])
    assert np.mean(np.abs(pulls) < 1.96) >= 0.92
    assert abs(np.mean(pulls)) < 0.3
    plain = photon_number_estimate(PLAIN, times, exact(arm.bloch, 0.0), None)
    # Without it the third level and a 5 ns grid leave a bias; fully distrusted, it is the error.
    bias = plain.value[0] - arm.photon_number[-1]
    wary = photon_number_estimate(PLAIN, times, exact(arm.bloch, 0.0), expected, 1.0)
    assert abs(bias) > 0.01
    assert wary.std[0] >= abs(bias)


def test_sum_rule_knows_that_the_rabi_rate_is_not_exact():
    """A relative error of the Rabi rate moves the number by as much as the bound allows for."""
    times, arm = PLAIN.charging.grid_ns(), predicted(PLAIN).arms["catalysed"]
    unsure = PLAIN.replace({"priors.rabi_rate": 0.05})
    faster = PLAIN.replace({"drive.rabi_rate_MHz": 50.0 * 1.05})
    data = exact(arm.bloch, 0.0)
    stated = photon_number_estimate(unsure, times, data, None).std[0]
    values = [photon_number_estimate(e, times, data, None).value[0] for e in (PLAIN, faster)]
    assert stated == pytest.approx(abs(values[1] - values[0]), rel=1e-6)
