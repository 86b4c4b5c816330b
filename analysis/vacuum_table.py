"""The methods of measuring the resonator side by side: length, losses, bias and shots for 1 %."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from analysis.estimators.vacuum import optimal_weights, vacuum_projector
from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.prediction.predict import Prediction, predict
from protocols.readout import assignment_errors
from protocols.resonator import MEASUREMENTS, check_vacuum, measurement_of, vacuum_effects

WANTED = 0.01
"""The standard error of F that the shots are for."""

_MOST_SHOTS = 10**9
_STEPS = 60


@dataclass(frozen=True)
class MethodRow:
    """One method on one device.

    `sequence_ns`: longest way from the end of charging to the readout; `lost`: share of the
    photons that decay before the pulse ends, at the method's shortest time. `plain_bias`: of the
    textbook estimate at the end of charging, without shot noise; `bias`: of the optimal linear
    estimator there with the stated shots, and `systematic` its root mean square over the states
    passed through while charging. `shots`: of all settings together, evenly spread, that leave a
    standard error of 1 % beside the systematic one of any number of shots; `best_shots`: with the
    same noise, spread as the weights ask. A refused method has its sentence and nothing else.
    """

    method: str
    refused: str | None = None
    sequence_ns: float | None = None
    lost: float | None = None
    truth: float | None = None
    plain_bias: float | None = None
    bias: float | None = None
    systematic: float | None = None
    settings: int | None = None
    shots: int | None = None
    best_shots: int | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the row as plain values."""
        return asdict(self)


def compare_methods(experiment: Experiment) -> Iterator[MethodRow]:
    """Yield a row for each method on the experiment's device, keys of [vacuum] as in the file.

    Raises:
        ConvergenceError: the charging itself cannot be computed.
    """
    charged = predict(experiment.replace({"vacuum.method": "none", "control.enabled": False}))
    for method in MEASUREMENTS:
        chosen = charged.experiment.replace({"vacuum.method": method})
        try:
            check_vacuum(chosen)
        except ExperimentError as error:
            yield MethodRow(method, str(error))
            continue
        yield assess(chosen, charged)


def assess(experiment: Experiment, charged: Prediction) -> MethodRow:
    """Return the row of the experiment's method, which the device can serve."""
    design, method = _Design(experiment, charged), measurement_of(experiment)
    even = design.shots_needed()
    shots = _MOST_SHOTS if even is None else even
    weights, constant = design.weights(shots)
    errors = design.errors(weights, constant)
    return MethodRow(
        experiment.vacuum.method,
        sequence_ns=float(method.durations_ns(experiment).max()),
        lost=method.needs(experiment).lost,
        truth=design.truth,
        plain_bias=design.plain_bias(experiment),
        bias=float(errors[-1]),
        systematic=float(np.sqrt((errors**2).mean())),
        settings=len(weights),
        shots=even,
        best_shots=None if even is None else design.best_spread(even),
    )


class _Design:
    """The optimal linear estimator of one method for a number of shots."""

    def __init__(self, experiment: Experiment, charged: Prediction) -> None:
        operators = vacuum_effects(experiment, charged.liouvillian)
        self._operators = operators.reshape(-1, operators.shape[-1])
        self._states = charged.arms["catalysed"].joint_states
        self._levels = charged.fock.levels
        self._vacuum = vacuum_projector(self._states.shape[1], self._levels)
        errors = assignment_errors(experiment)
        probability = np.clip(self._operators @ self._states[-1], 0.0, 1.0)
        frequency = errors.p1_given_0 + errors.contrast * probability
        self._probability = probability
        self._variance = frequency * (1 - frequency) / errors.contrast**2

    @property
    def truth(self) -> float:
        """The true F at the end of charging."""
        return float(self._vacuum @ self._states[-1])

    def plain_bias(self, experiment: Experiment) -> float:
        """Return the textbook estimate from exact probabilities less the true F."""
        method, shaped = measurement_of(experiment), self._probability.reshape(2, -1)
        return method.textbook_fidelity(experiment, shaped, self._levels) - self.truth

    def weights(self, shots: float) -> tuple[FloatArray, float]:
        """Return weights and constant for that many shots of all settings, evenly spread."""
        variance = self._variance * len(self._variance) / shots
        return optimal_weights(self._operators, self._states, self._levels, variance)

    def errors(self, weights: FloatArray, constant: float) -> FloatArray:
        """Return the estimator's error without shot noise in each state while charging, (S,)."""
        return np.asarray(self._states @ (weights @ self._operators - self._vacuum) + constant)

    def shots_needed(self) -> int | None:
        """Return the fewest even shots, in all, that leave 1 %; None if 10^9 do not.

        What shots leave is the noise and the caution (weights that trust the model's mean more
        than few shots), beyond the systematic part that no number of shots lowers.
        """
        low, high = 1.0, float(_MOST_SHOTS)
        floor = self._squares(high)[1]
        if self._squares(high)[0] > WANTED**2:
            return None
        for _ in range(_STEPS):
            middle = float(np.sqrt(low * high))
            enough = sum(self._squares(middle)) - floor <= WANTED**2
            low, high = (low, middle) if enough else (middle, high)
        return int(np.ceil(high))

    def best_spread(self, shots: int) -> int:
        """Return the shots with the noise of these, each setting's as its weight asks."""
        deviations = np.abs(self.weights(shots)[0]) * np.sqrt(self._variance)
        return int(np.ceil(deviations.sum() ** 2 / self._squares(shots)[0]))

    def _squares(self, shots: float) -> tuple[float, float]:
        """Return the squares of the noise and of the systematic part with so many even shots."""
        weights, constant = self.weights(shots)
        variance = self._variance * len(self._variance) / shots
        return float(weights**2 @ variance), float((self.errors(weights, constant) ** 2).mean())
