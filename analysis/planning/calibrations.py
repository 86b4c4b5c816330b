"""Which calibration would narrow a claim's band: its standard error with one of them better."""

from dataclasses import replace
from math import inf

import numpy as np

from analysis.estimators.expectation import Expectation
from analysis.estimators.global_fit.bound import GlobalBound
from analysis.estimators.linear import LEAST_STD, Estimator
from analysis.estimators.model_free import ModelFree
from analysis.planning.solve import Goal
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.settings.settings import Settings

BETTER = 2.0
"""How many times as well each calibration is taken to be known."""

CALIBRATIONS: dict[str, tuple[str, ...]] = {
    "Rabi rate": ("rabi_rate",),
    "tomography pulses": ("pulse_amplitude", "pulse_phase_rad"),
    "drive line": ("drive_bandwidth_MHz", "drive_compression", "drive_shape"),
    "charging pulse": ("drive_delay_ns", "charging_width", "charging_rise", "charging_drag"),
    "coupler": ("coupling", "coupling_step", "coupler_ramp", "flux_pulse"),
    "T1 and dephasing": ("t1", "dephasing"),
    "resonator": ("linewidth", "resonator_frequency_MHz"),
    "transmon frequency": ("transmon_frequency_MHz", "frequency_noise_MHz", "frequency_drift_MHz"),
    "residual excitation": ("residual_excitation",),
    "drifts": ("rabi_rate_drift", "readout_drift"),
    "model beyond its parameters": ("correction",),
}
"""Keys of [priors] by what a laboratory calibrates."""

_READOUT, _SHOTS = "readout (four times its shots)", "four times all shots"


def narrowed(
    estimator: ModelFree | GlobalBound,
    expected: Expectation,
    goal: Goal,
    shots: IntArray,
) -> dict[str, float]:
    """Return the claim's standard error with each calibration twice as good, over what it is.

    Of the number that decides; those that change it by less than a thousandth are left out, the
    most useful comes first.

    Args:
        estimator: of the claim.
        expected: what the experiment file predicts.
        goal: what is wanted.
        shots: of every setting, (M,).
    """
    used: FloatArray = shots.astype(np.float64)
    linear = estimator.linear(used)
    std = linear.std(estimator.frequency, used)
    decides = int(goal.over(linear, std).argmin())

    def share(estimator: Estimator, shots: FloatArray) -> float:
        """Return the standard error of the number that decides, over what it is."""
        found = estimator.linear(shots).std(estimator.frequency, shots)
        return float(max(found[decides], LEAST_STD) / max(std[decides], LEAST_STD))

    calibration, readout = Settings(expected.experiment).calibration, used.copy()
    readout[calibration] *= BETTER**2
    found = {
        _SHOTS: share(estimator, BETTER**2 * used),
        _READOUT: share(estimator, readout),
        **{
            name: share(estimator.known(_known(expected, better)), used)
            for name, keys in CALIBRATIONS.items()
            if (better := _better(expected.experiment, keys)) != expected.experiment
        },
    }
    kept = {name: part for name, part in found.items() if part < 0.999}
    return dict(sorted(kept.items(), key=lambda entry: entry[1]))


def _better(experiment: Experiment, keys: tuple[str, ...]) -> Experiment:
    """Return an experiment whose priors of these keys are narrower."""
    known = {key: float(getattr(experiment.priors, key)) for key in keys}
    return experiment.replace(
        {f"priors.{key}": _narrower(key, value) for key, value in known.items()}
    )


def _narrower(key: str, value: float) -> float:
    """Return half a standard error; that of a line is the inverse of its bandwidth."""
    if key == "drive_bandwidth_MHz":
        return value * BETTER if value < inf else inf
    return value / BETTER


def _known(expected: Expectation, experiment: Experiment) -> Expectation:
    """Return the same expectation of a device that is known as well as a file says."""
    prediction = replace(expected.prediction, experiment=experiment)
    planned = None if expected.planned is None else expected.planned.known(experiment)
    return replace(expected, prediction=prediction, planned=planned)
