"""Exact derivatives of the forward model against differences of fourth order."""

import numpy as np
import pytest

from analysis.estimators.global_fit import ForwardModel, choose, default_parameters
from analysis.estimators.global_fit.model.parameters import (
    CURVED,
    DRIFTS,
    FLUX,
    PHASE,
    READOUT,
    STEP,
    T1,
    has_exact_slopes,
)
from analysis.estimators.global_fit.model.response import QUANTITIES, Response, response_of
from analysis.estimators.global_fit.model.sensitivities import Slope
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray

SHORT = {
    "charging.points": 7,
    "charging.stop_ns": 30.0,
    "vacuum.points": 3,
    "simulation.tolerance": 1e-12,
    "resonator.fock_levels": 9,
}
DEVICES = {
    "default": {},
    "warm and detuned": {
        "transmon.temperature_mK": 60.0,
        "resonator.temperature_mK": 80.0,
        "resonator.fock_levels": 12,
        "resonator.frequency_GHz": 5.02,
        "drive.phase_rad": 0.7,
    },
    "ideal pulses, two levels": {"transmon.levels": 2, "tomography.pulse": "none"},
    "photons left, no rise": {
        "reset.resonator_wait_ns": 60.0,
        "reset.resonator_photons": 0.5,
        "drive.rise_ns": 0.0,
        "resonator.fock_levels": 14,
    },
    "a Gaussian pulse with DRAG": {
        "charging.shape": "gaussian-drag",
        "charging.length_ns": 24.0,
        "drive.phase_rad": 0.2,
        "drive.saturation_MHz": 400.0,
        "drive.clock_GHz": 2.0,
        "vacuum.method": "none",
    },
    "a fixed coupling, its control tuned away": {
        "coupler.kind": "fixed",
        "coupler.idle_detuning_MHz": -260.0,
        "coupler.g_on_MHz": 20.0,
        "coupler.overshoot": 0.05,
        "coupler.settling_ns": 0.75,
        "control.kind": "detuned",
        "control.detuning_MHz": 220.0,
        "drive.rabi_rate_MHz": 14.0,
        "transmon.levels": 2,
    },
    "both driven, by two tones": {
        "drive.target": "both",
        "drive.rabi_rate_MHz": 20.0,
        "drive.resonator_ratio": 0.4,
        "drive.resonator_phase_rad": 0.9,
        "drive.second_ratio": 0.5,
        "drive.second_offset_MHz": 35.0,
        "drive.clock_GHz": 2.0,
        "transmon.levels": 2,
        "vacuum.method": "none",
    },
    "an extraction": {
        "extraction.unitary": "model",
        "extraction.times_ns": (10.0, 30.0),
        "drive.phase_rad": 0.3,
        "vacuum.method": "none",
    },
    "residual coupling, four levels": {
        "coupler.g_off_MHz": 1.5,
        "transmon.levels": 4,
        "vacuum.method": "none",
    },
}
MEASURED = {"vacuum.kappa_off_MHz": None, "vacuum.stop_ns": 20.0, "resonator.fock_levels": 7}
MEASUREMENTS = {
    "swap": {"vacuum.stop_ns": 30.0},
    "number-selective": {"vacuum.shift_per_photon_MHz": 1.4, "vacuum.selective_pulse_ns": 800.0},
    "displaced-parity": {"vacuum.shift_per_photon_MHz": 1.0, "transmon.levels": 2},
}
STEPS = {PHASE: 0.003, "residual_excitation": 0.002, **dict.fromkeys(STEP, 0.0005)}
TOGETHER = 4
DRESSED = 30.0
"""How much worse a flux pulse's slopes are: its rotations stand at a dressed frequency, whose own
derivative is a central difference."""


def model_of(changes: dict[str, object]) -> ForwardModel:
    experiment = Experiment().replace({**SHORT, "transmon.t1_us": 2.0, **changes})
    free = default_parameters(experiment)
    apart = (*READOUT, *CURVED, *DRIFTS)
    if "transmon.t1_us" in changes:  # so long that nothing depends on it
        apart += (T1,)
    return ForwardModel(experiment, tuple(p for p in free if p.name not in apart))


def packed(found: Response | Slope) -> FloatArray:
    parts = [found.probability]
    for arm in found.quantities.values():
        parts += [arm[name].reshape(-1, *found.probability.shape[1:]) for name in QUANTITIES]
    return np.concatenate(parts)


def difference(model: ForwardModel, theta: FloatArray, direction: FloatArray) -> FloatArray:
    """Return a central difference of fourth order along a direction (P,)."""
    values = [packed(model.response(theta + k * direction)) for k in (-2, -1, 1, 2)]
    return np.asarray(np.array([1, -8, 8, -1]) @ np.array(values) / 12)


@pytest.mark.parametrize("name", DEVICES)
def test_slopes_are_exact(name: str) -> None:
    """All derivatives of all probabilities and quantities agree with the differences."""
    check_slopes(model_of(DEVICES[name]), 3e-7)


@pytest.mark.parametrize("method", MEASUREMENTS)
def test_slopes_through_the_emptied_transmon(method: str) -> None:
    """Response and photon numbers both move: the derivative is that of their product.

    The response's own is a central difference, good to the square of its step.
    """
    device = {"coupler.g_on_MHz": 10.0, "resonator.linewidth_MHz": 0.1, "vacuum.method": method}
    device |= {"reset.resonator_wait_ns": 4e4, "transmon.t1_us": 50.0}
    check_slopes(model_of(device | MEASURED | MEASUREMENTS[method]), 3e-6)


def check_slopes(model: ForwardModel, tolerance: float) -> None:
    """Compare the slopes away from the start with differences of fourth order.

    A difference moves some parameters at once, whose effects are alike in size, so that a wrong
    slope of any of them shows.
    """
    theta = model.start() + np.where(model.start() > 0, 0.02 * model.start(), 0.1)
    assert has_exact_slopes(model.experiment)
    names = [parameter.name for parameter in model.free]
    steps = np.array([STEPS.get(name, 0.01) for name in names]) / np.sqrt(TOGETHER)
    exact = packed(model.slope(theta, model.response(theta))) * steps
    sizes = np.abs(exact).max(axis=0)
    assert (sizes > 1e-3 * steps).all(), names
    flux = np.isin(names, list(FLUX))
    for moved, worse in ((~flux, 1.0), (flux, DRESSED)):
        order = np.flatnonzero(moved)[np.argsort(sizes[moved])]
        for first in range(0, len(order), TOGETHER):
            group = order[first : first + TOGETHER]
            signs = np.where(np.arange(len(group)) % 2, -1.0, 1.0)
            direction = np.zeros(len(theta))
            direction[group] = signs * steps[group]
            np.testing.assert_allclose(
                exact[:, group] @ signs,
                difference(model, theta, direction),
                rtol=0,
                atol=tolerance * sizes[group].max() * worse,
                err_msg=str([names[index] for index in group]),
            )


@pytest.mark.parametrize(
    "changes",
    [
        {"simulation.method": "DOP853"},
        {"simulation.frame": "lab"},
    ],
)
def test_otherwise_differences_serve(changes: dict[str, object]) -> None:
    """What has no exact derivatives says so, and its differences are those of the exact model."""
    sized = {"charging.points": 5, "charging.stop_ns": 6.0, "vacuum.points": 3}
    experiment = Experiment().replace({**SHORT, **sized, **changes})
    assert not has_exact_slopes(experiment)
    free = choose(default_parameters(experiment), ("coupler.g_on_MHz", "drive.phase_rad"))
    plain = experiment.replace({"simulation.method": "exponential", "simulation.frame": "rotating"})
    slopes = []
    for variant in (experiment, plain):
        model = ForwardModel(variant, free)
        slopes.append(model.slope(model.start(), model.response(model.start())))
    arm = slice(2, 2 + 2 * 5 * 3)
    size = np.abs(slopes[1].probability[arm]).max()
    np.testing.assert_allclose(
        slopes[0].probability[arm], slopes[1].probability[arm], rtol=0, atol=2e-2 * size
    )


def test_a_parameter_at_its_bound_has_a_slope() -> None:
    """Without any loss of the resonator the derivative by its linewidth is taken from above."""
    model = model_of({"vacuum.method": "none"})
    names = [parameter.name for parameter in model.free]
    theta, index = model.start(), names.index("resonator.linewidth_MHz")
    theta[index], step = 0.0, 5e-4
    exact = packed(model.slope(theta, model.response(theta)))[:, index]
    up = [packed(model.response(theta + k * step * np.eye(len(theta))[index])) for k in range(4)]
    forward = (-11 * up[0] + 18 * up[1] - 9 * up[2] + 2 * up[3]) / (6 * step)
    np.testing.assert_allclose(exact, forward, rtol=0, atol=1e-5 * np.abs(exact).max())


def test_a_drive_of_nothing_that_comes_late_has_a_slope() -> None:
    """At a Rabi rate of 0, its bound, the drive has the pieces that a delayed one has."""
    experiment = Experiment().replace({**SHORT, "vacuum.method": "none", "transmon.levels": 2})
    names = ("drive.rabi_rate_MHz", "drive_delay_ns")
    model = ForwardModel(experiment, choose(default_parameters(experiment), names))
    theta, step = np.array([0.0, 0.3]), np.array([5e-4, 0.0])
    exact = packed(model.slope(theta, model.response(theta)))[:, 0]
    up = [packed(response_of(model.settings, model.exact(theta + k * step))) for k in range(4)]
    forward = (-11 * up[0] + 18 * up[1] - 9 * up[2] + 2 * up[3]) / (6 * step[0])
    np.testing.assert_allclose(exact, forward, rtol=0, atol=1e-5 * np.abs(exact).max())
