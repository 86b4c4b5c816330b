"""Errors of the backend's gates, exact: no circuits and no shots."""

import numpy as np

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.backend.engine import ANGLES, PulseEngine, x_rotation

_ROOT = np.sqrt(0.5)
_AXES = np.array(
    [[1, 0], [0, 1], [_ROOT, _ROOT], [_ROOT, -_ROOT], [_ROOT, 1j * _ROOT], [_ROOT, -1j * _ROOT]]
)
_NODES = 9  # Gauss-Hermite: exact for what is a polynomial of order 17 in the frequency's shift


_PULSES = {"x": 8 / 24, "sx": 36 / 24, "id": 1 / 24}
"""Pulses of a Clifford operation in the mean, 1.875 (Epstein et al., PRA 89, 062321, 2014)."""


def clifford_error(experiment: Experiment) -> float:
    """Return the mean error of a Clifford operation, no unit: its pulses' errors, added up.

    Args:
        experiment: device, pulse and faults, with the coupler closed.
    """
    return sum(share * gate_error(experiment, name) for name, share in _PULSES.items())


@one_thread()
def gate_error(experiment: Experiment, name: str = "x") -> float:
    """Return 1 less the mean fidelity of a gate over the six states of the axes, no unit.

    The six states are a 2-design, so that their mean is that over all states, which is what
    randomised benchmarking finds (Nielsen, Phys. Lett. A 303, 249). The gate is averaged over
    the spread of the frequency.

    Args:
        experiment: device, pulse and faults, with the coupler closed.
        name: "x", "sx", or "id", which lasts as long.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    spread = experiment.frequency_spread_MHz
    if spread == 0.0:
        return _error_at(experiment, name, 0.0)
    errors = [_error_at(experiment, name, spread * float(node)) for node in nodes]
    return float(weights @ errors / weights.sum())


def _error_at(experiment: Experiment, name: str, shift_MHz: float) -> float:
    engine = PulseEngine(experiment, 1, shift_MHz)
    gate, ideal = engine.move(name), x_rotation(ANGLES.get(name, 0.0), engine.levels)
    fidelities = [_fidelity(gate(to_real(_pure(s))), ideal @ s) for s in _states(engine.levels)]
    return 1 - float(np.mean(fidelities))


def _states(levels: int) -> ComplexArray:
    """Return the six states of the axes, (6, levels)."""
    return np.asarray(np.pad(_AXES, ((0, 0), (0, levels - 2))))


def _pure(state: ComplexArray) -> ComplexArray:
    return np.outer(state, state.conj())


def _fidelity(vector: FloatArray, state: ComplexArray) -> float:
    return float((state.conj() @ from_real(vector) @ state).real)
