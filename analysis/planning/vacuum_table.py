"""The methods of measuring the resonator side by side: length, losses, bias and shots for 1 %."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from math import ceil, exp, log

import numpy as np
from scipy.optimize import brentq

from analysis.estimators.expectation import Expectation
from analysis.estimators.linear import spread
from analysis.estimators.observed import Observed
from analysis.estimators.vacuum.fidelity import Vacuum
from cqed_battery.compute.threads import one_thread
from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from protocols.prediction.predict import Prediction, predict
from protocols.resonator import MEASUREMENTS, check_vacuum, measurement_of, vacuum_effects
from protocols.settings.axis import settings_of

WANTED = 0.01
"""The standard error of F that the shots are for."""

_MOST_SHOTS = 10**9  # beyond which a method does not reach WANTED
_CLOSE = 1e-10  # of the logarithm of the shots


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

    The resonator is measured after the last charging setting.

    Args:
        experiment: the experiment file's content; its `vacuum.method` does not matter.

    Raises:
        ConvergenceError: the charging itself cannot be computed.
    """
    last = settings_of(experiment)[-1]
    charged = predict(last.replace({"vacuum.method": "none", "control.enabled": False}))
    for method in MEASUREMENTS:
        chosen = charged.experiment.replace({"vacuum.method": method})
        try:
            check_vacuum(chosen)
        except ExperimentError as error:
            yield MethodRow(method, str(error))
            continue
        yield assess(chosen, charged)


@one_thread()
def assess(experiment: Experiment, charged: Prediction) -> MethodRow:
    """Return the row of the experiment's method, which the device can serve.

    Args:
        experiment: the experiment file's content; `vacuum.method` names the method.
        charged: the prediction of its charging, control and vacuum measurement left out.
    """
    method, design = measurement_of(experiment), _Design(experiment, charged)
    even = design.shots_needed()
    data = design.with_shots(_MOST_SHOTS if even is None else even)
    errors = design.vacuum.state_errors(data)
    truth = float(design.vacuum.true_values[-1])
    shaped = data.settings.vacuum_part(data.frequency)
    probability = (shaped - data.assignment.p1_given_0) / data.assignment.contrast
    return MethodRow(
        experiment.vacuum.method,
        sequence_ns=float(method.durations_ns(experiment).max()),
        lost=method.needs(experiment).lost,
        truth=truth,
        plain_bias=method.textbook_fidelity(experiment, probability, charged.fock.levels) - truth,
        bias=float(errors[-1]),
        systematic=float(np.sqrt((errors**2).mean())),
        settings=probability.size,
        shots=even,
        best_shots=None if even is None else design.best_spread(even),
    )


class _Design:
    """The estimator of one method for a number of shots, evenly spread over its settings."""

    def __init__(self, experiment: Experiment, charged: Prediction) -> None:
        operators = vacuum_effects(experiment, charged.liouvillian)
        last = charged.arms["catalysed"].joint_states[-1]
        probability = np.clip(operators @ last, 0.0, 1.0)
        prediction = replace(charged, experiment=experiment, vacuum_probability=probability)
        self.vacuum = Vacuum(Expectation(prediction, {}))
        self._own = self.vacuum.settings.vacuum

    def with_shots(self, shots: float) -> Observed:
        """Return the expected frequencies with that many shots of all settings of the method.

        Args:
            shots: of all settings of the method together.
        """
        settings = self.vacuum.settings
        each = np.full(settings.size, shots / (self._own.stop - self._own.start))
        return Observed.exact(self.vacuum.expected, settings, self.vacuum.frequency, each)

    def shots_needed(self) -> int | None:
        """Return the fewest even shots, in all, that leave 1 %; None if 10^9 do not.

        What shots leave is the noise and the caution (weights that trust the model's mean more
        than few shots), beyond the systematic part that no number of shots lowers.
        """
        noise, floor = self._squares(float(_MOST_SHOTS))
        if noise > WANTED**2:
            return None

        def excess(logarithm: float) -> float:
            """Return the variance beyond what is wanted, at a logarithm of the shots."""
            return sum(self._squares(exp(logarithm))) - floor - WANTED**2

        if excess(0.0) <= 0:
            return 1
        return ceil(exp(brentq(excess, 0.0, log(_MOST_SHOTS), xtol=_CLOSE)))

    def best_spread(self, shots: int) -> int:
        """Return the shots with the noise of these, each setting's as its weight asks.

        Args:
            shots: of all settings of the method together, evenly spread.
        """
        linear = self.vacuum.estimate(self.with_shots(shots))
        reach = np.abs(linear.weights[0]) * spread(self.vacuum.frequency)
        return int(np.ceil(reach[self._own].sum() ** 2 / self._squares(shots)[0]))

    def _squares(self, shots: float) -> tuple[float, float]:
        """Return the squares of the noise and of the systematic part with so many even shots."""
        data = self.with_shots(shots)
        linear = self.vacuum.estimate(data)
        reach = (linear.weights[0] * spread(data.frequency)) ** 2 / data.shots
        return float(reach[self._own].sum()), float(linear.systematic_variance[0])
