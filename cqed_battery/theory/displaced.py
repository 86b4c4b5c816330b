"""Two oscillators joined by a qubit, in the frame displaced by the oscillators' mean fields.

The charger a is driven and damped, the battery b and the charger couple to the qubit's q. With
a -> -i (alpha + a), b -> -i (beta + b) and s = <q>,

    alpha' = F + g_a s - (i Delta_a + kappa_a/2) alpha,   beta' = g_b s - i Delta_b beta

what is left acts on fluctuations with zero mean, which need few levels. It is exact. On
resonance all matrix elements are real. Levels: n_a + n_b up to a limit that is raised as needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.integrate import DOP853
from scipy.special import entr

from cqed_battery.dynamics.sparse import aligned
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray, IntArray, SparseMatrix, lowering

_FIRST, _MORE = 6, 4  # photons of fluctuation: at first, and by how many the limit is raised
_ACCURACY = 1e-1  # of the integrator, relative to the population tolerated at the top

Array: TypeAlias = NDArray[Any]
"""Real on resonance, else complex."""


@dataclass(frozen=True, kw_only=True)
class JoinedByQubit:
    """Two oscillators and a qubit; every quantity in one unit, that of the inverse of the times.

    Args:
        detunings: of charger, battery and qubit from the laser.
        couplings: g_a and g_b of the qubit to charger and battery.
        drive: F on the charger.
        rates: kappa_a of the charger and kappa_q of the qubit, >= 0.
        occupation: of both baths, >= 0.
        scale: q = scale x sigma_-, in the couplings and in the damping at the rate kappa_q.
    """

    detunings: tuple[float, float, float]
    couplings: tuple[float, float]
    drive: float
    rates: tuple[float, float]
    occupation: float
    scale: float = 1.0


@dataclass(frozen=True)
class Snapshot:
    """The state at one time: mean fields, and the fluctuations' state rho in `space`.

    Args:
        alpha: mean field of the charger.
        beta: mean field of the battery.
        state: rho of the fluctuations, (D, D), in the basis of `space`.
        space: whose D states these are.
    """

    alpha: complex
    beta: complex
    state: Array
    space: "Space"


class Space:
    """States |n_a, n_b, qubit> with n_a + n_b <= limit; the qubit's index runs fastest.

    They stand in the order of n_a + n_b, so that a smaller space comes first in a larger one.
    """

    def __init__(self, limit: int) -> None:
        pairs = [(n, total - n) for total in range(limit + 1) for n in range(total + 1)]
        self.limit, self.size = limit, 2 * len(pairs)
        self.at_top = np.repeat(np.sum(pairs, axis=1) >= limit - 1, 2)
        grid = [n * (limit + 1) + m for n, m in pairs]
        chosen = sp.csr_array(sp.eye_array((limit + 1) ** 2)).real[grid]
        one, ladder = sp.eye_array(limit + 1), lowering(limit + 1).real
        self.a = _with_qubit(chosen @ sp.kron(ladder, one) @ chosen.T, np.eye(2))
        self.b = _with_qubit(chosen @ sp.kron(one, ladder) @ chosen.T, np.eye(2))
        self.sigma = _with_qubit(sp.eye_array(len(pairs)), np.array([[0.0, 1.0], [0.0, 0.0]]))
        self._grid = [2 * place + level for place in grid for level in (0, 1)]

    def reduced(self, state: Array) -> tuple[Array, Array, Array]:
        """Return the states (n, n), (n, n), (2, 2) of charger, battery and qubit; n = limit + 1."""
        levels = self.limit + 1
        whole = np.zeros((2 * levels**2,) * 2, dtype=state.dtype)
        whole[np.ix_(self._grid, self._grid)] = state
        parts = whole.reshape(levels, levels, 2, levels, levels, 2)
        return (
            np.einsum("ijkljk->il", parts),
            np.einsum("ijkilk->jl", parts),
            np.einsum("ijkijl->kl", parts),
        )


def _with_qubit(oscillators: SparseMatrix, qubit: FloatArray) -> SparseMatrix:
    product = sp.csr_array(sp.kron(oscillators, qubit))
    product.eliminate_zeros()
    return product


class _Equation:
    """d/dt of (alpha, beta, rho): -i H - sum L'L/2 acts from the left, then its adjoint."""

    def __init__(self, system: JoinedByQubit, space: Space) -> None:
        self._system, self._size = system, space.size
        q, (g_a, g_b) = system.scale * space.sigma, system.couplings
        pulled, (kappa_a, kappa_q) = g_a * space.a + g_b * space.b, system.rates
        up, thermal = system.occupation + 1, system.occupation
        rates = [(kappa_a * up, space.a), (kappa_a * thermal, space.a.T)]
        rates += [(kappa_q * up, q), (kappa_q * thermal, q.T)]
        jumps = [sp.csr_array(np.sqrt(rate) * c) for rate, c in rates if rate > 0]
        loss = sum((c.T @ c for c in jumps), start=0 * space.a)
        splitting = space.sigma.T @ space.sigma
        numbers = (space.a.T @ space.a, space.b.T @ space.b, splitting)
        turning = sum(d * n for d, n in zip(system.detunings, numbers, strict=True))
        constant = pulled.T @ q - pulled @ q.T - loss / 2
        if any(system.detunings):
            constant = constant - 1j * turning
        self._parts, self._pattern = aligned([constant, q, -q.T, pulled, -pulled.T])
        self._jumps = [_shift(jump) for jump in jumps]
        dipole = q.tocoo()
        self._places, self._weights = (dipole.col, dipole.row), dipole.data

    def __call__(self, _: float, flat: Array) -> Array:
        alpha, beta, state = flat[0], flat[1], flat[2:].reshape(self._size, self._size)
        # What rounding leaves of an anti-Hermitian part would grow exponentially.
        state = (state + state.conj().T) / 2
        system, (g_a, g_b) = self._system, self._system.couplings
        s = self._weights @ state[self._places]  # Tr[q rho]
        field = g_a * alpha + g_b * beta
        weights = np.array([1.0, np.conj(field), field, np.conj(s), s])
        self._pattern.data = weights @ self._parts
        half = self._pattern @ state
        rate = half + half.conj().T
        for places, factors in self._jumps:
            rate += factors * state[places]
        out = np.empty_like(flat)
        turn_a, turn_b = _turns(system)
        out[0] = system.drive + g_a * s - turn_a * alpha
        out[1] = g_b * s - turn_b * beta
        out[2:] = rate.ravel()
        return out


def _turns(system: JoinedByQubit) -> tuple[complex, complex]:
    """Return i Delta + kappa/2 of charger and battery, real on resonance."""
    charger, battery, _ = system.detunings
    if not any(system.detunings):
        return system.rates[0] / 2, 0.0
    return 1j * charger + system.rates[0] / 2, 1j * battery


def _shift(jump: SparseMatrix) -> tuple[tuple[IntArray, ...], FloatArray]:
    """Return places and factors with c rho c' = factors x rho[places], for a c that shifts."""
    coo = jump.tocoo()
    source = np.zeros(jump.shape[0], dtype=int)
    weight = np.zeros(jump.shape[0])
    source[coo.row], weight[coo.row] = coo.col, coo.data
    return np.ix_(source, source), np.outer(weight, weight)


def snapshots(
    system: JoinedByQubit, times: FloatArray, *, tolerance: float, largest: int
) -> Iterator[Snapshot]:
    """Yield the states at increasing times >= 0, from the vacuum of all three.

    The two highest shells n_a + n_b together stay below the tolerance: a step that breaks it is
    taken again with more levels.

    Args:
        system: whose unit is the inverse of the times'.
        times: (T,).
        tolerance: on the population of the two highest shells, and of the integrator, above 0.
        largest: limit of n_a + n_b.

    Raises:
        CqedBatteryError: more than `largest` photons of fluctuation would be needed.
    """
    dtype = complex if any(system.detunings) else float
    space, now, row = Space(_FIRST), 0.0, 0
    flat = np.zeros(2 + space.size**2, dtype=dtype)
    flat[2] = 1.0
    while row < len(times):
        solver = _solver(system, space, flat, now, float(times[-1]), tolerance)
        while row < len(times):
            if times[row] <= solver.t:
                at_start = solver.t == now
                there = flat if at_start else solver.dense_output()(times[row])
                yield Snapshot(complex(there[0]), complex(there[1]), _state(there, space), space)
                row += 1
                continue
            before, time = solver.y, solver.t
            solver.step()
            if solver.status == "failed":
                raise CqedBatteryError("the qubit catalyst's equations could not be integrated")
            if _top(solver.y, space) > tolerance:
                wider = _wider(space, largest)
                larger = np.pad(_state(before, space), (0, wider.size - space.size))
                flat, now, space = np.append(before[:2], larger), time, wider
                break


def _solver(
    system: JoinedByQubit, space: Space, flat: Array, now: float, end: float, tolerance: float
) -> DOP853:
    # The integrator bounds the root mean square over D^2 elements, this the Frobenius norm.
    # Below 1e-13 rounding, not the step's length, would decide about a step.
    accuracy = max(_ACCURACY * tolerance / space.size, 1e-13)
    equation = _Equation(system, space)
    return DOP853(equation, now, flat, end, rtol=max(accuracy, 1e-12), atol=accuracy)


def _top(flat: Array, space: Space) -> float:
    return float(flat[2 :: space.size + 1][space.at_top].real.sum())


def _wider(space: Space, largest: int) -> Space:
    if space.limit >= largest:
        raise CqedBatteryError(
            f"the fluctuations around the mean fields need more than {largest} photons: shorten "
            "the times, weaken the drive or the bath, or raise tolerance or largest_photons"
        )
    return Space(min(space.limit + _MORE, largest))


def _state(flat: Array, space: Space) -> Array:
    return flat[2:].reshape(space.size, space.size)


def quantities(snapshot: Snapshot) -> dict[str, float]:
    """Return energies in quanta, the battery's ergotropy, the qubit's purity, and correlation.

    The total correlation is the sum of the entropies of the three parts less that of the whole,
    in nats; displacements do not change it.

    Args:
        snapshot: of the fluctuations and mean fields.
    """
    parts = snapshot.space.reduced(snapshot.state)
    spectra = [_spectrum(part) for part in parts]
    energies = [
        _photons(part, field)
        for part, field in zip(parts[:2], (snapshot.alpha, snapshot.beta), strict=True)
    ]
    passive = spectra[1][::-1] @ np.arange(len(spectra[1]))
    return {
        "battery_energy": energies[1],
        "battery_ergotropy": energies[1] - float(passive),
        "charger_energy": energies[0],
        "catalyst_energy": float(parts[2][1, 1].real),
        "qubit_purity": float(spectra[2] @ spectra[2]),
        "total_correlation": sum(map(_entropy, spectra)) - _entropy(_spectrum(snapshot.state)),
    }


def _spectrum(state: Array) -> FloatArray:
    return np.linalg.eigvalsh(state).astype(np.float64)


def _photons(state: Array, field: complex) -> float:
    """Return <c'c> of an oscillator displaced by a field from a state of fluctuations."""
    levels = np.arange(len(state))
    mean = np.sqrt(levels[1:]) @ np.diagonal(state, offset=-1)
    thermal = float(levels @ np.diagonal(state).real)
    return abs(field) ** 2 + 2 * float((np.conj(field) * mean).real) + thermal


def _entropy(spectrum: FloatArray) -> float:
    return float(entr(np.maximum(spectrum, 0.0)).sum())
