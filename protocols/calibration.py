"""Rotation pulses tuned on the bare transmon, as a laboratory tunes them up.

The pulse's amplitude, DRAG coefficient and phase are chosen so that what the readout sees after
the pulse is the wanted Pauli operator of the state before it, with the least leakage.
"""

from functools import lru_cache

import numpy as np
from scipy.optimize import least_squares

from cqed_battery.device import Device
from cqed_battery.operators import ComplexArray, FloatArray, lowering, pauli
from cqed_battery.pulses import RotationPulse, rotation
from cqed_battery.units import angular_from_ghz


def tuned_rotation(device: Device, angle: float, duration: float) -> RotationPulse:
    """Return a DRAG pulse of the angle (rad) and duration (ns), tuned on the bare transmon.

    Three parameters (amplitude, DRAG coefficient, phase) make the rotated readout effect match
    that of an ideal rotation and the leakage out of levels 0 and 1 least.
    """
    transmon = device.transmon
    return _tune(
        transmon.kept_levels,
        angular_from_ghz(transmon.anharmonicity_GHz),
        angle,
        duration,
        1 / device.drive.clock_GHz,
    )


@lru_cache(maxsize=64)
def _tune(
    levels: int, anharmonicity: float, angle: float, duration: float, period: float
) -> RotationPulse:
    drag = -1 / (2 * anharmonicity) if levels > 2 and anharmonicity else 0.0
    wanted = np.array([0.0, np.sin(angle), np.cos(angle)])

    def pulse(parameters: FloatArray) -> RotationPulse:
        scale, correction, phase = parameters
        return RotationPulse(duration, angle, scale, drag + correction, phase)

    def residuals(parameters: FloatArray) -> FloatArray:
        unitary = bare_unitary(pulse(parameters), levels, anharmonicity, period)
        leakage = np.abs(unitary[2:, :2]).ravel()
        return np.concatenate([rotated_axis(unitary) - wanted, leakage])

    fit = least_squares(residuals, x0=[1.0, 0.0, 0.0], xtol=1e-12, ftol=1e-14, gtol=1e-14)
    return pulse(fit.x)


def bare_unitary(
    pulse: RotationPulse, levels: int, anharmonicity: float, period: float
) -> ComplexArray:
    """Return the lossless propagator (levels, levels) of a pulse in the transmon's own frame."""
    b = lowering(levels).toarray()
    raising = b.conj().T
    ladder = anharmonicity / 2 * (raising @ raising @ b @ b)
    unitary = np.eye(levels, dtype=complex)
    for segment in rotation(pulse, 0.0, period, offset=0.0, delay=0.0, g=0.0).segments:
        eps = segment.controls.eps
        hamiltonian = ladder + (eps * raising + np.conj(eps) * b) / 2
        energies, vectors = np.linalg.eigh(hamiltonian)
        phases = np.exp(-1j * energies * segment.duration)
        unitary = (vectors * phases) @ vectors.conj().T @ unitary
    return unitary


def rotated_axis(unitary: ComplexArray) -> FloatArray:
    """Return the Bloch axis, shape (3,), that a sigma_z readout after the unitary measures."""
    sigmas = pauli(len(unitary))
    effect = unitary.conj().T @ sigmas[2] @ unitary
    return np.array([np.trace(effect @ sigma).real / 2 for sigma in sigmas])
