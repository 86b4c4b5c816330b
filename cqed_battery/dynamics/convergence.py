"""Discretisation chosen and checked: how many Fock levels, and whether a state can be trusted."""

from dataclasses import dataclass, replace
from math import ceil, sqrt

import numpy as np

from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_mhz

TOP_LEVEL_LIMIT = 1e-6
_MOST_FOCK_LEVELS = 400
_TRACE_TOLERANCE = 1e-7
_NEGATIVITY_TOLERANCE = 1e-7


class ConvergenceError(CqedBatteryError):
    """A state cannot be trusted, or would need more levels than can be afforded."""


@dataclass(frozen=True)
class FockChoice:
    """Fock levels in use, those asked for (None: "auto"), and the highest one's population."""

    levels: int
    asked: int | None
    top: float = 0.0
    limit: float = TOP_LEVEL_LIMIT

    @property
    def statement(self) -> str:
        """Say in a sentence which levels were used and why."""
        head = f"{self.levels} Fock levels; the highest holds at most {self.top:.1e}"
        if self.asked is not None and self.levels > self.asked:
            return f"{head} (raised from the {self.asked} asked for, which held too much)"
        return head if self.asked is None else f"{head} (as asked for)"

    def with_top(self, top: float) -> "FockChoice":
        """Return the choice with the highest level's population filled in."""
        return replace(self, top=top)


def initial_fock_levels(experiment: Experiment) -> FockChoice:
    """Return the levels asked for, or a first guess from the largest amplitude |a| to expect.

    The drive is removed by displacing the resonator by Omega/2g (Zhao's model, lossless), so
    |a| stays below Omega/g; |a| cannot outgrow g sqrt(levels - 1) t; and a coherence of 1/2
    sustains at most g/kappa against the loss. A guess that proves too low is raised.
    """
    asked = experiment.resonator.fock_levels
    if asked != "auto":
        return FockChoice(int(asked), int(asked))
    g = angular_from_mhz(max(experiment.coupler.g_on_MHz, experiment.coupler.g_off_MHz))
    rabi = angular_from_mhz(experiment.drive.rabi_rate_MHz)
    duration = float(experiment.charging.grid_ns()[-1])
    reach = g * sqrt(experiment.transmon.kept_levels - 1) * duration
    kappa = angular_from_mhz(experiment.resonator.linewidth_MHz)
    sustained = g / kappa if kappa > 0 else reach
    amplitude = min(rabi / g, reach, sustained) if g > 0 else 0.0
    amplitude = min(amplitude, sqrt(_MOST_FOCK_LEVELS) / 4)
    return FockChoice(min(ceil(amplitude**2 + 5 * amplitude + 7), _MOST_FOCK_LEVELS), None)


def check_thermal(photons: float) -> None:
    """Refuse a resonator so warm from the start that no affordable Fock space holds it.

    A thermal state with n photons holds (n / (1 + n))^k / (1 + n) in level k.

    Raises:
        ConvergenceError: the highest level that can be afforded would hold more than the limit.
    """
    top = (photons / (1 + photons)) ** (_MOST_FOCK_LEVELS - 1) / (1 + photons)
    if top > TOP_LEVEL_LIMIT:
        raise ConvergenceError(
            f"the resonator begins with {photons:.3g} thermal photons, so the highest of"
            f" {_MOST_FOCK_LEVELS} Fock levels would hold {top:.1e}, but {TOP_LEVEL_LIMIT:.0e} is"
            " the limit; lower resonator.temperature_mK or reset.resonator_photons"
        )


def raise_levels(choice: FockChoice, top: float) -> FockChoice:
    """Return a choice with more levels, because the highest one holds `top` > the limit.

    Raises:
        ConvergenceError: there are as many levels as can be afforded already.
    """
    if choice.levels >= _MOST_FOCK_LEVELS:
        raise ConvergenceError(
            f"the resonator's highest of {choice.levels} Fock levels still holds {top:.1e}, but"
            f" {choice.limit:.0e} is the limit; charge for a shorter time, drive less, or raise"
            " resonator.linewidth_MHz so that fewer photons build up"
        )
    return replace(choice, levels=min(ceil(choice.levels * 1.35) + 1, _MOST_FOCK_LEVELS))


def check_state(state: ComplexArray, photons: FloatArray, where: str) -> None:
    """Raise ConvergenceError unless the last state (D, D) and all photon distributions hold.

    Checked: trace 1 and no negative eigenvalue of the state, populations (T, n) that sum to 1
    and are not negative, each to 1e-7.
    """
    trace = float(np.abs(photons.sum(axis=1) - 1).max())
    lowest = min(float(np.linalg.eigvalsh(state)[0]), float(photons.min()))
    if not (trace < _TRACE_TOLERANCE and lowest > -_NEGATIVITY_TOLERANCE):
        raise ConvergenceError(
            f"the state of {where} cannot be trusted: its trace is off by {trace:.1e} and its"
            f" lowest population is {lowest:.1e}; lower simulation.tolerance"
        )
