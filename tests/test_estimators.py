"""Every estimator behind its one interface: linear form, stated errors, causes, and the plan."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from commands import SMALL

from analysis.data.inputs import read_inputs
from analysis.estimators.ergotropy.ergotropy import SIGNS
from analysis.estimators.expectation import Expectation, expectation
from analysis.estimators.global_fit import Counts
from analysis.estimators.global_fit.device import fitted_device, planned_expectation
from analysis.estimators.heat.estimate import GRID, RABI
from analysis.estimators.heat.exchange import OTHER
from analysis.estimators.heat.integral import HeatIntegral
from analysis.estimators.linear import Linear
from analysis.estimators.model_free import ModelFree
from analysis.estimators.observed import SCATTER, SEQUENCE, Observed
from analysis.estimators.vacuum.fidelity import STATES, Vacuum
from analysis.pipeline import analyse
from analysis.planning import parse_claim, plan
from analysis.planning.claims import global_bound, model_free
from cqed_battery.experiment import Experiment
from protocols.settings.counts import counts_dataset
from protocols.settings.settings import Settings

POINT = (
    SMALL
    + """
[priors]
rabi_rate = 0.01
correction = 0.2
"""
)
EMPTYING = {"vacuum.kappa_off_MHz": 0.02}
DISPERSIVE = {"readout.model": "dispersive", "dispersive.photons": 4.0}
READOUTS = {"plain": {}, "dispersive": DISPERSIVE}
METHODS = ("vacuum-rabi", "swap", "number-selective", "displaced-parity")
BLOCH_CLAIMS = (
    "heat-current-negative",
    "ergotropy-gain-at:12",
    "ergotropy:+-0.1@6,21",
)
ENVELOPE_CLAIMS = ("ergotropy-gain-mean", "ergotropy-gain-late")
VACUUM_CLAIM = "vacuum-fidelity:+-0.05"


@lru_cache(maxsize=16)
def expected(readout: str = "plain", method: str = "vacuum-rabi", shots: int = 200) -> Expectation:
    """Return what a file with this readout and measurement of the resonator expects."""
    changes = {
        **READOUTS[readout],
        **EMPTYING,
        "vacuum.method": method,
        "tomography.shots": shots,
        "vacuum.shots": shots,
    }
    return expectation(Experiment.from_text(POINT).replace(changes))


def estimator(claim: str, model: Expectation) -> ModelFree:
    return model_free(parse_claim(claim), model)


def exact(found: ModelFree, frequency: np.ndarray, model: Expectation | None = None) -> Observed:
    settings = found.settings
    return Observed.exact(model or found.expected, settings, frequency, settings.shots)


def drawn(found: ModelFree, rng: np.random.Generator) -> Observed:
    shots = found.settings.shots
    ones = rng.binomial(shots, found.frequency)
    return Observed.drawn(found.expected, found.settings, np.stack([shots - ones, ones], axis=-1))


def spread_over(found: ModelFree, draws: int, seed: int) -> np.ndarray:
    """Return the standard deviation of the estimates of drawn counts, (Q,)."""
    rng = np.random.default_rng(seed)
    values = [found.estimate(drawn(found, rng)).value for _ in range(draws)]
    return np.std(values, axis=0, ddof=1)


def derivative(
    value: Callable[[np.ndarray], np.ndarray], at: np.ndarray, direction: np.ndarray
) -> np.ndarray:
    return (value(at + direction) - value(at - direction)) / 2


CASES = [(claim, readout, "vacuum-rabi") for claim in BLOCH_CLAIMS for readout in READOUTS]
CASES += [(VACUUM_CLAIM, readout, method) for method in METHODS for readout in READOUTS]


@pytest.mark.parametrize(("claim", "readout", "method"), CASES)
def test_the_linear_form_is_the_derivative_of_the_estimate(claim, readout, method):
    """Weights of settings, the calibration's too, are finite differences of `estimate`."""
    found = estimator(claim, expected(readout, method))
    linear = found.linear(found.settings.shots)
    rng = np.random.default_rng(1)
    size = np.abs(linear.weights).max(axis=1)
    places = [
        0,
        1,
        *np.argsort(-np.abs(linear.weights[0]))[:6],
        *rng.integers(2, found.settings.size, 3),
    ]
    weights_fixed = found.frequency.copy()
    for place in places:
        step = np.zeros(len(found.frequency))
        step[place] = 1e-5

        def value(frequency: np.ndarray) -> np.ndarray:
            data = exact(found, frequency)
            if isinstance(found, Vacuum):  # whose weights are chosen before the counts
                return _with_weights(found, data, weights_fixed)
            return found.estimate(data).value

        slope = derivative(value, found.frequency, step) / 1e-5
        np.testing.assert_allclose(linear.weights[:, place], slope, atol=1e-4 * size.max())


def _with_weights(found: Vacuum, data: Observed, planned: np.ndarray) -> np.ndarray:
    """Return F by the weights that are planned for other frequencies."""
    weights, constant = found._best(exact(found, planned))
    probability = data.frequency[data.settings.vacuum] - data.assignment.p1_given_0
    return np.array([weights @ probability / data.assignment.contrast + constant])


@lru_cache(maxsize=1)
def dephased() -> Expectation:
    """Return a device whose arms keep away from ergotropy 0 and 1, where estimates are cut."""
    changes = {
        "coupler.g_on_MHz": 8.0,
        "transmon.dephasing_rate_MHz": 4.0,
        "tomography.shots": 4000,
        "charging.points": 41,
        "charging.stop_ns": 40.0,
        "vacuum.method": "none",
    }
    return expectation(Experiment.from_text(POINT).replace(changes))


@pytest.mark.study
@pytest.mark.parametrize("claim", ENVELOPE_CLAIMS)
def test_envelopes_follow_their_data_as_their_weights_say(claim):
    """Along random directions within the noise the gain of refitted envelopes moves as stated.

    Within a fifth: a rate of decay that stands at its bound of 0 does not follow. The peak is
    left to its scatter below: a fit that finds another minimum moves it by a jump, which one in
    six may do here, too.
    """
    found = estimator(claim, dephased())
    rng = np.random.default_rng(3)
    noise = 0.02 * np.sqrt(found.frequency * (1 - found.frequency) / found.settings.shots)

    def value(frequency: np.ndarray) -> np.ndarray:
        shots = found.settings.shots
        table = np.stack([shots * (1 - frequency), shots * frequency], axis=-1)
        return found.estimate(Observed.drawn(found.expected, found.settings, table)).value

    wrong, right = [], []
    for _ in range(6):
        at = drawn(found, rng)
        weights = found.estimate(at).weights[0]
        direction = noise * rng.standard_normal(len(noise))
        wrong.append(derivative(value, at.frequency, direction)[0] - weights @ direction)
        right.append(np.sqrt(weights**2 @ noise**2))
    kept = np.argsort(np.abs(wrong))[:-1]
    wrong, right = np.square(wrong)[kept], np.square(right)[kept]
    assert np.sqrt(wrong.mean()) < 0.2 * np.sqrt(right.mean())


@pytest.mark.parametrize("claim", ["heat-current-negative", VACUUM_CLAIM, "ergotropy:+-0.1@12"])
def test_the_global_fit_follows_its_counts_as_its_weights_say(claim):
    """The fit of moved counts gives what the first-order form says; only where priors allow."""
    inside = {  # no parameter stands at its bound of 0
        "priors.coupler_ramp": 0.0,
        "priors.drive_bandwidth_MHz": float("inf"),
        "priors.frequency_noise_MHz": 0.0,
    }
    model = expectation(expected(shots=20_000).prediction.experiment.replace(inside))
    found = global_bound(parse_claim(claim), model)
    shots = Settings(model.prediction.experiment).shots
    linear = found.linear(shots)
    rng = np.random.default_rng(5)
    noise = 0.3 * np.sqrt(found.frequency * (1 - found.frequency) / shots)
    for _ in range(2):
        direction = noise * rng.standard_normal(len(noise))

        def value(frequency: np.ndarray) -> np.ndarray:
            return found.estimate(Counts(frequency * shots, shots))

        moved = derivative(value, found.frequency, direction)
        scale = np.sqrt((linear.weights[0] ** 2) @ noise**2)
        assert moved[0] == pytest.approx(linear.weights[0] @ direction, abs=0.05 * scale)


@pytest.mark.parametrize(("claim", "readout", "method"), CASES)
def test_stated_errors_are_the_scatter_of_drawn_counts(claim, readout, method):
    """Shot noise and calibration by the linear form, within 5 Monte-Carlo errors of 600 draws.

    Many shots, so that the first order is enough; the negative control is a factor sqrt(2).
    """
    found = estimator(claim, expected(readout, method, shots=2000))
    stated = np.sqrt(
        found.linear(found.settings.shots).shot_variance(found.frequency, found.settings.shots)
    )
    ratio = spread_over(found, 600, seed=11) / stated
    room = 5 / np.sqrt(2 * 600)
    assert np.abs(ratio - 1).max() < room
    assert (np.abs(np.sqrt(2) * ratio - 1) > room).all()


def difference(found: ModelFree, model: Expectation) -> np.ndarray:
    """Return what another model makes of the same data, (Q,)."""
    frequency = found.frequency
    return (
        found.estimate(exact(found, frequency, model)).value
        - found.estimate(exact(found, frequency)).value
    )


def scaled(model: Expectation, name: str, relative: float) -> Expectation:
    """Return the model whose correction of the readout sequence, or of the grid, is larger."""
    arms = {}
    for arm, values in model.arms.items():
        sequence = values["measured_bloch"] - values["bloch"]
        arms[arm] = dict(values)
        if name == SEQUENCE:
            arms[arm]["measured_bloch"] = values["bloch"] + (1 + relative) * sequence
    return Expectation(model.prediction, arms)


@pytest.mark.parametrize("claim", [*BLOCH_CLAIMS])
def test_the_readout_sequence_moves_the_estimate_as_it_says(claim):
    """A correction that is larger by its standard error moves each number by its cause, signed."""
    found = estimator(claim, expected())
    cause = found.linear(found.settings.shots).causes[SEQUENCE]
    known = found.settings.experiment.priors.correction
    small = 1e-3  # of its standard error, for what is not linear
    moved = difference(found, scaled(found.expected, SEQUENCE, small * known)) / small
    np.testing.assert_allclose(moved, cause, rtol=2e-3, atol=1e-6)
    assert np.abs(cause).max() > 1e-3


def test_the_grid_correction_moves_s_as_it_says():
    """A model whose S differs by the uncertainty of the grid's bias moves -S by the cause."""
    found = estimator("heat-current-negative", expected())
    linear = found.linear(found.settings.shots)
    model, end = found.expected, found.window_end
    grid = linear.causes[GRID][0]
    known = found.settings.experiment.priors.correction
    values = dict(model.arms["catalysed"])
    first = found.estimate(exact(found, found.frequency)).value[0]
    bias = grid / known  # S by Simpson's rule less the true one
    for name in ("heat_integral", "exchange"):
        values[name] = values[name].copy()
        values[name][end] -= known * bias
    other = Expectation(model.prediction, {**model.arms, "catalysed": values})
    assert difference(replace(found), other)[0] == pytest.approx(grid, rel=1e-6)
    assert first > 0


def test_what_is_not_exchange_moves_it_as_it_says():
    """Leakage, relaxation and drive energy off by their uncertainty move what left by the cause."""
    found = estimator("heat-current-negative", expected())
    cause = found.linear(found.settings.shots).causes[OTHER][0]
    model, end = found.expected, found.window_end
    values = dict(model.arms["catalysed"])
    values["exchange"] = values["exchange"].copy()
    values["exchange"][end] -= cause
    other = Expectation(model.prediction, {**model.arms, "catalysed": values})
    assert difference(replace(found), other)[0] == pytest.approx(cause, rel=1e-6)
    assert abs(cause) > 1e-5


def test_a_faster_rabi_rate_moves_s_as_it_says():
    """Work grows with the Rabi rate, the control's more: what left falls by the cause.

    The correction of the grid is held, as it is known apart.
    """
    found = estimator("heat-current-negative", expected())
    linear = found.linear(found.settings.shots)
    known = found.settings.experiment.priors.rabi_rate
    file, times, small = found.settings.experiment, found.settings.times, 1e-3
    faster = file.replace({"drive.rabi_rate_MHz": file.drive.rabi_rate_MHz * (1 + small * known)})
    arms = {arm: dict(values) for arm, values in found.expected.arms.items()}
    for arm, sign in SIGNS.items():
        bloch = arms[arm]["bloch"]
        change = HeatIntegral.at(faster, times).of(bloch) - HeatIntegral.at(file, times).of(bloch)
        arms[arm]["heat_integral"] = arms[arm]["heat_integral"] + change
        arms["catalysed"]["exchange"] = arms["catalysed"]["exchange"] + sign * change
    levels = {"transmon.levels": found.expected.prediction.transmon_levels}
    other = Expectation(replace(found.expected.prediction, experiment=faster.replace(levels)), arms)
    data = exact(found, found.frequency, other)
    moved = (found.estimate(data).value - linear.value) / small
    np.testing.assert_allclose(moved, linear.causes[RABI], rtol=1e-4)
    assert (moved < -1e-4).all()


def test_a_sequence_that_is_not_the_models_scatters_at_each_time():
    """Where the counts disagree, offsets drawn at every time spread -S by the stated cause."""
    found = estimator("heat-current-negative", expected())
    data = replace(exact(found, found.frequency), consistent=False, correction_uncertainty=1.0)
    cause = abs(found.estimate(data).causes[SCATTER][0])
    assert SCATTER not in found.linear(found.settings.shots).causes
    functional = HeatIntegral.at(found.settings.experiment, found.settings.times)
    rng, scatter, shape = np.random.default_rng(2), data.scatter("catalysed"), (9, 3)
    drawn_offsets = [scatter * rng.standard_normal(shape) for _ in range(4000)]
    moved = [functional.of(offset)[found.window_end] for offset in drawn_offsets]
    assert np.std(moved) == pytest.approx(cause, rel=0.06)
    assert cause > 1e-3


@pytest.mark.parametrize("method", METHODS)
def test_what_the_measurement_does_not_tell_apart_is_the_stated_cause(method):
    """F by the weights, from each state's exact probabilities, is off by the cause on average."""
    found = estimator(VACUUM_CLAIM, expected(method=method))
    linear = found.linear(found.settings.shots)
    states = found.expected.prediction.arms["catalysed"].joint_states
    contrast = found.frequency[1] - found.frequency[0]
    errors = []
    for state, true in zip(states, found.true_values, strict=True):
        frequency = found.frequency.copy()
        frequency[found.settings.vacuum] = found.frequency[0] + contrast * (found.operators @ state)
        estimate = linear.value + linear.weights @ (frequency - found.frequency)
        errors.append(estimate[0] - true)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(linear.causes[STATES][0], rel=1e-6)


def test_the_verdict_is_the_estimate():
    """The numbers and standard errors of results.json are those of the estimators."""
    model = expected(shots=1000)
    settings = Settings(model.prediction.experiment)
    rng = np.random.default_rng(8)
    ones = rng.binomial(settings.shots, settings.frequencies(model.prediction))
    tree = _tree(settings, np.stack([settings.shots - ones, ones], axis=-1))
    results, inputs = analyse(tree), read_inputs(tree)
    device = fitted_device(inputs)
    model = device.expected
    data = Observed.of(inputs, model, device.agreed)
    verdict = results["verdict"]

    def stated(claim: str) -> tuple[Linear, np.ndarray]:
        linear = estimator(claim, model).estimate(data)
        return linear, linear.std(data.frequency, data.shots)

    heat, heat_std = stated("heat-current-negative")
    found = verdict["heat_current_negative"]
    assert found["value"] == pytest.approx(-heat.value[0], abs=1e-12)
    half = (found["ci_high"] - found["ci_low"]) / 2
    assert half == pytest.approx(1.959964 * heat_std[0], rel=0.02)
    for name in ("peak", "mean", "late"):
        gain, std = stated(f"ergotropy-gain-{name}")
        part = verdict["ergotropy_gain"]["parts"][name]
        assert part["value"] == pytest.approx(gain.value[0], abs=1e-12)
        assert part["value"] / part["significance"] == pytest.approx(std[0], rel=0.25)
    vacuum, std = stated(VACUUM_CLAIM)
    assert results["vacuum_fidelity"]["value"] == pytest.approx(vacuum.value[0], abs=1e-12)
    assert results["vacuum_fidelity"]["std"] == pytest.approx(std[0], rel=0.02)


def _tree(settings: Settings, table: np.ndarray):
    import xarray as xr

    found = counts_dataset(settings, table)
    text = settings.experiment.replace({"analysis.global_fit": False}).to_toml(comments=False)
    found.attrs = {"schema": 1, "kind": "laboratory", "experiment": text}
    return xr.DataTree(found)


@pytest.mark.study
def test_what_both_arms_share_cancels_in_the_peak_gain():
    """With a poor calibration the peak gain scatters as stated, less than its arms add up to."""
    poor = Experiment.from_text(POINT).replace(
        {"readout.calibration_shots": 100, "tomography.shots": 4000, "vacuum.method": "none"}
    )
    model = expectation(poor)
    found, rng = estimator("ergotropy-gain-peak", model), np.random.default_rng(4)
    runs = [found.estimate(drawn(found, rng)) for _ in range(150)]
    stated = np.sqrt(
        np.median([run.shot_variance(found.frequency, found.settings.shots)[0] for run in runs])
    )
    scatter = np.std([run.value[0] for run in runs], ddof=1)
    assert scatter == pytest.approx(stated, rel=5 / np.sqrt(300))
    apart = [run.weights[:, :2] for run in runs]
    assert np.abs(np.mean(apart, axis=0)).max() > 0.05  # the calibration matters at all


@pytest.mark.study
@pytest.mark.parametrize("method", METHODS)
def test_every_measurement_of_the_resonator_can_be_planned_with_a_dispersive_readout(method):
    """A plan for F by any method reaches its precision over drawn counts of the planned file."""
    file = expected("dispersive", method).prediction.experiment
    found = plan(file.replace({"resonator.fock_levels": "auto"}), "vacuum-fidelity:+-0.02")
    assert found.outcome == "planned"
    planned = planned_expectation(found.experiment)
    estimate = estimator("vacuum-fidelity:+-0.02", planned)
    linear = estimate.linear(estimate.settings.shots)
    stated = np.sqrt(linear.shot_variance(estimate.frequency, estimate.settings.shots))
    total = np.hypot(spread_over(estimate, 600, seed=6), np.sqrt(linear.systematic_variance))
    assert spread_over(estimate, 600, seed=7) == pytest.approx(stated, rel=5 / np.sqrt(1200))
    assert total[0] == pytest.approx(0.02 / found.options["recommended"].sigmas, rel=0.15)
