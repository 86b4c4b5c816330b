"""The master equations of Wang et al.: a driven charger and a battery in fermion reservoirs.

The joint space is charger x battery with the ground state first: |gg>, |ge>, |eg>, |ee>. All
parameters may be arrays that broadcast, so that a map is one call.
"""

from collections.abc import Mapping
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
    lindblad_rates: Mapping[str, FloatArray],
) -> ComplexArray:
    """Return the generator on Hermitian matrices as real vectors, (..., 16, 16).

    Real up to rounding but for "as printed".

    Args:
        equation: see `Wang.equation`.
        matrix: H, (..., 4, 4).
        reservoirs: the charger's and the battery's.
        cutoff: of "partly secular", on the difference of two transition frequencies.
        lindblad_rates: "J1", "N1", "J2", "N2": the frequencies where Eq. 6 takes J and N.
    """
    energies, states = np.linalg.eigh(matrix)
    adjoint = np.swapaxes(states.conj(), -1, -2)
    total = redfield.commutator(energies)
    for number, (lower, reservoir) in enumerate(zip(_SIGMA, reservoirs, strict=True), start=1):
        sigma = adjoint @ lower @ states
        if equation == "lindblad":
            places = lindblad_rates[f"J{number}"], lindblad_rates[f"N{number}"]
            total = total + _lindblad(sigma, reservoir, energies, places)
        elif equation == "as printed":
            total = total + _as_printed(sigma, reservoir, energies)
        else:
            operator = np.swapaxes(sigma.conj(), -1, -2) if equation == "raising" else sigma
            width = {"secular": _SAME, "partly secular": cutoff}.get(equation, np.inf)
            total = total + _exchange(operator, reservoir, energies, width)
    return redfield.on_hermitian(total, states)


def _rates(reservoir: Reservoir, density_at: FloatArray, occupation_at: FloatArray) -> Rates:
    """Return the rates of giving energy to a reservoir and of taking it."""
    density, filled = reservoir.density(density_at), reservoir.occupation(occupation_at)
    return density * (1 - filled), density * filled


def _exchange(
    operator: ComplexArray, reservoir: Reservoir, energies: FloatArray, cutoff: float
) -> ComplexArray:
    """Return the reservoir's part with the energy-lowering part of an operator for coupling."""
    lowers = redfield.lowering_part(operator)
    frequency = redfield.gaps(energies)
    giving, taking = _rates(reservoir, frequency, frequency)
    raises = np.swapaxes(lowers.conj(), -1, -2)
    taken = np.swapaxes(taking, -1, -2)
    return redfield.dissipator(lowers, giving, energies, cutoff=cutoff) + redfield.dissipator(
        raises, taken, energies, cutoff=cutoff
    )


def _lindblad(
    sigma: ComplexArray, reservoir: Reservoir, energies: FloatArray, places: Rates
) -> ComplexArray:
    """Return Eq. 6: constant rates, J(w_i) (1 - N) down and J(w_i) N up."""
    giving, taking = _rates(reservoir, _wide(places[0]), _wide(places[1]))
    alike = np.ones(sigma.shape[-2:])
    raises = np.swapaxes(sigma.conj(), -1, -2)
    return redfield.dissipator(sigma, giving * alike, energies) + redfield.dissipator(
        raises, taking * alike, energies
    )


def _as_printed(sigma: ComplexArray, reservoir: Reservoir, energies: FloatArray) -> ComplexArray:
    """Return Eqs. 13-16 letter by letter, chi_ji chi_mn and chi_ij chi_nm included."""
    frequency = np.abs(redfield.gaps(energies))
    giving, taking = _rates(reservoir, frequency, frequency)
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
