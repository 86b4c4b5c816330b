"""The same device with controls that vary in time, integrated step by step (DOP853).

``integrate_rotating`` takes any coupling g(t) and complex drive eps(t) in the drive's frame;
``integrate_lab`` makes no approximation on the drive and may keep the counter-rotating coupling.
Both are slow and meant for small systems.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp

from .conversions import ghz
from .dense_engine import (
    DenseDevice,
    Matrix,
    hamiltonian,
    jump_operators,
    resonator_lowering,
    transmon_lowering,
)
from .states import Reals

RealControl = Callable[[float], float]
ComplexControl = Callable[[float], complex]


def integrate_rotating(
    device: DenseDevice,
    rho0: Matrix,
    times_ns: Sequence[float] | Reals,
    *,
    coupling: RealControl,
    drive: ComplexControl,
    breaks_ns: Sequence[float] = (),
    rtol: float = 1e-11,
) -> Matrix:
    """States in the drive's frame at ``times_ns``, shape (times, D, D), starting at the first.

    ``coupling`` is g(t) and ``drive`` eps(t), both in rad/ns and at the times in ns; name in
    ``breaks_ns`` the instants at which either jumps or bends: each side then sees its own limit.
    """

    def generator(t: float) -> Matrix:
        return hamiltonian(device, coupling(t), drive(t))

    return _integrate(device, rho0, times_ns, generator, breaks_ns, rtol)


def integrate_lab(
    device: DenseDevice,
    rho0: Matrix,
    times_ns: Sequence[float] | Reals,
    *,
    coupling: RealControl,
    rabi: RealControl,
    phase: float = 0.0,
    counter_rotating: bool = False,
    breaks_ns: Sequence[float] = (),
    rtol: float = 1e-11,
) -> Matrix:
    """States in the laboratory's frame under rabi(t) sin(w_d t + phase) (b + b+), (times, D, D).

    With ``counter_rotating`` the coupling is g (b + b+)(a + a+), else g (b+a + b a+).
    """
    b, a = transmon_lowering(device), resonator_lowering(device)
    position_b, position_a = b + b.conj().T, a + a.conj().T
    exchange = b.conj().T @ a + b @ a.conj().T
    interaction = position_b @ position_a if counter_rotating else exchange
    w_d = ghz(device.drive_frequency_GHz)
    bare = hamiltonian(device, 0.0, 0.0) + w_d * quanta(device)

    def generator(t: float) -> Matrix:
        field = rabi(t) * math.sin(w_d * t + phase)
        return bare + coupling(t) * interaction + field * position_b

    return _integrate(device, rho0, times_ns, generator, breaks_ns, rtol)


def quanta(device: DenseDevice) -> Matrix:
    """Total number b+b + a+a, the generator of the rotating frame."""
    b, a = transmon_lowering(device), resonator_lowering(device)
    return b.conj().T @ b + a.conj().T @ a


def lab_to_rotating(device: DenseDevice, rho: Matrix, times_ns: Sequence[float] | Reals) -> Matrix:
    """Laboratory states of shape (times, D, D) seen from the frame turning at w_d."""
    number = np.diagonal(quanta(device)).real
    angles = np.multiply.outer(ghz(device.drive_frequency_GHz) * np.asarray(times_ns), number)
    turn = np.exp(1j * angles)
    return turn[:, :, None] * rho * turn.conj()[:, None, :]


def _integrate(
    device: DenseDevice,
    rho0: Matrix,
    times_ns: Sequence[float] | Reals,
    generator: Callable[[float], Matrix],
    breaks_ns: Sequence[float],
    rtol: float,
) -> Matrix:
    jumps = np.array(jump_operators(device))
    adjoints = jumps.conj().swapaxes(-1, -2)
    loss = 0.5 * (adjoints @ jumps).sum(axis=0)
    shape = rho0.shape

    def slope(t: float, vector: Matrix, first: float, last: float) -> Matrix:
        rho = vector.reshape(shape)
        turn = 1j * generator(min(max(t, first), last))
        # rho is not assumed Hermitian: the second half is written out, not adjoined.
        drift = rho @ (turn - loss) - (turn + loss) @ rho
        return (drift + (jumps @ rho @ adjoints).sum(axis=0)).reshape(-1)

    times = np.asarray(times_ns, dtype=float)
    inner = [t for t in breaks_ns if times[0] < t < times[-1]]
    edges = sorted({float(times[0]), float(times[-1]), *inner})
    states = np.empty((times.size, *shape), dtype=complex)
    states[0] = current = np.asarray(rho0, dtype=complex)
    for left, right in pairwise(edges):
        # At a break each side sees its own limit of the controls.
        margin = 1e-12 * (right - left)
        inside = (times > left) & (times <= right)
        asked = np.append(times[inside], right)
        solution = solve_ivp(
            slope,
            (left, right),
            current.reshape(-1),
            args=(left + margin, right - margin),
            method="DOP853",
            t_eval=np.unique(asked),
            rtol=rtol,
            atol=0.01 * rtol,
        )
        if not solution.success:
            raise RuntimeError(f"DOP853 stopped in [{left}, {right}] ns: {solution.message}")
        reached = solution.y.T.reshape(-1, *shape)
        states[inside] = reached[: int(inside.sum())]
        current = reached[-1]
    return states
