"""The device model as forward model: parameters to frequencies of outcome 1 and to quantities.

The waveforms are those the experiment file commands: its Rabi rate, phase and coupling scale
with the parameters, while its tuned pulses stay. Detunings, rates and the residual excitation
belong to the device whose equation of motion is solved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.estimators.global_fit.parameters import (
    COUPLING,
    DEPHASING,
    EXCITATION,
    LINEWIDTH,
    P0_GIVEN_1,
    P1_GIVEN_0,
    PHASE,
    RABI,
    READOUT,
    RESONATOR_DETUNING,
    TRANSMON_DETUNING,
    Parameter,
    starts,
)
from analysis.estimators.global_fit.sensitivities import (
    Slope,
    direction,
    exact_slope,
    has_exact_slopes,
    steps,
)
from cqed_battery.device import Device
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.prediction.predict import Prediction, predict
from protocols.prediction.truth import arm_truth
from protocols.readout import assignment_errors
from protocols.reset import expected_excitation
from protocols.settings import Settings

QUANTITIES = (
    "bloch",
    "energy",
    "energy_rate",
    "ergotropy",
    "power",
    "heat_current",
    "heat_integral",
    "exchange",
    "photon_number",
    "vacuum_fidelity",
)


_MOST_SLOPES = 4  # derivatives kept, those of the latest parameters


@dataclass(frozen=True)
class Response:
    """The model at some parameters.

    probability (M,): of reading 1 before assignment errors, of the prepared levels 0 and 1 and
    of all settings (arm, time, axis; then the vacuum measurement's). quantities: per arm, those
    of `QUANTITIES` at the charging times.
    """

    probability: FloatArray
    quantities: dict[str, dict[str, FloatArray]]


@dataclass
class ForwardModel:
    """The forward model of one experiment file; parameters not in `free` keep its values.

    Sizes (transmon and Fock levels) are chosen once, so that the model is smooth. `known` is what
    the file itself predicts, where that has been calculated.
    """

    experiment: Experiment
    free: tuple[Parameter, ...]
    fixed: Mapping[str, float] = field(default_factory=dict)
    known: Prediction | None = None

    def __post_init__(self) -> None:
        known = self.known or predict(self.experiment)
        self.experiment = known.experiment.replace({"resonator.fock_levels": known.fock.levels})
        self._file = replace(known, experiment=self.experiment)
        self._settings = Settings(self.experiment)
        self._slopes: dict[bytes, Slope] = {}
        self._latest: tuple[bytes, Prediction] | None = None

    def values(self, theta: FloatArray) -> dict[str, float]:
        """Return all parameters by name: the file's, the fixed ones, then theta (p,).

        Args:
            theta: the free parameters, each in its unit, (p,).
        """
        free = {p.name: float(x) for p, x in zip(self.free, theta, strict=True)}
        return {**self.fixed, **free}

    def response(self, theta: FloatArray) -> Response:
        """Return the model at theta, (p,).

        Args:
            theta: the free parameters, each in its unit, (p,).

        Raises:
            CqedBatteryError: no experiment has such parameters, or its dynamics cannot be trusted.
        """
        prediction = self._prediction(theta)
        quantities = {
            name: _quantities(arm_truth(prediction.experiment, prediction, arm))
            for name, arm in prediction.arms.items()
        }
        return Response(self._settings.probabilities(prediction), quantities)

    def _prediction(self, theta: FloatArray) -> Prediction:
        """Return the prediction at theta, the latest one kept."""
        key = np.asarray(theta, dtype=float).tobytes()
        if self._latest is None or self._latest[0] != key:
            values = self.values(theta)
            experiment, device = self._changed(values)
            excitation = values.get(EXCITATION, expected_excitation(self.experiment))
            moved = (experiment, device, excitation) != (
                self.experiment,
                self.experiment.device,
                self._file.residual_excitation,
            )
            found = predict(experiment, excitation, actual=device) if moved else self._file
            self._latest = key, found
        return self._latest[1]

    def _changed(self, values: Mapping[str, float]) -> tuple[Experiment, Device]:
        keys = (COUPLING, RABI, PHASE, LINEWIDTH, DEPHASING)
        changes = {key: values[key] for key in keys if key in values}
        experiment = self.experiment.replace(changes)
        detunings = (values.get(key, 0.0) for key in (TRANSMON_DETUNING, RESONATOR_DETUNING))
        return experiment, experiment.device.shifted(*detunings)

    def slope(self, theta: FloatArray, at: Response) -> Slope:
        """Return the derivatives of the response, kept for the same theta.

        Exact where `has_exact_slopes`; otherwise forward differences, whose steps of 1e-4 of a
        MHz or less make them good to about 1e-4 of the largest. The readout enters apart
        (`frequency`).

        Args:
            theta: the free parameters, each in its unit, (p,).
            at: the response there.
        """
        key = np.asarray(theta, dtype=float).tobytes()
        if key not in self._slopes:
            exact = has_exact_slopes(self.experiment)
            found = self._exact_slope(theta) if exact else self.differences(theta, at)
            if len(self._slopes) >= _MOST_SLOPES:
                self._slopes.pop(next(iter(self._slopes)))
            self._slopes[key] = found
        return self._slopes[key]

    def _exact_slope(self, theta: FloatArray) -> Slope:
        prediction, values = self._prediction(theta), self.values(theta)
        directions = []
        for parameter in self.free:
            moved = []
            if parameter.name not in (*READOUT, EXCITATION):
                for weight, value in steps(parameter, values[parameter.name]):
                    moved.append((weight, *self._changed({**values, parameter.name: value})))
            directions.append(direction(parameter, moved))
        return exact_slope(prediction, directions)

    def differences(self, theta: FloatArray, at: Response) -> Slope:
        """Return the derivatives by forward differences.

        Args:
            theta: the free parameters, each in its unit, (p,).
            at: the response there.
        """
        return _stacked([self._column(theta, index, at) for index in range(len(self.free))])

    def _column(self, theta: FloatArray, index: int, at: Response) -> Response:
        parameter = self.free[index]
        if parameter.name in READOUT:
            return _difference(at, at, 1.0)
        moved = np.array(theta, dtype=float)
        step = (
            parameter.step if theta[index] + parameter.step <= parameter.high else -parameter.step
        )
        moved[index] += step
        return _difference(self.response(moved), at, step)

    def frequency(self, theta: FloatArray, probability: FloatArray) -> FloatArray:
        """Return the frequency of outcome 1 behind the assignment errors, (M,).

        Args:
            theta: the free parameters, for those of the readout, (p,).
            probability: of reading 1 before assignment errors, (M,).
        """
        p10, p01 = self._errors(theta)
        return np.asarray(p10 + (1 - p10 - p01) * probability)

    def frequency_slope(self, theta: FloatArray, at: Response, slope: Slope) -> FloatArray:
        """Return the derivative of `frequency` by all parameters, (M, p).

        Args:
            theta: the free parameters, for those of the readout, (p,).
            at: the response there.
            slope: the derivatives there.
        """
        p10, p01 = self._errors(theta)
        columns = (1 - p10 - p01) * slope.probability
        for index, parameter in enumerate(self.free):
            if parameter.name == P1_GIVEN_0:
                columns[:, index] = 1 - at.probability
            elif parameter.name == P0_GIVEN_1:
                columns[:, index] = -at.probability
        return columns

    def _errors(self, theta: FloatArray) -> tuple[float, float]:
        values, readout = self.values(theta), assignment_errors(self.experiment)
        p10 = values.get(P1_GIVEN_0, readout.p1_given_0)
        return p10, values.get(P0_GIVEN_1, readout.p0_given_1)

    def start(self) -> FloatArray:
        """Return the experiment file's own values of the free parameters, (p,)."""
        return starts(self.free)


def _quantities(truth: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Return `QUANTITIES` of one arm, with dE/dt = P + J."""
    found = {**truth, "energy_rate": truth["power"] + truth["heat_current"]}
    return {name: found[name] for name in QUANTITIES}


def _difference(moved: Response, at: Response, step: float) -> Response:
    quantities = {
        arm: {name: (moved.quantities[arm][name] - value) / step for name, value in found.items()}
        for arm, found in at.quantities.items()
    }
    return Response((moved.probability - at.probability) / step, quantities)


def _stacked(columns: list[Response]) -> Slope:
    quantities = {
        arm: {
            name: np.stack([column.quantities[arm][name] for column in columns], axis=-1)
            for name in found
        }
        for arm, found in columns[0].quantities.items()
    }
    return Slope(np.stack([column.probability for column in columns], axis=-1), quantities)
