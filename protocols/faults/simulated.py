"""What is really done and measured: the file's experiment with its faults.

Pulses are calibrated for the device of the file, at the run's beginning. The device whose
dynamics are solved is detuned; its frequency is spread from shot to shot (an ensemble, averaged
by Gauss-Hermite quadrature) and drifts with the line's amplitude in the course of the run.
Drift is solved at a few times within the run and interpolated to that of each setting. What the
analysis expects knows nothing of all this.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import xarray as xr

from cqed_battery.device import Device
from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.operators import FloatArray
from cqed_battery.units import angular_from_mhz
from protocols.faults.drive_line import IDEAL, Line
from protocols.faults.mixtures import interpolated, mixture
from protocols.prediction.predict import Prediction, named, predict, with_enough_levels
from protocols.prediction.quadrature import (
    chebyshev_count,
    chebyshev_nodes,
    gauss_hermite_count,
    normal_average,
)
from protocols.prediction.truth import truth_dataset, with_extracted_work
from protocols.readout import assignment_errors, readout_of
from protocols.settings.settings import Settings

TOLERANCE = 1e-5
"""Largest error of a probability by the quadrature and by the interpolation, each."""


class Predictor(Protocol):
    """What predicts every setting of an experiment; `predict`, or what was compiled for it."""

    def __call__(
        self,
        experiment: Experiment,
        residual_excitation: float | None = None,
        residual_leakage: float | None = None,
        *,
        actual: Device | None = None,
        line: Line = IDEAL,
    ) -> Prediction:
        """Return what `predict` does."""


_FASTEST = 2.0  # how much faster than one qubit's phase a coupled transmon of 3 levels turns


@dataclass(frozen=True)
class Simulated:
    """What is measured: every setting's probability at its own time within the run, and the truth.

    The truth is that of the ensemble's mean state, at the mean time within the run of the three
    settings of a charging time.
    """

    prediction: Prediction
    truth: xr.Dataset


def simulate(
    experiment: Experiment,
    residual_excitation: float | None = None,
    residual_leakage: float | None = None,
    *,
    tolerance: float = TOLERANCE,
    predictor: Predictor = predict,
) -> Simulated:
    """Return probabilities and truth of an experiment with its faults.

    Args:
        experiment: what is done to which device; its section `faults` says what is wrong.
        residual_excitation, residual_leakage: what the reset left, see `predict`.
        tolerance: largest error of a probability by quadrature and by interpolation, each.
        predictor: what predicts one device at one time within the run.

    Raises:
        ConvergenceError: as `predict`.
        CqedBatteryError: noise or drift is too large to be followed.
    """
    check_faults(experiment)
    experiment = named(with_enough_levels(experiment))
    nodes, left = _drift_nodes(experiment, tolerance), (residual_excitation, residual_leakage)
    found = [_averaged(experiment, left, float(at), tolerance, predictor) for at in nodes]
    truths = [truth_dataset(experiment, prediction) for prediction in found]
    if len(nodes) == 1:
        return Simulated(found[0], with_extracted_work(experiment, truths[0]))
    prediction, truth = interpolated(experiment, nodes, found, truths)
    return Simulated(prediction, with_extracted_work(experiment, truth))


def simulated_prediction(
    experiment: Experiment,
    residual_excitation: float | None = None,
    residual_leakage: float | None = None,
) -> Prediction:
    """Return the probabilities of `simulate`.

    Args:
        experiment: the experiment file's content, its section `faults` included.
        residual_excitation: population of level 1 that the reset left; by default what is expected.
        residual_leakage: population of level 2 that the reset left; by default what is expected.

    Raises:
        ConvergenceError: as `predict`.
        CqedBatteryError: noise or drift is too large to be followed.
    """
    return simulate(experiment, residual_excitation, residual_leakage).prediction


def check_faults(experiment: Experiment) -> None:
    """Refuse a drift of the readout that the readout cannot have.

    Args:
        experiment: the experiment file's content.

    Raises:
        ExperimentError: with the dispersive model, or if errors would leave their range.
    """
    drift, errors = experiment.faults.readout_drift, assignment_errors(experiment)
    if drift and not readout_of(experiment).errors_in_file:
        raise ExperimentError(
            f'faults.readout_drift must be 0 with readout.model = "{experiment.readout.model}",'
            f" whose errors follow from the device, but is {drift}: set it to 0, or the model to"
            ' "plain"'
        )
    last = (errors.p1_given_0 + drift, errors.p0_given_1 + drift)
    if drift and (min(last) < 0 or sum(last) >= 1):
        raise ExperimentError(
            "faults.readout_drift must leave both assignment errors at least 0 and their sum below"
            f" 1, but is {drift} and ends with {last[0]:.3g} and {last[1]:.3g}: make it smaller"
        )


def _longest(experiment: Experiment) -> float:
    """Return how long a state evolves at most before it is read, in ns."""
    return float(Settings(experiment).sequences_ns[2:].max())


def _drift_nodes(experiment: Experiment, tolerance: float) -> FloatArray:
    """Return the times within the run at which the drifting device is solved, (N,)."""
    faults = experiment.faults
    if not (faults.rabi_rate_drift or faults.frequency_drift_MHz):
        return np.full(1, 0.5)
    # A pi pulse turns by pi, however short the charging is.
    rabi = abs(faults.rabi_rate_drift) * max(
        angular_from_mhz(experiment.drive.rabi_rate_MHz) * experiment.charging_times_ns[-1], np.pi
    )
    frequency = angular_from_mhz(abs(faults.frequency_drift_MHz)) * _longest(experiment)
    count = chebyshev_count(_FASTEST * float(rabi + frequency), tolerance)
    return chebyshev_nodes(0.0, 1.0, count)


def _averaged(
    experiment: Experiment,
    left: tuple[float | None, float | None],
    run_time: float,
    tolerance: float,
    predictor: Predictor,
) -> Prediction:
    """Return the prediction at a time within the run, averaged over the slow noise."""
    faults = experiment.faults
    line = Line.of(faults, faults.rabi_rate_drift * run_time)
    centre = faults.transmon_detuning_MHz + faults.frequency_drift_MHz * run_time
    spread = experiment.frequency_spread_MHz
    phase = _FASTEST * angular_from_mhz(spread) * _longest(experiment) if spread else 0.0
    nodes, weights = normal_average(gauss_hermite_count(phase, tolerance))

    def member(experiment: Experiment, node: float) -> Prediction:
        """Return the prediction at a node of the quadrature."""
        device = _detuned(experiment, centre + spread * node)
        return predictor(experiment, *left, actual=device, line=line)

    middle = member(experiment, float(nodes[len(nodes) // 2]))
    if len(nodes) == 1:
        return middle
    members = [member(middle.near, float(node)) for node in nodes]
    members[len(nodes) // 2] = middle
    return mixture(members, weights)


def _detuned(experiment: Experiment, transmon_MHz: float) -> Device:
    """Return the device whose transmon is off by so much, its resonator as the file says."""
    device, resonator_MHz = experiment.device, experiment.faults.resonator_detuning_MHz
    if not (transmon_MHz or resonator_MHz):
        return device
    return device.shifted(transmon_MHz, resonator_MHz)
