"""The master equations of Wang et al.: a driven charger and a battery in fermion reservoirs.

The joint space is charger x battery with the ground state first: |gg>, |ge>, |eg>, |ee>. All
parameters may be arrays that broadcast, so that a map is one call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import expit

from cqed_battery.operators import ComplexArray, FloatArray, pauli
from cqed_battery.theory import redfield

Equation: TypeAlias = Literal[
    "redfield", "raising", "as printed", "partly secular", "secular", "lindblad"
]
LindbladRates: TypeAlias = Literal["Delta", "omega", "J at omega, N at Delta"]
Rates: TypeAlias = tuple[FloatArray, FloatArray]

_X, _Y, _Z = pauli(2)
_ONE = np.eye(2)
_LOWER = (_X - 1j * _Y) / 2
_SIGMA = tuple(
    np.asarray(operator, dtype=complex)
    for operator in (np.kron(_LOWER, _ONE), np.kron(_ONE, _LOWER))
)
_SAME = 1e-7  # frequencies closer than this count as equal in the secular approximation


@dataclass(frozen=True)
class Reservoir:
    """A fermion reservoir with J(w) = damping w exp(-w / cutoff_frequency), no J below 0 (Eq. 28).

    Every entry has the shape of the cases.
    """

    damping: FloatArray
    potential: FloatArray
    temperature: FloatArray
    cutoff_frequency: FloatArray

    def density(self, frequency: FloatArray) -> FloatArray:
        """Return J at frequencies (..., then any two dimensions)."""
        positive = np.maximum(frequency, 0.0)
        return _wide(self.damping) * positive * np.exp(-positive / _wide(self.cutoff_frequency))

    def occupation(self, frequency: FloatArray) -> FloatArray:
        """Return N = 1 / (exp((w - mu) / T) + 1)."""
        return np.asarray(expit((_wide(self.potential) - frequency) / _wide(self.temperature)))


def _wide(values: FloatArray) -> FloatArray:
    return np.asarray(values)[..., None, None]


def hamiltonian(
    detunings: tuple[FloatArray, FloatArray], coupling: FloatArray, drive: FloatArray
) -> ComplexArray:
    """Return H of Eq. 4, (..., 4, 4), in the frame of the drive.

    Delta_1/2 sigma_z1 + Delta_2/2 sigma_z2 + lambda (s+1 s-2 + h.c.) + F/2 sigma_x1.
    """
    exchange = _SIGMA[0].T @ _SIGMA[1]
    parts = (
        _wide(detunings[0]) * np.kron(_Z, _ONE) / 2,
        _wide(detunings[1]) * np.kron(_ONE, _Z) / 2,
        _wide(coupling) * (exchange + exchange.T),
        _wide(drive) * np.kron(_X, _ONE) / 2,
    )
    return np.asarray(sum(parts[1:], start=parts[0]))


def generator(
    equation: Equation,
    matrix: ComplexArray,
    reservoirs: tuple[Reservoir, Reservoir],
    *,
    cutoff: float,
    lindblad_places: Sequence[tuple[FloatArray, FloatArray]],
) -> ComplexArray:
    """Return the generator on Hermitian matrices as real vectors, (..., 16, 16).

    Real up to rounding but for "as printed".

    Args:
        equation: see `Wang.equation`.
        matrix: H, (..., 4, 4).
        reservoirs: the charger's and the battery's.
        cutoff: of "partly secular", on the difference of two transition frequencies.
        lindblad_places: the frequencies where Eq. 6 takes J and N, for each reservoir.
    """
    energies, states = np.linalg.eigh(matrix)
    adjoint, frequency = np.swapaxes(states.conj(), -1, -2), redfield.gaps(energies)
    total = redfield.commutator(energies)
    for lower, reservoir, places in zip(_SIGMA, reservoirs, lindblad_places, strict=True):
        sigma = adjoint @ lower @ states
        if equation == "as printed":
            total = total + _as_printed(sigma, _rates(reservoir, np.abs(frequency)))
        elif equation == "lindblad":
            total = total + _exchange(sigma, _rates(reservoir, *map(_wide, places)), energies)
        else:
            operator = np.swapaxes(sigma.conj(), -1, -2) if equation == "raising" else sigma
            width = {"secular": _SAME, "partly secular": cutoff}.get(equation, np.inf)
            lowers, rates = redfield.lowering_part(operator), _rates(reservoir, frequency)
            total = total + _exchange(lowers, rates, energies, width)
    return redfield.on_hermitian(total, states)


def _rates(
    reservoir: Reservoir, density_at: FloatArray, occupation_at: FloatArray | None = None
) -> Rates:
    """Return the rates of giving energy to a reservoir and of taking it, (..., 4, 4) or alike."""
    filled = reservoir.occupation(density_at if occupation_at is None else occupation_at)
    density = reservoir.density(density_at)
    return density * (1 - filled), density * filled


def _exchange(
    operator: ComplexArray, rates: Rates, energies: FloatArray, cutoff: float = np.inf
) -> ComplexArray:
    """Return a reservoir's part: the operator gives it energy, the operator's adjoint takes it.

    Rates of the operator's elements; constant ones are Eq. 6.
    """
    giving, taking = (np.broadcast_to(rate, operator.shape) for rate in rates)
    raises, taken = np.swapaxes(operator.conj(), -1, -2), np.swapaxes(taking, -1, -2)
    return redfield.dissipator(operator, giving, energies, cutoff=cutoff) + redfield.dissipator(
        raises, taken, energies, cutoff=cutoff
    )


def _as_printed(sigma: ComplexArray, rates: Rates) -> ComplexArray:
    """Return Eqs. 13-16 letter by letter, chi_ji chi_mn and chi_ij chi_nm included."""
    giving, taking = rates
    lowers = redfield.lowering_part(sigma)
    raises = np.tril(sigma, k=-1)
    return (
        _printed_pair(lowers, giving * raises)
        + _printed_pair(giving * lowers, raises, left=True)
        + _printed_pair(raises, taking * lowers)
        + _printed_pair(taking * raises, lowers, left=True)
    )


def _printed_pair(first: ComplexArray, second: ComplexArray, *, left: bool = False) -> ComplexArray:
    """Return rho -> A rho B - rho B A, or A rho B - B A rho."""
    product = second @ first
    jump = redfield.from_left(first) @ redfield.from_right(second)
    return jump - (redfield.from_left(product) if left else redfield.from_right(product))
