"""Operators carried backwards through the sequences of a prediction, with their derivatives.

Waveforms and static parts are linear in most parameters, so a weighted sum over moved experiments
gives their derivatives exactly; the dynamics then follows from the tangent linear equation
(`cqed_battery.dynamics.sensitivities.forward`).
"""

from collections.abc import Sequence

import numpy as np

from cqed_battery.dynamics.evolution import Liouvillian, backward
from cqed_battery.dynamics.hermitian import places_of_fewer
from cqed_battery.dynamics.sensitivities.forward import (
    SensitivityEquation,
    WaveformSensitivities,
    static_derivative,
)
from cqed_battery.operators import FloatArray
from protocols.prediction.directions import Direction
from protocols.prediction.predict import Prediction
from protocols.prediction.sensitivities.sequences import Played, analysis
from protocols.stages.bias import moves
from protocols.stages.effects import closed_effects
from protocols.stages.tomography import axis_turn

_TOLERANCE = 1e-10
"""Of derivatives, relative: no fit needs them to more than 1e-5."""


class Propagation:
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
        wider: "Propagation | None" = None,
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
        moving = self.moving(effects, waveform)
        if not moving:
            found[0] = backward(self.liouvillian, effects[0], waveform.waveform)
            return found
        rows = [0, *(1 + n for n in moving)]
        columns = np.ascontiguousarray(effects[rows].T)
        equation = self.only(tuple(moving))
        found[rows] = equation.backward(columns, waveform.only(moving), self.tolerance).T
        return found

    def moving(self, effects: FloatArray, waveform: WaveformSensitivities) -> list[int]:
        """Return the numbers of the parameters by which an effect before a waveform changes.

        Args:
            effects: an operator and its derivatives at the end of the waveform, (1 + p, D^2).
            waveform: of the sequence, with its derivatives.
        """
        return [
            n
            for n, derivative in enumerate(effects[1:])
            if self.equation.acts(n) or waveform.moves(n) or derivative.any()
        ]

    def only(self, moving: tuple[int, ...]) -> SensitivityEquation:
        """Return the equation of the derivatives by some of the parameters, made once.

        Args:
            moving: their numbers, from 0 to p - 1.
        """
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
            pulses = self.waveform(analysis("x", arm))
            moved = any(pulses.moves(n) for n in range(len(self.directions)))
            self._closed[key] = closed_effects(
                self.experiment,
                self.levels,
                self.fock_levels,
                lambda effect, basis: self.backward(self.still(effect), analysis(basis, arm)),
                None if moved else axis_turn(self.experiment, self.prediction.line, arm),
            )
        return self._closed[key]
