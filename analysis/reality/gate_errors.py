"""The error of the backend's x gate, exact: no circuits and no shots."""

import numpy as np

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.backend.engine import PulseEngine, x_rotation

_ROOT = np.sqrt(0.5)
_AXES = np.array(
    [[1, 0], [0, 1], [_ROOT, _ROOT], [_ROOT, -_ROOT], [_ROOT, 1j * _ROOT], [_ROOT, -1j * _ROOT]]
)
_NODES = 9  # Gauss-Hermite: exact for what is a polynomial of order 17 in the frequency's shift


@one_thread()
def x_gate_error(experiment: Experiment) -> float:
    """Return 1 less the mean fidelity of the x gate over the six states of the axes, no unit.

    The six states are a 2-design, so that their mean is that over all states, which is what
    randomised benchmarking finds (Nielsen, Phys. Lett. A 303, 249). The gate is averaged over
    `faults.frequency_noise_MHz`.

    Args:
        experiment: device, pulse and faults, with the coupler closed.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    spread = experiment.faults.frequency_noise_MHz
    if spread == 0.0:
        return _error_at(experiment, 0.0)
    errors = [_error_at(experiment, spread * float(node)) for node in nodes]
    return float(weights @ errors / weights.sum())


def _error_at(experiment: Experiment, shift_MHz: float) -> float:
    engine = PulseEngine(experiment, 1, shift_MHz)
    gate, ideal = engine.move("x"), x_rotation(np.pi, engine.levels)
    fidelities = [_fidelity(gate(to_real(_pure(s))), ideal @ s) for s in _states(engine.levels)]
    return 1 - float(np.mean(fidelities))


def _states(levels: int) -> ComplexArray:
    """Return the six states of the axes, (6, levels)."""
    return np.asarray(np.pad(_AXES, ((0, 0), (0, levels - 2))))


def _pure(state: ComplexArray) -> ComplexArray:
    return np.outer(state, state.conj())


def _fidelity(vector: FloatArray, state: ComplexArray) -> float:
    return float((state.conj() @ from_real(vector) @ state).real)
