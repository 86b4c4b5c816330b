"""Kamin, Salimi and Arjmandi: a qubit charged by fermion reservoirs and dissipative ancillas.

The battery stands in the centre of N - 1 other qubits. One reservoir acts on all of them together
(equilibrium, Eqs. 4-6) or each has its own (non-equilibrium, Eqs. 7-8). Energies, rates,
temperatures and chemical potentials share the paper's unit, in which gamma = J = omega = 1.
"""

from itertools import pairwise
from typing import ClassVar, Literal

import numpy as np
import xarray as xr
from pydantic import Field
from scipy.special import comb, expit

from cqed_battery.energetics import ergotropy
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.theory.paper_model import PaperModel, coordinate, dataset
from cqed_battery.theory.qubit_networks import Limit, Network, qubit_network, spin_star
from cqed_battery.theory.symmetric import Rates, Start, SymmetricStar, symmetric_star

_MOST_QUBITS = {("star", "individual"): 60, ("star", "collective"): 24}
_MOST_IN_FULL = 6  # 2^6 states, 924 numbers of zero charge
_WEAKEST = 1e-4  # J / gamma: dark states decay at J^2 / gamma
_WORDS = {
    "excitation": ("excited population of the battery", "1"),
    "ergotropy": ("ergotropy of the battery, of its capacity", "1"),
    "lowest": ("lowest excited population over all starts", "1"),
    "highest": ("highest excited population over all starts", "1"),
    "steady_states": ("number of independent steady states", "1"),
}


class Kamin(PaperModel):
    """The battery, its ancillas and their fermion reservoirs (Kamin et al., Secs. II and III).

    H = omega_0 sum_i sigma_z + J sum (s+ s- + s- s+) over the links of the network, dissipators
    gamma (1 - n) on s- and gamma n on s+, n = 1 / (exp((omega - mu) / T) + 1).
    """

    section_name: ClassVar[str] = "kamin"

    qubits: int = Field(default=3, ge=1, le=60, description="N, the battery among them")
    reservoirs: Literal["individual", "collective"] = Field(
        default="individual",
        description="one for each qubit (Eqs. 7-8), or one for all together (Eqs. 4-6)",
    )
    network: Literal["star", "chain", "chain_middle"] = Field(
        default="star",
        description="battery in the centre (text, Fig. 1); a chain (Eq. 1) with it at the end, "
        "or in the middle",
    )
    coupling: float = Field(default=1.0, ge=0, le=1e3, description="J between linked qubits")
    rate: float = Field(default=1.0, ge=1e-3, le=1e3, description="gamma of each reservoir")
    temperature: float = Field(default=1.0, gt=0, le=1e6, description="T of the reservoirs")
    battery_temperature: float | None = Field(
        default=None, gt=0, le=1e6, description="T_1 of the battery's own reservoir; by default T"
    )
    potential: float = Field(
        default=1.0, ge=-1e6, le=1e6, description="mu, or mu_1 of the battery's own reservoir"
    )
    potential_difference: float = Field(
        default=2.0,
        ge=-1e6,
        le=1e6,
        description="mu_i - mu_1 of the other reservoirs; a collective reservoir has none",
    )
    frequency: float = Field(
        default=10.0, gt=0, le=1e6, description="omega_0; levels are 2 omega_0 apart (Eq. 1)"
    )
    reservoir_frequency: float = Field(
        default=1.0, gt=0, le=1e6, description="omega, at which the captions give n"
    )
    occupation_at: Literal["omega", "omega_0", "splitting"] = Field(
        default="omega",
        description="energy at which n is taken: omega, omega_0, or the splitting 2 omega_0",
    )
    start: Start = Field(
        default="ground", description="all qubits in the ground or excited state, or fully mixed"
    )

    @property
    def energy(self) -> float:
        """The energy at which the reservoirs' occupation is taken."""
        energies = {"omega": self.reservoir_frequency, "omega_0": self.frequency}
        return energies.get(self.occupation_at, 2 * self.frequency)

    def occupations(self) -> tuple[float, float]:
        """Return n of the battery's reservoir and n of the others'; one value if collective."""
        if self.reservoirs == "collective":
            return (float(expit((self.potential - self.energy) / self.temperature)),) * 2
        own = self.battery_temperature or self.temperature
        other = self.potential + self.potential_difference - self.energy
        first = expit((self.potential - self.energy) / own)
        return float(first), float(expit(other / self.temperature))

    def steady_state(self) -> xr.Dataset:
        """Return what the start tends to, the range over all starts, and how many limits exist.

        Raises:
            CqedBatteryError: too many qubits, or a relaxation too slow to be told from none.
        """
        self._check()
        if self.network == "star" and self.reservoirs == "individual":
            star = self._symmetric()
            excitation = float(star.excited @ star.steady_state())
            return self._describe(excitation, excitation, excitation, 1)
        limits = [(weight, many, net.limit(start)) for weight, many, net, start in self._parts()]
        return self._describe(
            sum(weight * limit.excitation for weight, _, limit in limits),
            min(limit.lowest for _, _, limit in limits),
            max(limit.highest for _, _, limit in limits),
            _count(limits),
        )

    def simulate(self, times: FloatArray) -> xr.Dataset:
        """Return excitation and ergotropy of the battery at times from 0 (unit of 1 / gamma).

        Raises:
            CqedBatteryError: too many qubits, or too weak a coupling for a collective reservoir.
        """
        self._check()
        times = np.asarray(times, dtype=float)
        if self.network == "star" and self.reservoirs == "individual":
            star = self._symmetric()
            excitation = star.evolve(star.start(self.start), times) @ star.excited
        else:
            parts = [w * net.excitations(start, times) for w, _, net, start in self._parts() if w]
            excitation = np.sum(parts, axis=0)
        values = {"excitation": excitation, "ergotropy": self._ergotropy(excitation)}
        return dataset(values, _WORDS, [coordinate("time", times, "time", "1/energy")])

    def _describe(
        self, excitation: float, lowest: float, highest: float, number: int
    ) -> xr.Dataset:
        populations = np.clip([excitation, lowest, highest], 0.0, 1.0)
        values = dict(zip(("excitation", "lowest", "highest"), populations, strict=True))
        values |= {"ergotropy": self._ergotropy(populations[0]), "steady_states": number}
        return dataset(values, _WORDS, ()).assign_attrs(start=self.start)

    def _ergotropy(self, excitation: FloatArray) -> FloatArray:
        """Return the ergotropy of diag(1 - p, p) in units of the splitting 2 omega_0 (Eq. 3)."""
        states = np.einsum("...i,ij->...ij", np.stack([1 - excitation, excitation], -1), np.eye(2))
        hamiltonian = np.diag([-self.frequency, self.frequency]).astype(complex)
        return np.maximum(ergotropy(states, hamiltonian) / (2 * self.frequency), 0.0)

    def _rates(self) -> tuple[tuple[float, float], tuple[float, float]]:
        first, other = self.occupations()
        return (
            (self.rate * (1 - first), self.rate * first),
            (self.rate * (1 - other), self.rate * other),
        )

    def _symmetric(self) -> SymmetricStar:
        first, other = self._rates()
        return symmetric_star(self.qubits, self.coupling, Rates(*first), Rates(*other))

    def _parts(self) -> list[tuple[float, int, Network, ComplexArray]]:
        """Return weight, multiplicity, network and start of every part that evolves alone."""
        if self.network == "star":
            return self._sectors()
        first, other = self._rates()
        links = _links(self.qubits, self.network)
        collective = self.reservoirs == "collective"
        rates = [first] if collective else [first, *[other] * (self.qubits - 1)]
        network = qubit_network(self.qubits, links, self.coupling, rates, collective=collective)
        return [(1.0, 1, network, _start(network, self.start))]

    def _sectors(self) -> list[tuple[float, int, Network, ComplexArray]]:
        """Split a star by the total spin j of its outer qubits, the largest first."""
        sites = self.qubits - 1
        parts = []
        for doubled in range(sites, -1, -2):
            many = _multiplicity(sites, doubled)
            share = many * (doubled + 1) / 2**sites
            weight = share if self.start == "mixed" else float(doubled == sites)
            network = spin_star(doubled, self.coupling, self._rates()[0])
            parts.append((weight, many, network, _start(network, self.start)))
        return parts

    def _check(self) -> None:
        most = _MOST_QUBITS.get((self.network, self.reservoirs), _MOST_IN_FULL)
        if self.qubits > most:
            raise CqedBatteryError(
                f"kamin.qubits must be <= {most} for a {self.network} with {self.reservoirs} "
                f"reservoirs, but was {self.qubits}"
            )
        if self.reservoirs == "collective" and 0 < self.coupling < _WEAKEST * self.rate:
            raise CqedBatteryError(
                f"kamin.coupling must be 0 or >= {_WEAKEST:g} times kamin.rate in a collective "
                f"reservoir, where it alone empties the dark states, but was {self.coupling:g}"
            )


def _count(limits: list[tuple[float, int, Limit]]) -> int:
    return sum(many**2 * limit.dimension for _, many, limit in limits)


def _multiplicity(sites: int, doubled: int) -> int:
    """Return how often the spin j = doubled / 2 occurs among that many spins 1/2."""
    down = (sites - doubled) // 2
    return int(comb(sites, down, exact=True) - comb(sites, down - 1, exact=True))


def _links(qubits: int, network: str) -> list[tuple[int, int]]:
    """Return the links of a chain whose battery, qubit 0, stands at the end or in the middle."""
    order = list(range(qubits))
    if network == "chain_middle":
        order.insert(qubits // 2, order.pop(0))
    return list(pairwise(order))


def _start(network: Network, name: Start) -> ComplexArray:
    weights = {
        "ground": network.charges == 0,
        "excited": network.charges == network.charges.max(),
        "mixed": np.ones(len(network.charges)),
    }[name].astype(complex)
    return np.diag(weights / weights.sum())


MODEL = Kamin()
