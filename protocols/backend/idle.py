"""How long the idle qubit lives, read off the slowest modes of its master equation."""

from math import inf

import numpy as np

from cqed_battery.dynamics.hermitian import to_real
from cqed_battery.operators import ComplexArray, FloatArray, pauli
from protocols.backend.engine import PulseEngine
from protocols.stages.bias import idle_bias

_STILL = 1e-13  # 1/ns; a slower decay is rounding of the eigenvalues


def idle_times_ns(engine: PulseEngine) -> tuple[float, float]:
    """Return T1 and T2 in ns with the coupler closed, the residual coupling's decay included.

    Tr[sigma exp(L t) sigma] is a sum over the modes of L; the mode with the largest share says
    how sigma_z (T1) and sigma_x (T2) decay. Without decay the time is infinite.

    Args:
        engine: the device with its coupler closed; few Fock levels, since all eigenvectors are
            taken.
    """
    matrix = engine.liouvillian.matrix(idle_bias(engine.experiment)).toarray()
    rates, modes = np.linalg.eig(matrix)
    empty = np.zeros((engine.fock_levels, engine.fock_levels))
    empty[0, 0] = 1.0
    sigma_x, _, sigma_z = pauli(engine.levels)
    t1, t2 = (
        _lifetime(to_real(np.kron(sigma, empty).astype(complex)), rates, modes)
        for sigma in (sigma_z, sigma_x)
    )
    return t1, t2


def _lifetime(vector: FloatArray, rates: ComplexArray, modes: ComplexArray) -> float:
    shares = np.abs((vector @ modes) * np.linalg.lstsq(modes, vector, rcond=None)[0])
    decay = -float(rates[np.argmax(shares)].real)
    return 1 / decay if decay > _STILL else inf
