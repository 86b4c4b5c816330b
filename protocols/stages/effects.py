"""Operators of reading 1 in tomography, carried back to the end of charging."""

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics.evolution import Liouvillian, backward
from cqed_battery.dynamics.hermitian import places_of_fewer, to_real, turned
from cqed_battery.dynamics.waveforms import phase_ahead
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, excitations, on_transmon, pauli
from protocols.faults.drive_line import IDEAL, Line
from protocols.readout import assignment_errors
from protocols.stages.bias import moves
from protocols.stages.tomography import analysis_pulse, closing_and_pulse


def readout_effect(levels: int, leaked_reads_1: float) -> ComplexArray:
    """Return the operator (levels, levels) of reading 1 before assignment errors.

    Level 1 reads 1; of the population above it the stated fraction does.

    Args:
        levels: of the transmon, at least 2.
        leaked_reads_1: share of the levels above 1 that is taken for 1, from 0 to 1.
    """
    weights = np.full(levels, leaked_reads_1, dtype=complex)
    weights[:2] = 0.0, 1.0
    return np.diag(weights)


class Effects:
    """Operators of reading 1 at the end of charging; what the arms share is computed once.

    Their inner product with the state is the probability of reading 1 before assignment errors.

    Args:
        experiment: the file.
        liouvillian: the equation of motion.
        line: the drive line that the pulses pass.
        wider: the same on more Fock levels, of which these are a part.
    """

    def __init__(
        self,
        experiment: Experiment,
        liouvillian: Liouvillian,
        line: Line = IDEAL,
        wider: "Effects | None" = None,
    ) -> None:
        self._experiment, self._liouvillian, self._line = experiment, liouvillian, line
        self._wider = wider
        self._closed: dict[tuple[str, complex], FloatArray] = {}

    @property
    def fock_levels(self) -> int:
        """Of the resonator, n."""
        return self._liouvillian.generator.fock_levels

    def of(self, arm: str, ringing: complex = 0.0) -> FloatArray:
        """Return the operators of an arm as real vectors (3, D^2): x, y, z.

        Args:
            arm: "catalysed" or "control".
            ringing: what the line still holds of the charging drive, in rad/ns.
        """
        closing, _ = closing_and_pulse(self._experiment, arm, "z", self._line, ringing)
        return backward(self._liouvillian, self.closed(arm, ringing), closing).T.copy()

    def closed(self, arm: str, ringing: complex = 0.0) -> FloatArray:
        """Return the operators of an arm when the coupling is off, (D^2, 3): x, y, z.

        Args:
            arm: "catalysed" or "control".
            ringing: what the line still holds of the charging drive, in rad/ns.
        """
        # What the transmon gathers on its way turns the axes of the pulses.
        moving = moves(self._experiment)
        key = (arm if moving else ""), ringing
        if key not in self._closed:
            terms = self._liouvillian.generator
            if self._wider is None or moving:
                self._closed[key] = self._carried(arm, ringing)
            else:
                whole = self._wider.closed(arm, ringing)
                most = self._wider.fock_levels
                self._closed[key] = whole[places_of_fewer(terms.levels, most, terms.fock_levels)]
        return self._closed[key]

    def _carried(self, arm: str, ringing: complex) -> FloatArray:
        experiment, terms = self._experiment, self._liouvillian.generator
        pulses = {b: analysis_pulse(experiment, b, self._line, ringing, arm) for b in "xyz"}

        def carried(effect: FloatArray, basis: str) -> FloatArray:
            """Return an operator (D^2,) before the pulse of its basis."""
            return backward(self._liouvillian, effect, pulses[basis])

        turn = phase_ahead(pulses["x"], pulses["y"])
        found = closed_effects(experiment, terms.levels, terms.fock_levels, carried, turn)
        return np.stack(found, axis=1)


def closed_effects(
    experiment: Experiment,
    levels: int,
    fock_levels: int,
    carried: Callable[[FloatArray, str], FloatArray],
    turn: float | None,
) -> list[FloatArray]:
    """Return the operators of reading 1 when the coupler has closed, (..., D^2) each: x, y, z.

    Where y's pulse is x's turned, its operator is, too: besides the drive nothing changes the
    number of excitations.

    Args:
        experiment: the file.
        levels: of the transmon.
        fock_levels: of the resonator, D = levels x fock_levels.
        carried: takes an operator (D^2,) and its basis, and returns it before that basis' pulse.
        turn: by which phase (rad) y's pulse is x's turned (`axis_turn`).
    """
    found: list[FloatArray] = []
    for basis, effect in axis_effects(experiment, levels, fock_levels):
        if basis == "y" and turn is not None:
            found.append(turned(found[0], turn, excitations(levels, fock_levels)))
        else:
            found.append(carried(effect, basis))
    return found


def axis_effects(
    experiment: Experiment, levels: int, fock_levels: int
) -> Iterator[tuple[str, FloatArray]]:
    """Yield each axis and its operator of reading 1 after the readout sequence.

    Where pulses are ideal ("none"), the operator is that of the turned axis itself.

    Args:
        experiment: the file, for the pulse and the readout of levels above 1.
        levels: of the transmon.
        fock_levels: of the resonator, D = levels x fock_levels.

    Yields:
        The axis "x", "y" or "z" and its operator as a real vector (D^2,).
    """
    ideal = experiment.tomography.pulse == "none"
    found = _axis_effects(levels, fock_levels, assignment_errors(experiment).leaked_reads_1, ideal)
    yield from zip("xyz", found, strict=True)


def direction_effect(
    experiment: Experiment, levels: int, fock_levels: int, direction: FloatArray
) -> FloatArray:
    """Return the operator of reading 1 that measures an axis, a real vector (D^2,).

    Args:
        experiment: the file, for the readout of levels above 1.
        levels: of the transmon.
        fock_levels: of the resonator, D = levels x fock_levels.
        direction: of the axis, of length 1, (3,).
    """
    leaked_reads_1 = assignment_errors(experiment).leaked_reads_1
    return _effect(levels, fock_levels, leaked_reads_1, np.tensordot(direction, pauli(levels), 1))


@lru_cache(maxsize=16)
@one_thread()
def _axis_effects(
    levels: int, fock_levels: int, leaked_reads_1: float, ideal: bool
) -> tuple[FloatArray, ...]:
    sigmas = pauli(levels)
    found = []
    for sigma in sigmas:
        found.append(_effect(levels, fock_levels, leaked_reads_1, sigma if ideal else sigmas[2]))
        found[-1].setflags(write=False)
    return tuple(found)


def _effect(
    levels: int, fock_levels: int, leaked_reads_1: float, sigma: ComplexArray
) -> FloatArray:
    """Return (1 + sigma)/2 on levels 0 and 1, and the share of those above that reads 1."""
    plain = readout_effect(levels, leaked_reads_1)
    leaked = np.diag(np.where(np.arange(levels) > 1, plain.diagonal(), 0))
    qubit = np.diag((np.arange(levels) < 2).astype(complex))
    return to_real(on_transmon((qubit + sigma) / 2 + leaked, fock_levels).toarray())
