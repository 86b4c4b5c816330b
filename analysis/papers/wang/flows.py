"""What the reservoirs and the coupling bring: excitations and the battery's energy, by source."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from scipy.linalg import expm

from analysis.papers.wang.model import Wang
from cqed_battery.dynamics.hermitian import to_real
from cqed_battery.operators import FloatArray
from cqed_battery.theory import redfield

Axes: TypeAlias = Mapping[str, FloatArray]

EXCITATIONS = to_real(np.diag([0.0, 1.0, 1.0, 2.0]).astype(complex))
"""Tr[N rho] of a real vector: the excitations of charger and battery."""
BATTERY = to_real(np.diag([0.0, 1.0, 0.0, 1.0]).astype(complex))
"""Tr[n rho]: the battery's excited population, its energy in hbar w."""
_STEPS = 400  # of the integral up to a time


def parts(model: Wang, axes: Axes) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the generator's parts, (..., 16, 16): H, the charger's and the battery's reservoir.

    Args:
        model: at its parameters.
        axes: values of numeric parameters by name.
    """
    none = {"charger_damping": 0.0, "battery_damping": 0.0}
    coherent = np.real(model.replace(none).liouvillian(axes))
    of_charger, of_battery = (
        np.real(model.replace({name: 0.0}).liouvillian(axes)) - coherent for name in reversed(none)
    )
    return coherent, of_charger, of_battery


def particle_flows(model: Wang, axes: Axes) -> FloatArray:
    """Return the excitations per time that each reservoir brings in the steady state, (2, ...).

    Args:
        model: at its parameters.
        axes: values of numeric parameters by name.
    """
    states = np.real(redfield.steady_vectors(model.liouvillian(axes)))
    return np.array(
        [
            np.einsum("i,...ij,...j->...", EXCITATIONS, part, states)
            for part in parts(model, axes)[1:]
        ]
    )


def energy_by_source(model: Wang, time: float) -> FloatArray:
    """Return what coupling, charger's and battery's reservoir brought to the battery, (3,), hbar w.

    Args:
        model: at its parameters, from its start.
        time: of charging in 1/lambda.
    """
    step = expm(np.real(model.liouvillian({})) * time / _STEPS)
    states = [model.first_state()]
    for _ in range(_STEPS):
        states.append(step @ states[-1])
    rates = [np.array(states) @ part.T @ BATTERY for part in parts(model, {})]
    return np.array([np.trapezoid(rate, dx=time / _STEPS) for rate in rates])
