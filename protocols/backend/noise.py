"""Slow noise of a backend's transmon: records averaged over its frequency from shot to shot."""

from collections.abc import Callable, Mapping
from math import ceil, log2

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import TWO_PI, angular_from_mhz
from protocols.backend.charge import CircuitError
from protocols.backend.engine import pulse_ns, reset_ns
from protocols.backend.program import Act, Program, Read, walk
from protocols.backend.records import Record, measurement_ns

_WIDEST = 6.0  # standard deviations
_MARGIN = 6.5  # standard deviations of the average's Fourier transform: 1e-9
_MOST = 400  # shifts; each is a run of the circuit


def check_still(experiment: Experiment) -> None:
    """Refuse an experiment whose device drifts: a backend has no first and last setting.

    Args:
        experiment: the experiment file's content, for its section `faults`.

    Raises:
        CircuitError: a drift of the faults is not 0.
    """
    faults = experiment.faults
    if faults.rabi_rate_drift or faults.frequency_drift_MHz or faults.readout_drift:
        raise CircuitError(
            "the backend runs circuits one by one, so faults.rabi_rate_drift, frequency_drift_MHz "
            "and readout_drift must be 0"
        )


def slow_shifts(experiment: Experiment, program: Program) -> tuple[FloatArray, FloatArray]:
    """Return shifts of the transmon's frequency in MHz, (N,), and their weights, (N,).

    An even grid over a normal distribution; a probability that turns by `phase` at one standard
    deviation is averaged to 1e-9 when the step is at most 2 pi / (phase + 6.5).

    Args:
        experiment: the experiment file's content, for the spread of the frequency and the
            pulses' lengths.
        program: what is done; the longest way through it sets the number of shifts.

    Raises:
        CircuitError: the circuit is so long that 400 shifts do not suffice.
    """
    spread, duration = experiment.frequency_spread_MHz, _longest_ns(experiment, program)
    if spread == 0.0:
        return np.zeros(1), np.ones(1)
    wanted = TWO_PI / (angular_from_mhz(spread) * duration + _MARGIN)
    step = 2.0 ** -max(ceil(-log2(wanted)), 1)
    half = ceil(_WIDEST / step)
    if 2 * half + 1 > _MOST:
        raise CircuitError(
            f"a circuit of {duration:.0f} ns is too long for a frequency noise of {spread:g} MHz: "
            "shorten its delays, or lower faults.frequency_noise_MHz or"
            " transmon.frequency_noise_MHz"
        )
    deviations = step * np.arange(-half, half + 1)
    weights = np.exp(-(deviations**2) / 2)
    return np.asarray(spread * deviations), np.asarray(weights / weights.sum())


def averaged(
    records_at: Callable[[float], Mapping[Record, float]], shifts: FloatArray, weights: FloatArray
) -> dict[Record, float]:
    """Return the mean of records' probabilities over shifts of the frequency.

    Args:
        records_at: returns the records' probabilities at a shift in MHz.
        shifts: of the transmon's frequency in MHz, (N,).
        weights: of the shifts, which add up to 1, (N,).

    Returns:
        Probabilities by record, which add up to 1.
    """
    found: dict[Record, float] = {}
    for shift, weight in zip(shifts, weights, strict=True):
        for record, share in records_at(float(shift)).items():
            found[record] = found.get(record, 0.0) + float(weight) * share
    return found


def _longest_ns(experiment: Experiment, program: Program) -> float:
    """Return how long a program can take, every choice counted with both its sides."""
    pulse, readout = pulse_ns(experiment), measurement_ns(experiment)
    fixed = {"x": pulse, "sx": pulse, "id": pulse, "rz": 0.0, "reset": reset_ns(experiment)}
    total = 0.0
    for step in walk(program.steps):
        if isinstance(step, Read):
            total += readout
        elif isinstance(step, Act):
            total += fixed.get(step.name, step.value)
    return total
