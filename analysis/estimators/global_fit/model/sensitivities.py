"""Derivatives of the forward model: exact where the dynamics allows, else difference quotients.

Exact ones come from the tangent linear equation (`protocols.prediction.sensitivities`). The ODE
methods and the laboratory frame have forward differences of a response that is itself exact to
1e-10.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import pi

import numpy as np

from analysis.estimators.global_fit.model.parameters import (
    EXCITATION,
    LINEWIDTH,
    PHASE,
    T1,
    Parameter,
)
from analysis.estimators.global_fit.model.surfaces import Surfaces
from cqed_battery.energetics import qubit_energy, qubit_ergotropy_gradient
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.faults.drive_line import Line
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.directions import Direction, Moved
from protocols.prediction.predict import Prediction
from protocols.prediction.sensitivities import prediction_sensitivities
from protocols.prediction.truth import clocked_power, exchange_slope
from protocols.settings.axis import directions_at
from protocols.settings.settings import Settings

_RELATIVE_STEP = 1e-3  # any would do for what is linear; a response to photons is not


@dataclass(frozen=True)
class Slope:
    """Derivatives by all parameters but the readout's: probability (M, p), quantities (..., p).

    surfaces: what else the response is made of near here; None where nothing else is free.
    """

    probability: FloatArray
    quantities: dict[str, dict[str, FloatArray]]
    surfaces: Surfaces | None = None

    def among(self, count: int, places: Sequence[int]) -> "Slope":
        """Return the derivatives by `count` parameters, these at their places, 0 elsewhere.

        Args:
            count: number of parameters.
            places: where each of these stands.
        """

        def spread(values: FloatArray) -> FloatArray:
            """Return the columns at their places."""
            found = np.zeros((*values.shape[:-1], count))
            found[..., list(places)] = values
            return found

        quantities = {
            arm: {name: spread(values) for name, values in found.items()}
            for arm, found in self.quantities.items()
        }
        return Slope(spread(self.probability), quantities)

    def turned(self, place: int, bloch: Mapping[str, FloatArray]) -> "Slope":
        """Return the slope with the states' derivatives by the drive's phase as they are.

        A phase of all that drives turns every state about z, also behind a line that delays it.

        Args:
            place: of the phase among the parameters.
            bloch: Bloch vectors of each arm at the charging times, (T, 3).
        """
        quantities = {arm: dict(found) for arm, found in self.quantities.items()}
        for arm, found in quantities.items():
            x, y, z = bloch[arm].T
            slopes = found["bloch"].copy()
            slopes[..., place] = np.stack([-y, x, 0 * z], axis=-1)
            found["bloch"] = slopes
        return replace(self, quantities=quantities)


def steps(parameter: Parameter, value: float) -> tuple[tuple[float, float], ...]:
    """Return weights and values whose weighted sum gives the derivative of what is linear.

    The drive's phase enters by its sine and cosine, whose derivatives are those a quarter turn on,
    T1 by 1/T1, whose difference quotient is off by a known factor. The pulses' phase moves by a
    thousandth: what follows it, as the response to photons, is not linear in sine and cosine.

    Args:
        parameter: by which is differentiated.
        value: where, in the parameter's unit.

    Returns:
        Two pairs; the weights, in 1/unit, add up to 0.
    """
    if parameter.name == PHASE:
        return (0.5, value + pi / 2), (-0.5, value - pi / 2)
    if parameter.name == T1:
        step = _RELATIVE_STEP * value
        weight = (1 - _RELATIVE_STEP**2) / (2 * step)
        return (weight, value + step), (-weight, value - step)
    step = _RELATIVE_STEP * max(1.0, abs(value))
    low, high = max(value - step, parameter.low), min(value + step, parameter.high)
    return (1 / (high - low), high), (-1 / (high - low), low)


def direction(parameter: Parameter, moved: Sequence[Moved]) -> Direction:
    """Return the direction of a parameter in the space of predictions.

    Args:
        parameter: by which is differentiated.
        moved: what has the parameter moved, one for each of `steps`.
    """
    if parameter.name == EXCITATION:
        return Direction(excitation=1.0)
    return Direction(tuple(moved), linewidth=float(parameter.name == LINEWIDTH))


def exact_slope(prediction: Prediction, directions: Sequence[Direction]) -> Slope:
    """Return the derivatives of a prediction's probabilities and quantities.

    Args:
        prediction: what `predict` gave, on an ideal line.
        directions: of the free parameters, p of them.
    """
    settings = Settings(prediction.experiment)
    if prediction.settings:
        return _swept_slope(prediction, directions)
    slopes = prediction_sensitivities(prediction, directions)
    vacuum = slopes.vacuum_probability
    by_excitation = np.zeros(2) if settings.heralded else np.array([1.0, -1.0])
    columns = [
        settings.joined(
            towards.excitation * by_excitation,
            {name: found[number].probability for name, found in slopes.arms.items()},
            None if vacuum is None else vacuum[number],
            settings.extraction_of([found[number].extraction for found in slopes.arms.values()]),
            settings.qutrit_of([found[number].qutrit for found in slopes.arms.values()]),
        )
        for number, towards in enumerate(directions)
    ]
    quantities = {
        name: _stacked(
            [
                _quantity_slopes(prediction, name, slope, towards)
                for slope, towards in zip(found, directions, strict=True)
            ]
        )
        for name, found in slopes.arms.items()
    }
    return Slope(np.stack(columns, axis=-1), quantities)


def _swept_slope(prediction: Prediction, directions: Sequence[Direction]) -> Slope:
    """Return the derivatives where each charging setting has a pulse of its own: their ends'."""
    parts = [
        exact_slope(replace(each, line=prediction.line), directions_at(directions, number))
        for number, each in enumerate(prediction.settings)
    ]
    tables = [Settings(each.experiment) for each in prediction.settings]
    first, last = parts[0].probability, parts[-1].probability
    columns = Settings(prediction.experiment).joined(
        first[tables[0].calibration],
        {
            name: np.stack(
                [t.arm_part(p.probability, name)[-1] for t, p in zip(tables, parts, strict=True)]
            )
            for name in prediction.arms
        },
        None if prediction.vacuum_probability is None else tables[-1].vacuum_part(last),
    )
    quantities = {
        arm: {
            name: np.concatenate([part.quantities[arm][name][-1:] for part in parts])
            for name in parts[0].quantities[arm]
        }
        for arm in prediction.arms
    }
    return Slope(columns, quantities)


def _quantity_slopes(
    prediction: Prediction, name: str, slope: ArmPrediction, towards: Direction
) -> dict[str, FloatArray]:
    """Return the derivatives of one arm's `response.QUANTITIES`, (T, ...)."""
    experiment, times, arm = prediction.experiment, prediction.times, prediction.arms[name]
    bloch, change = arm.bloch, slope.bloch
    power = clocked_power(experiment, times, change, prediction.line, arm=name)
    played = _played(experiment, prediction.line)
    if any(_played(m.experiment, m.line) != played for m in towards.moved):
        power = power + towards.of(
            lambda m: clocked_power(m.experiment, times, bloch, m.line, arm=name)
        )
    energy, rate = qubit_energy(change), qubit_energy(slope.bloch_rate)
    return {
        "bloch": change,
        "energy": energy,
        "energy_rate": rate,
        "ergotropy": np.einsum("ti,ti->t", qubit_ergotropy_gradient(bloch), change),
        "power": power,
        "heat_current": rate - power,
        "heat_integral": energy - energy[0] - (slope.work - slope.work[0]),
        "exchange": exchange_slope(prediction, name, slope, towards.moved),
        "photon_number": slope.photon_number,
        "vacuum_fidelity": slope.photons[:, 0],
    }


def _played(experiment: Experiment, line: Line) -> tuple[object, ...]:
    """Return what the power of given Bloch vectors depends on."""
    return (
        *(experiment.drive, experiment.charging, experiment.control),
        *(line.charge_scale, line.saturation, line.modulation),
    )


def _stacked(columns: Sequence[Mapping[str, FloatArray]]) -> dict[str, FloatArray]:
    return {name: np.stack([c[name] for c in columns], axis=-1) for name in columns[0]}
