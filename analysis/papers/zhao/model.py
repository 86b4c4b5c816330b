"""Zhao's model (Z1: 2025, Z2: 2026): a driven qubit battery with an oscillator as catalyst.

H = (w_a/2) sigma_z + w_c a'a + g (sigma_+ a + sigma_- a') + Omega sin(w_d t) sigma_x, with
damping of the oscillator at kappa and pure dephasing of the qubit. Where the two texts leave
room, each reading is a named option.
"""

from math import ceil

import numpy as np
import xarray as xr

from analysis.papers.zhao.parameters import MOST_LEVELS, Parameters
from analysis.papers.zhao.quantities import Trajectory, quantities
from cqed_battery.dynamics.convergence import TOP_LEVEL_LIMIT, ConvergenceError
from cqed_battery.errors import ExperimentError
from cqed_battery.operators import FloatArray
from cqed_battery.theory.driven import DrivenQubit

_FIRST_LEVELS = 8
_LEVEL_LIMIT = 1e-3 * TOP_LEVEL_LIMIT
_LOOK = 0.5  # the highest Fock level is looked at this often, in units of time
_LONGEST = 2000.0


class Zhao(Parameters):
    """Zhao's model at its parameters; `simulate` gives what the texts plot, over time.

    Example:
        >>> float(Zhao(catalyst=False).simulate(np.array([0.0, 1.0])).energy[0])
        -1.0
    """

    def simulate(self, times: FloatArray) -> xr.Dataset:
        """Return energy, ergotropy, fluxes, catalyst and Bloch vector at the given times.

        Args:
            times: increasing from 0 or later, (T,), in the inverse unit of the frequencies.

        Raises:
            ExperimentError: the times are not increasing, or lie outside [0, 2000].
            ConvergenceError: the catalyst fills more Fock levels than can be afforded.
        """
        times = _check_times(times)
        levels = _FIRST_LEVELS if self.fock_levels == "auto" else self.fock_levels
        found, top = self._evolve(times, levels)
        while self.fock_levels == "auto" and top > _LEVEL_LIMIT:
            levels = _more_levels(levels, top)
            found, top = self._evolve(times, levels)
        dataset = quantities(self, found, times)
        return dataset.assign_attrs(
            unit="u is the arbitrary unit of all frequencies and rates, with hbar = 1",
            frame="Bloch vector in the frame that turns at omega_d",
            sign="J < 0 is energy that leaves the battery; the papers call it inward",
            trace_statement=_trace_statement(self),
            fock_levels=levels if self.catalyst else 0,
            fock_statement=f"{levels} Fock levels; the highest holds at most {top:.1e}",
        )

    def _evolve(self, times: FloatArray, levels: int) -> tuple[Trajectory, float]:
        """Return states, rates and envelopes at the times, and the top level's population."""
        system = DrivenQubit(
            fock_levels=levels if self.catalyst else 2,
            qubit_detuning=self.omega_a - self.omega_d,
            oscillator_detuning=self.omega_c - self.omega_d,
            coupling=self.g if self.catalyst else 0.0,
            linewidth=self.kappa if self.catalyst else 0.0,
            dephasing=self.coherence_decay,
        )
        looks = np.union1d(times, np.arange(0.0, times[-1], _LOOK))
        start = system.start(self.start == "upper")
        if self.drive == "full":
            states = system.evolve(start, self.envelope, looks)
        else:
            states = system.evolve_constant(start, self.envelope(0.0), looks)
        top = states[:, system.fock_levels - 1 : 2 * system.fock_levels : system.fock_levels]
        kept = states[np.searchsorted(looks, times)]
        return self._trajectory(system, kept, times), float(top.sum(axis=1).max())

    def _trajectory(self, system: DrivenQubit, states: FloatArray, times: FloatArray) -> Trajectory:
        """Add the rates; a growing trace multiplies the solution without it."""
        envelopes = np.array([self.envelope(float(time)) for time in times])
        rates = system.rates(states, envelopes)
        if self.trace_growth:
            growth = np.exp(self.trace_growth * times)[:, None]
            states, rates = growth * states, growth * (rates + self.trace_growth * states)
        return Trajectory(system, states, rates, envelopes)


def _check_times(times: FloatArray) -> FloatArray:
    times = np.atleast_1d(np.asarray(times, dtype=float))
    ordered = bool(np.all(np.diff(times) > 0)) and times.ndim == 1 and times.size > 0
    if not (ordered and times[0] >= 0 and times[-1] <= _LONGEST):
        raise ExperimentError(
            f"the times of Zhao's model must increase from 0 or later to at most {_LONGEST:g}; "
            "sort them and leave out what lies outside"
        )
    return times


def _more_levels(levels: int, top: float) -> int:
    if levels >= MOST_LEVELS:
        raise ConvergenceError(
            f"the catalyst's highest of {levels} Fock levels still holds {top:.1e}, but"
            f" {_LEVEL_LIMIT:.0e} is the limit; drive less, or raise kappa or g"
        )
    return min(ceil(1.35 * levels) + 1, MOST_LEVELS)


def _trace_statement(model: Zhao) -> str:
    if not model.trace_growth:
        return "the trace stays 1"
    return (
        f"the trace is not kept: it grows as exp({model.trace_growth:g} t), because Eq. 9 of "
        "Zhao 2025 is taken as printed"
    )


MODEL_Z1 = Zhao(dephasing="sigma_z")
"""Z1 names L_D = sigma_z; its Eq. 9 as printed is the option "trace-growing"."""
MODEL_Z2 = Zhao(dephasing="coherence")
"""Z2, Eq. 9; its Eq. 16 is the option "sigma_z"."""
