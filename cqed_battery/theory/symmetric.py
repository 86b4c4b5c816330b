"""A qubit in the centre of identical qubits: operators that no exchange of the outer ones changes.

Such an operator is one number for each way to share the m outer sites among |e><e|, |g><g|,
|e><g| and |g><e|, beside one of the four for the centre. Excitations are conserved up to jumps,
so that as many |e><g| as |g><e| stand in every element that counts: with N = m + 1 qubits there
are N (N + 1) of them. A number is the coefficient times how many arrangements share it, so
that populations add up to 1; |e><g| and |g><e| of the centre carry factors i and -i, which
makes the master equation real.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal, TypeAlias

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import expm_multiply, splu
from scipy.special import comb

from cqed_battery.operators import FloatArray, SparseMatrix

Start: TypeAlias = Literal["ground", "excited", "mixed"]
Counts: TypeAlias = tuple[int, int, int, int]
Element: TypeAlias = tuple[int, Counts]

_EE, _GG, _EG, _GE = range(4)  # |e><e|, |g><g|, |e><g|, |g><e| of one site
_PHASES = (1, 1, 1j, -1j)  # of the centre's four, which make the equation real
_LEFT_RAISING = ((_GG, _EG), (_GE, _EE))  # |g><x| -> |e><x|
_LEFT_LOWERING = ((_EE, _GE), (_EG, _GG))
_RIGHT_RAISING = ((_EE, _EG), (_GE, _GG))  # |x><e| -> |x><g|
_RIGHT_LOWERING = ((_GG, _GE), (_EG, _EE))
_EXCHANGES = (
    (_LEFT_RAISING, _LEFT_LOWERING, -1j),
    (_LEFT_LOWERING, _LEFT_RAISING, -1j),
    (_RIGHT_RAISING, _RIGHT_LOWERING, 1j),
    (_RIGHT_LOWERING, _RIGHT_RAISING, 1j),
)
_RESIDUAL = 1e-10  # of a steady state, relative to the largest rate


@dataclass(frozen=True)
class Rates:
    """The rates at which a qubit's own reservoir acts, in one unit with the coupling.

    Args:
        down: of lowering, >= 0.
        up: of raising, >= 0.
    """

    down: float
    up: float


@dataclass(frozen=True)
class SymmetricStar:
    """The master equation dy/dt = `matrix` y of a star, and what is read from y.

    Args:
        matrix: real, (K, K), with K = N (N + 1).
        excited: `excited` @ y is the centre's excited population, (K,).
        outer: `outer` @ y is the mean excited population of the others, (K,).
        populations: 1 for numbers that are populations, which add up to 1, else 0, (K,).
        qubits: N, the centre among them.
    """

    matrix: SparseMatrix
    excited: FloatArray
    outer: FloatArray
    populations: FloatArray
    qubits: int

    def start(self, name: Start) -> FloatArray:
        """Return the state with all qubits in the ground or the excited state or fully mixed.

        Args:
            name: "ground", "excited" or "mixed".
        """
        start, elements = np.zeros(self.matrix.shape[0]), _elements(self.qubits - 1)
        for row, (centre, counts) in enumerate(elements):
            if self.populations[row]:
                excitations = counts[_EE] + (centre == _EE)
                arrangements = comb(self.qubits - 1, counts[_EE])
                full = {"ground": 0, "excited": self.qubits}.get(name)
                start[row] = excitations == full if full is not None else arrangements
        return start / start.sum()

    def steady_state(self) -> FloatArray:
        """Return the steady state y, unique while every qubit has a reservoir of its own.

        Raises:
            ArithmeticError: the linear system is singular, as without reservoirs.
        """
        # One of the equations follows from the others; Tr rho = 1 takes its place.
        row = int(np.argmax(self.populations))
        system = self.matrix.tolil()
        system[row, :] = self.populations
        right = np.zeros(len(self.populations))
        right[row] = 1.0
        try:
            state = splu(system.tocsc()).solve(right)
        except RuntimeError:
            raise ArithmeticError("the star has no unique steady state") from None
        scale = float(abs(self.matrix).max()) * float(np.abs(state).max())
        if np.abs(self.matrix @ state).max() > _RESIDUAL * scale:
            raise ArithmeticError("the star's steady state did not reach its tolerance")
        return np.asarray(state)

    def evolve(self, start: FloatArray, times: FloatArray) -> FloatArray:
        """Return the states (T, K) at increasing times.

        Args:
            start: y at time 0, (K,).
            times: >= 0, in the inverse unit of the rates, (T,).
        """
        states, state = [], start
        for gap in np.diff(times, prepend=0.0):
            state = expm_multiply(self.matrix * gap, state) if gap else state
            states.append(state)
        return np.array(states)


def symmetric_star(qubits: int, coupling: float, centre: Rates, outer: Rates) -> SymmetricStar:
    """Return the master equation of a centre coupled to N - 1 qubits, all with own reservoirs.

    H = J sum_i (s+_1 s-_i + s-_1 s+_i), dissipators down D[s-] + up D[s+] on every qubit; a
    common splitting commutes with all elements and drops out.

    Args:
        qubits: N >= 1, the centre among them.
        coupling: J, in the unit of the rates.
        centre: rates of the centre.
        outer: rates of each outer qubit.

    Source: Kamin et al., Eqs. 1, 4, 7 and 8 on a star.
    """
    elements = _elements(qubits - 1)
    index = {element: row for row, element in enumerate(elements)}
    entries = [
        (index[target], column, value)
        for column, element in enumerate(elements)
        for target, value in _flows(element, coupling, centre, outer)
    ]
    rows, columns, values = zip(*entries, strict=True)
    size = len(elements)
    matrix = sp.csr_array((np.array(values), (rows, columns)), shape=(size, size))
    matrix.sum_duplicates()
    diagonal = np.array([c in (_EE, _GG) and counts[_EG] == 0 for c, counts in elements], float)
    up = np.array([float(c == _EE) for c, _ in elements])
    shares = np.array([counts[_EE] / max(qubits - 1, 1) for _, counts in elements])
    return SymmetricStar(matrix, up * diagonal, shares * diagonal, diagonal, qubits)


def _elements(sites: int) -> list[Element]:
    """List the elements of zero charge: centre, and the counts of ee, gg, eg and ge outside."""
    charge = {_EE: 0, _GG: 0, _EG: 1, _GE: -1}
    return [
        (centre, (ee, sites - ee - eg - ge, eg, ge))
        for centre in charge
        for eg in range(sites + 1)
        for ge in [eg + charge[centre]]
        if ge >= 0
        for ee in range(sites - eg - ge + 1)
    ]


def _flows(
    element: Element, coupling: float, centre: Rates, outer: Rates
) -> Iterator[tuple[Element, float]]:
    """Yield where an element flows and at what rate."""
    here, counts = element
    for target, rate in _decay(here, centre):
        yield (target, counts), rate
    for site, count in enumerate(counts):
        for target, rate in _decay(site, outer) if count else ():
            yield (here, _moved(counts, site, target)), count * rate
    for centres, sites, factor in _EXCHANGES:
        for (source, target), (site, other) in product(centres, sites):
            if source == here and counts[site]:
                phase = (factor * _PHASES[source] / _PHASES[target]).real
                yield (target, _moved(counts, site, other)), phase * coupling * counts[site]


def _decay(kind: int, rates: Rates) -> tuple[tuple[int, float], ...]:
    """Return what the dissipators make of one site's |e><e|, |g><g|, |e><g| or |g><e|."""
    if kind == _EE:
        return (_EE, -rates.down), (_GG, rates.down)
    if kind == _GG:
        return (_GG, -rates.up), (_EE, rates.up)
    return ((kind, -(rates.down + rates.up) / 2),)


def _moved(counts: Counts, source: int, target: int) -> Counts:
    ee, gg, eg, ge = (
        count - (kind == source) + (kind == target) for kind, count in enumerate(counts)
    )
    return ee, gg, eg, ge
