"""The device model as forward model: parameters to frequencies of outcome 1 and to quantities.

The waveforms are those the experiment file commands: its Rabi rate, phase and coupling scale
with the parameters, while its tuned pulses stay. Detunings, rates and the residual excitation
belong to the device whose equation of motion is solved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.estimators.global_fit.model.described import CURVED_NOW, Described
from analysis.estimators.global_fit.model.parameters import (
    DELAY,
    DEPHASING,
    EXCITATION,
    LEADING,
    PHASE,
    RABI,
    READOUT,
    SETTLING,
    TRANSMON_DETUNING,
    has_exact_slopes,
)
from analysis.estimators.global_fit.model.readout import FittedReadout
from analysis.estimators.global_fit.model.response import Response, difference, response_of, stacked
from analysis.estimators.global_fit.model.sensitivities import Slope, direction, exact_slope, steps
from analysis.estimators.global_fit.model.surfaces import (
    Surfaces,
    as_now,
    beyond,
    drift_shares,
    surfaces,
)
from cqed_battery.operators import FloatArray
from protocols.prediction.directions import Moved
from protocols.prediction.predict import Prediction, predict
from protocols.reset import expected_excitation
from protocols.settings.settings import Settings

_MOST_SLOPES = 4  # derivatives kept, the first ones and those of the latest parameters


@dataclass
class ForwardModel(FittedReadout):
    """The forward model of one experiment file; parameters not in `free` keep its values.

    Sizes (transmon and Fock levels) are chosen once, so that the model is smooth. `known` is what
    the file itself predicts, where that has been calculated.
    """

    known: Prediction | None = None

    def __post_init__(self) -> None:
        known = self.known or predict(self.experiment)
        rate = known.experiment.transmon.dephasing_rate_MHz  # also where T2 stands for it
        self.experiment = known.near.replace({DEPHASING: rate})
        if self.experiment.resonator.fock_levels == known.fock.levels:
            self._file = replace(known, experiment=self.experiment)
        else:
            left = known.residual_excitation, known.residual_leakage
            self._file = predict(self.experiment, *left)
        self.settings = Settings(self.experiment)
        self._slopes: dict[bytes, Slope] = {}
        self._latest: tuple[bytes, Prediction] | None = None
        self._beyond = beyond(self.free)
        self._described = Described.of(self.experiment, self.free, known.times)
        self._file = replace(self._file, line=self._described.line({}))

    @property
    def filed(self) -> Prediction:
        """What the file's own device does."""
        return self._file

    def response(self, theta: FloatArray, near: Slope | None = None) -> Response:
        """Return the model at theta, (p,).

        Args:
            theta: the free parameters, each in its unit, (p,).
            near: derivatives about a point near theta, whose surfaces serve; by default those
                about the experiment file's own values.

        Raises:
            CqedBatteryError: no experiment has such parameters, or its dynamics cannot be trusted.
        """
        base = _base(near)
        found = response_of(self.settings, self._prediction(theta, base))
        if not (base or any(theta[n] for n in self._beyond)):
            return found
        known = self._file_surfaces if near is None or near.surfaces is None else near.surfaces
        return found.unpacked(found.packed() + known.at(theta))

    @cached_property
    def _file_surfaces(self) -> Surfaces:
        start = self.start()
        found = self.slope(start, response_of(self.settings, self._prediction(start, {}))).surfaces
        assert found is not None  # it is asked for where there are some
        return found

    def prediction(self, theta: FloatArray, near: Slope | None = None) -> Prediction:
        """Return the prediction at theta, its probabilities as a readout without drift has them.

        Args:
            theta: the free parameters, each in its unit, (p,).
            near: as in `response`.
        """
        found = self._prediction(theta, _base(near))
        frequency = self.frequency(theta, self.response(theta, near).probability)
        seen = self.seen(theta, frequency)
        arms = {
            name: replace(arm, probability=self.settings.arm_part(seen, name))
            for name, arm in found.arms.items()
        }
        places, energies = self.settings.extraction_places, self.settings.extraction_part(seen)
        for (name, arm), own in zip(arms.items(), energies, strict=True):
            extraction = np.zeros_like(arm.extraction)
            extraction[places] = own
            arms[name] = replace(arm, extraction=extraction)
        vacuum = found.vacuum_probability
        if vacuum is not None:
            vacuum = self.settings.vacuum_part(seen)
        return replace(found, arms=arms, vacuum_probability=vacuum)

    def leading(self) -> "ForwardModel":
        """Return the model in which what leads to the likely device is free, and nothing else."""
        kept = tuple(parameter for parameter in self.free if parameter.name in LEADING)
        return replace(self, free=kept or self.free, known=self._file)

    def exact(self, theta: FloatArray) -> Prediction:
        """Return the prediction at theta, ramp and line as they are there, without surfaces.

        Args:
            theta: the free parameters, each in its unit, (p,).

        Raises:
            ConvergenceError: as `predict`.
        """
        values = self.values(theta)
        now = {CURVED_NOW[name]: values[name] for name in CURVED_NOW if name in values}
        return self._predicted({**values, **now})

    def _prediction(self, theta: FloatArray, base: Mapping[str, float]) -> Prediction:
        """Return the prediction at theta without surfaces, the latest one kept."""
        key = np.asarray(theta, dtype=float).tobytes() + repr(base).encode()
        if self._latest is None or self._latest[0] != key:
            self._latest = key, self._predicted(self.values(theta) | _now(base))
        return self._latest[1]

    def _predicted(self, values: Mapping[str, float]) -> Prediction:
        moved = self._described.moved(values)
        excitation = values.get(EXCITATION, expected_excitation(self.experiment))
        still = (self.experiment, self.experiment.device, self._described.line({}))
        if (moved.experiment, moved.device, moved.line) == still and excitation == (
            self._file.residual_excitation
        ):
            return self._file
        return predict(moved.experiment, excitation, actual=moved.device, line=moved.line)

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
            if self._beyond:
                found = self._with_surfaces(theta, at, found)
            if exact and PHASE in (names := [p.name for p in self.free]):
                here = self.response(theta, found).quantities
                states = {arm: values["bloch"] for arm, values in here.items()}
                found = found.turned(names.index(PHASE), states)
            if len(self._slopes) >= _MOST_SLOPES:  # the first stays: every fit begins there
                self._slopes.pop(list(self._slopes)[1])
            self._slopes[key] = found
        return self._slopes[key]

    def _exact_slope(self, theta: FloatArray) -> Slope:
        """Return the derivatives by what the dynamics knows; those by all else are 0."""
        base = as_now(self.free, theta)
        values = self.values(theta) | _now(base)
        found = self._directed(self._prediction(theta, base), values)
        driven = values.get(RABI, self.experiment.drive.rabi_rate_MHz)
        if driven and (settling := values.get(SETTLING, 0.0)):
            # What a filter does to the state is a delay by its time constant, to first order; what
            # it rings when the drive is gated off takes that back before the state is read.
            late = values | {CURVED_NOW[DELAY]: values.get(CURVED_NOW[DELAY], 0.0) + settling}
            quantities = self._directed(self._predicted(late), late).quantities
            found = replace(found, quantities=quantities)
        return found

    def _directed(self, prediction: Prediction, values: Mapping[str, float]) -> Slope:
        """Return the derivatives of a prediction, of these values, by what the dynamics knows."""
        acting = [
            number
            for number, parameter in enumerate(self.free)
            if parameter.name not in READOUT and number not in self._beyond
        ]
        directions = []
        for parameter in (self.free[number] for number in acting):
            moved: list[Moved] = []
            if parameter.name != EXCITATION:
                for weight, value in steps(parameter, values[parameter.name]):
                    moved.append(self._described.moved({**values, parameter.name: value}, weight))
            directions.append(direction(parameter, moved))
        return exact_slope(prediction, directions).among(len(self.free), acting)

    def _with_surfaces(self, theta: FloatArray, at: Response, exact: Slope) -> Slope:
        """Return the slope with the surfaces about theta, and their own derivatives."""
        within = as_now(self.free, theta)
        values = self.values(theta) | _now(within)
        packed = Response(exact.probability, exact.quantities).packed()
        slopes = {p.name: packed[:, n] for n, p in enumerate(self.free)}
        if RABI in slopes:
            slopes[RABI] = slopes[RABI] * values[RABI]

        def predicted(changes: Mapping[str, float]) -> FloatArray:
            """Return the packed response at theta with other values of some parameters."""
            if not changes:
                return response_of(self.settings, self._prediction(theta, within)).packed()
            changed = values | {CURVED_NOW.get(name, name): nu for name, nu in changes.items()}
            if TRANSMON_DETUNING in changes:
                changed[TRANSMON_DETUNING] += values.get(TRANSMON_DETUNING, 0.0)
            return response_of(self.settings, self._predicted(changed)).packed()

        shares = drift_shares(self.settings, at.sizes)
        found = surfaces(self.free, theta, predicted, slopes, shares, within)
        packed[:, list(found.places)] = found.slope(theta).T
        whole = at.unpacked(packed)
        return Slope(whole.probability, whole.quantities, found)

    def made_exact(self, theta: FloatArray, near: Slope) -> Slope:
        """Return derivatives near theta, their surfaces exact there: one prediction, no derivative.

        Args:
            theta: the free parameters, each in its unit, (p,).
            near: derivatives about a point near theta.

        Raises:
            ConvergenceError: as `predict`.
        """
        known, base = near.surfaces, _base(near)
        curved = {n: p for n, p in enumerate(self.free) if p.name in CURVED_NOW}
        if known is None or all(theta[n] == base.get(p.name, 0.0) for n, p in curved.items()):
            return near
        without = response_of(self.settings, self._prediction(theta, base)).packed()
        predicted = response_of(self.settings, self.exact(theta)).packed()
        return replace(near, surfaces=known.made_exact(theta, predicted, without, curved))

    def differences(self, theta: FloatArray, at: Response) -> Slope:
        """Return the derivatives by forward differences.

        Args:
            theta: the free parameters, each in its unit, (p,).
            at: the response there.
        """
        return stacked([self._column(theta, index, at) for index in range(len(self.free))])

    def _column(self, theta: FloatArray, index: int, at: Response) -> Response:
        parameter = self.free[index]
        if parameter.name in READOUT or index in self._beyond:
            return difference(at, at, 1.0)
        moved = np.array(theta, dtype=float)
        step = (
            parameter.step if theta[index] + parameter.step <= parameter.high else -parameter.step
        )
        moved[index] += step
        return difference(self.response(moved), at, step)


def _base(near: Slope | None) -> Mapping[str, float]:
    """Return what the response about a point has of what surfaces stand for otherwise."""
    return {} if near is None or near.surfaces is None else near.surfaces.base


def _now(base: Mapping[str, float]) -> dict[str, float]:
    """Return the same under the names by which a prediction takes them."""
    return {CURVED_NOW[name]: value for name, value in base.items()}
