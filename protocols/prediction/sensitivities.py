"""Exact derivatives of a prediction by parameters of the device and of what is done to it.

Waveforms and static parts are linear in most parameters, so a weighted sum over moved experiments
gives their derivatives exactly; the dynamics then follows from the tangent linear equation
(`cqed_battery.dynamics.sensitivities.forward`): one forward pass an arm, one backward pass a
measurement, for all parameters at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import scipy.sparse as sp

from cqed_battery.compute.threads import one_thread
from cqed_battery.device import Device
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.evolution import Liouvillian, backward
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import (
    flow_row,
    from_real,
    photon_rows,
    places_of_fewer,
    to_real,
    transmon_rows,
)
from cqed_battery.dynamics.sensitivities.forward import (
    SensitivityEquation,
    WaveformSensitivities,
    static_derivative,
)
from cqed_battery.dynamics.sensitivities.recorded import (
    SensitivityRecord,
    SensitivityRecorder,
    observe_sensitivities,
)
from cqed_battery.dynamics.sparse import AnyMatrix
from cqed_battery.dynamics.waveforms import Waveform
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.faults.drive_line import Line
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.arm_pass import driven_rate, work_recorder
from protocols.prediction.directions import Direction, Moved
from protocols.prediction.predict import Prediction
from protocols.prediction.readings import extraction_readings, qutrit_readings
from protocols.reset import remaining_photons, reset_of
from protocols.resonator import measurement_of
from protocols.resonator.emptied import EmptyingMeasurement, emptying
from protocols.resonator.exchange import ideal_flip, opening_ramp, readout_vector
from protocols.resonator.method import exchange_times
from protocols.resonator.vacuum_rabi import closing_and_pi_pulse, exchange_waveform
from protocols.stages.bias import moves
from protocols.stages.charging import (
    charging_waveform,
    held_drive,
    initial_state,
    initial_state_derivatives,
)
from protocols.stages.effects import closed_effects
from protocols.stages.extraction import extraction_pulses, extraction_waveform, last_effect
from protocols.stages.qutrit import ROTATIONS, last_qutrit_effect, qutrit_places, qutrit_steps
from protocols.stages.tomography import analysis_pulse, arriving_sequence, axis_turn, closing_ramp

_TOLERANCE = 1e-10
"""Of derivatives, relative: no fit needs them to more than 1e-5."""


@dataclass(frozen=True)
class PredictionSensitivities:
    """Derivatives of a prediction by p directions: p of each arm, as `ArmPrediction`.

    `vacuum_probability` is (p, 2, K), or None where nothing is measured.
    """

    arms: dict[str, list[ArmPrediction]]
    vacuum_probability: FloatArray | None


@one_thread()
def prediction_sensitivities(
    prediction: Prediction, directions: Sequence[Direction]
) -> PredictionSensitivities:
    """Return the derivatives of what `predict` gave, in the rotating frame.

    Args:
        prediction: what `predict` gave, on a line without a filter.
        directions: p parameters by which it is differentiated.
    """
    whole = _Derivatives(prediction, directions)
    arms, vacuum = {}, None
    for arm, own in prediction.liouvillians.items():
        found = whole
        if own is not prediction.liouvillian:
            found = _Derivatives(prediction, directions, own, whole)
        derivatives, end = found.arm(arm)
        arms[arm] = [derivative.widened(whole.fock_levels) for derivative in derivatives]
        if arm == "catalysed" and prediction.vacuum_probability is not None:
            vacuum = found.vacuum(end)
    return PredictionSensitivities(arms, vacuum)


Played = Callable[[Experiment, Line], Waveform]
"""What is played of an experiment, behind a drive line."""


@lru_cache
def _pulse(basis: str, arm: str) -> Played:
    return lambda experiment, line: analysis_pulse(experiment, basis, line, arm=arm)


def _closing(arm: str) -> Played:
    return _undriven(partial(closing_ramp, arm=arm))


def _extracting(arm: str, number: int) -> Played:
    return lambda experiment, line: extraction_waveform(experiment, arm, number, line)


def _rotating(arm: str, name: str) -> Played:
    def play(experiment: Experiment, line: Line) -> Waveform:
        """Return what arrives of a setting of three levels."""
        steps = qutrit_steps(experiment, arm, name, line)
        return arriving_sequence(experiment, steps, line, 0.0)

    return play


def _undriven(make: Callable[[Experiment], Waveform]) -> Played:
    return lambda experiment, _: make(experiment)


class _Derivatives:
    """The equation of the derivatives of one prediction, and the sequences that it goes through.

    Args:
        prediction: that is differentiated.
        directions: by which.
        liouvillian: the equation of motion; by default the catalysed arm's.
        wider: the same on more Fock levels, of which these are a part.
    """

    def __init__(
        self,
        prediction: Prediction,
        directions: Sequence[Direction],
        liouvillian: Liouvillian | None = None,
        wider: "_Derivatives | None" = None,
    ) -> None:
        self.experiment, self.prediction = prediction.experiment, prediction
        self.directions, self._wider = list(directions), wider
        self.liouvillian = liouvillian or prediction.liouvillian
        terms = self.liouvillian.generator
        self.levels, self.fock_levels = terms.levels, terms.fock_levels
        self.equation = SensitivityEquation(
            self.liouvillian,
            [static_derivative(terms, [(m.weight, m.device) for m in d.moved]) for d in directions],
        )
        self._parts: dict[tuple[int, ...], SensitivityEquation] = {}
        self._closed: dict[str, list[FloatArray]] = {}
        self._waveforms: dict[Played, WaveformSensitivities] = {}
        self.tolerance = _TOLERANCE

    def waveform(self, make: Played) -> WaveformSensitivities:
        """Return a sequence with its derivatives.

        Args:
            make: returns the sequence of an experiment behind a line.
        """
        if make not in self._waveforms:
            moved = [
                [(m.weight, make(m.experiment, m.line)) for m in d.moved] for d in self.directions
            ]
            still = make(self.experiment, self.prediction.line)
            self._waveforms[make] = WaveformSensitivities.of(still, moved)
        return self._waveforms[make]

    def backward(self, effects: FloatArray, make: Played) -> FloatArray:
        """Return an effect and its derivatives (1 + p, D^2) before a sequence.

        Args:
            effects: an operator and its derivatives at the end of the sequence, (1 + p, D^2).
            make: returns the sequence of an experiment behind a line.
        """
        waveform, found = self.waveform(make), np.zeros_like(effects)
        moving = self._moving(effects, waveform)
        if not moving:
            found[0] = backward(self.liouvillian, effects[0], waveform.waveform)
            return found
        rows = [0, *(1 + n for n in moving)]
        columns = np.ascontiguousarray(effects[rows].T)
        equation = self._only(tuple(moving))
        found[rows] = equation.backward(columns, waveform.only(moving), self.tolerance).T
        return found

    def _moving(self, effects: FloatArray, waveform: WaveformSensitivities) -> list[int]:
        """Return by which parameters an effect (1 + p, D^2) before the waveform changes."""
        return [
            n
            for n, derivative in enumerate(effects[1:])
            if self.equation.acts(n) or waveform.moves(n) or derivative.any()
        ]

    def _only(self, moving: tuple[int, ...]) -> SensitivityEquation:
        if moving not in self._parts:
            self._parts[moving] = self.equation.only(moving)
        return self._parts[moving]

    def still(self, effect: FloatArray) -> FloatArray:
        """Return an effect (D^2,) that depends on no parameter, with its derivatives.

        Args:
            effect: a real vector (D^2,).

        Returns:
            The operator and p rows of 0, (1 + p, D^2).
        """
        return np.vstack([effect, np.zeros((len(self.directions), len(effect)))])

    def closed(self, arm: str) -> list[FloatArray]:
        """Return the effects of x, y and z when the coupling is off, (1 + p, D^2) each.

        Arms share them where no frequency moves.

        Args:
            arm: "catalysed" or "control".
        """
        moving = moves(self.experiment)
        key = arm if moving else ""
        if key not in self._closed and self._wider is not None and not moving:
            places = places_of_fewer(self.levels, self._wider.fock_levels, self.fock_levels)
            self._closed[key] = [effects[:, places] for effects in self._wider.closed(arm)]
        if key not in self._closed:
            pulses = self.waveform(_pulse("x", arm))
            moved = any(pulses.moves(n) for n in range(len(self.directions)))
            self._closed[key] = closed_effects(
                self.experiment,
                self.levels,
                self.fock_levels,
                lambda effect, basis: self.backward(self.still(effect), _pulse(basis, arm)),
                None if moved else axis_turn(self.experiment, self.prediction.line, arm),
            )
        return self._closed[key]

    def start(self) -> FloatArray:
        """Return the state before charging and its derivatives, (D^2, 1 + p)."""
        excitation, leakage = self.prediction.residual_excitation, self.prediction.residual_leakage
        photons = remaining_photons(self.experiment)
        sizes = self.levels, self.fock_levels
        state = initial_state(*sizes, excitation, photons, leakage)
        by_excitation, by_photons = initial_state_derivatives(*sizes, excitation, photons, leakage)
        by_linewidth = reset_of(self.experiment).photons_slope(self.experiment) * by_photons
        columns = [state]
        columns += [
            d.excitation * by_excitation + d.linewidth * by_linewidth for d in self.directions
        ]
        return to_real(np.stack(columns)).T.copy()

    def arm(self, arm: str) -> tuple[list[ArmPrediction], FloatArray]:
        """Return one arm's derivatives, and its last state with derivatives (D^2, 1 + p).

        Args:
            arm: "catalysed" or "control".
        """
        measured = np.stack(
            [self.backward(effects, _closing(arm)) for effects in self.closed(arm)],
            axis=1,
        )
        further = [self._extraction(arm), self._qutrit(arm)]
        measured = np.concatenate([measured, *further], axis=1)
        observables = sp.vstack(
            [
                transmon_rows(self.levels, self.fock_levels),
                photon_rows(self.levels, self.fock_levels),
                flow_row(self.levels, self.fock_levels),
                sp.csr_array(measured[0]),
            ],
            format="csr",
        )
        record = observe_sensitivities(
            self.equation,
            self.start(),
            self.waveform(lambda experiment, line: charging_waveform(experiment, arm, line)),
            self.prediction.times + self.prediction.line.lead,
            SensitivityRecorder(
                work_recorder(self.experiment, arm, observables, self.fock_levels),
                first=sp.csr_array(measured[1:].reshape(-1, measured.shape[-1])),
                rated=self.levels**2,
            ),
            tolerance=self.tolerance,
        )
        found = [self._derivative(record, arm, n) for n in range(len(self.directions))]
        return found, record.end

    def _extraction(self, arm: str) -> FloatArray:
        """Return the effects after each extraction pulse, with derivatives, (1 + p, K, D^2)."""
        pulses = extraction_pulses(self.experiment, arm)
        found = np.zeros(
            (1 + len(self.directions), len(pulses), (self.levels * self.fock_levels) ** 2)
        )
        for number in range(len(pulses)):
            last = last_effect(self.experiment, arm, number, self.levels, self.fock_levels)
            found[:, number] = self.backward(self.still(last), _extracting(arm, number))
        return found

    def _qutrit(self, arm: str) -> FloatArray:
        """Return the effects of the settings of three levels, with derivatives, (1 + p, 9, D^2)."""
        names = list(ROTATIONS) if qutrit_places(self.experiment) else []
        sizes = self.levels, self.fock_levels
        found = np.zeros((1 + len(self.directions), len(names), (sizes[0] * sizes[1]) ** 2))
        for number, name in enumerate(names):
            last = last_qutrit_effect(self.experiment, name, *sizes)
            found[:, number] = self.backward(self.still(last), _rotating(arm, name))
        return found

    def _ahead(self, arm: str, change: ComplexArray, number: int) -> ComplexArray:
        """Return the derivative of what the drive between samples adds to the rate, (T, d, d)."""
        times, states = self.prediction.times, self.prediction.arms[arm].transmon
        _, ahead = held_drive(self.experiment, times, self.prediction.line)

        def quadratures(moved: Moved) -> FloatArray:
            """Return the same of a moved experiment, real and imaginary part, (2, T)."""
            other = held_drive(moved.experiment, times, moved.line)[1]
            return np.stack([other.real, other.imag])

        moved = np.zeros((2, len(times))) + self.directions[number].of(quadratures)
        return driven_rate(change, ahead) + driven_rate(states, moved[0] + 1j * moved[1])

    def _derivative(self, record: SensitivityRecord, arm: str, number: int) -> ArmPrediction:
        states, photons = self.levels**2, self.fock_levels
        values = record.values[:, :, 1 + number]
        probability = values[:, states + photons + 1 :]
        effects = probability.shape[1]
        probability = probability + record.first[:, effects * number : effects * (number + 1)]
        pulses = len(extraction_pulses(self.experiment, arm))
        ends = [len("xyz"), len("xyz") + pulses]
        axes, after, levels_read = np.split(probability, ends, axis=1)
        change = from_real(values[:, :states])
        return ArmPrediction(
            transmon=change,
            transmon_rate=from_real(record.rates[:, :, 1 + number])
            + self._ahead(arm, change, number),
            photons=values[:, states : states + photons],
            probability=axes,
            work=record.integrated_power[:, 1 + number],
            joint_states=record.end[None, :, 1 + number],
            photon_time=record.integrals[:, 0, 1 + number],
            flow=record.integrals[:, 1, 1 + number],
            level_time=record.integrals[:, 2:, 1 + number],
            flux_work=np.zeros(len(record.values)),  # no quantity that is fitted
            extraction=extraction_readings(self.experiment, axes, after),
            qutrit=qutrit_readings(self.experiment, levels_read),
        )

    def vacuum(self, end: FloatArray) -> FloatArray:
        """Return the derivatives of the vacuum measurement's probabilities, (p, 2, K).

        Args:
            end: the catalysed arm's last state and its derivatives, (D^2, 1 + p).
        """
        method = measurement_of(self.experiment)
        if isinstance(method, EmptyingMeasurement):
            return self._emptied(method, end)
        return self._exchanged(end)

    def _emptied(self, method: EmptyingMeasurement, end: FloatArray) -> FloatArray:
        """Return how response times photon distribution changes: both factors do.

        The response is not linear in the parameters; its derivative is a central difference.
        """
        rows = photon_rows(self.levels, self.fock_levels)
        photons = rows @ self.equation.forward(end, self.waveform(_undriven(emptying)))
        response = partial(self._response, method)
        line, actual = self.prediction.line, self.prediction.actual
        found = response(self.experiment, actual, line) @ photons[:, 1:]
        for number, direction in enumerate(self.directions):
            found[..., number] += sum(
                m.weight * (response(m.experiment, m.device, m.line) @ photons[:, 0])
                for m in direction.moved
            )
        return np.moveaxis(found, -1, 0)

    def _response(
        self, method: EmptyingMeasurement, experiment: Experiment, device: Device, line: Line
    ) -> FloatArray:
        liouvillian = Liouvillian(rotating_frame(device, self.fock_levels))
        return method.response(experiment, liouvillian, line, actual=device)

    def _exchanged(self, end: FloatArray) -> FloatArray:
        """Return the derivatives of the vacuum-Rabi traces, (p, 2, K)."""
        flipped = self.equation.forward(end, self.waveform(closing_and_pi_pulse))
        if self.experiment.tomography.pulse == "none":
            flipped = ideal_flip(flipped, self.levels, self.fock_levels)
        flipped = self.equation.forward(flipped, self.waveform(_undriven(opening_ramp)))
        readout = readout_vector(self.experiment, self.levels, self.fock_levels)
        effects = self.backward(self.still(readout), _closing("catalysed"))
        return self._traces(np.stack([end, flipped], axis=-1), effects)

    def _traces(self, starts: FloatArray, effects: FloatArray) -> FloatArray:
        """Return the derivatives of effects (1 + p, D^2) after exchange from starts, (p, 2, K).

        The effects are carried back once for both starts (D^2, 1 + p, 2).
        """
        waveform, times = (
            self.waveform(_undriven(exchange_waveform)),
            exchange_times(self.experiment),
        )
        (segment,), moving = waveform.waveform.segments, self._moving(effects, waveform)
        own = starts.reshape(len(starts), -1)

        def kept(columns: FloatArray) -> FloatArray:
            """Return what an effect reads of all starts, and its derivatives of the states."""
            return np.concatenate([columns[:, 0] @ own, (columns[:, 1:].T @ starts[:, 0]).ravel()])

        matrix: AnyMatrix = self.liouvillian.adjoint(segment.controls)
        if moving:
            derivatives = waveform.only(moving).derivatives[0]
            matrix = self._only(tuple(moving)).adjoint(segment.controls, derivatives)
        read = chebyshev.at_times(
            matrix,
            self.liouvillian.spectrum(segment.controls, float(times[-1])),
            np.ascontiguousarray(effects[[0, *(1 + n for n in moving)]].T),
            times,
            self.tolerance,
            kept,
        )
        found = read[:, : own.shape[1]].reshape(len(times), -1, 2)[:, 1:].copy()
        found[:, moving] += read[:, own.shape[1] :].reshape(len(times), -1, 2)
        return found.transpose(1, 2, 0)
