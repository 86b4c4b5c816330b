"""Discretisation chosen and checked: how many Fock levels, and whether a state can be trusted."""

from dataclasses import dataclass, replace
from math import ceil, sqrt

import numpy as np

from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_ghz, angular_from_mhz

TOP_LEVEL_LIMIT = 1e-6
"""Largest population of the highest Fock level; shot noise is 1e-3 at 10^6 shots."""
_EMPTY = 1e-8  # population that the levels left out may hold: no probability moves by 1e-7
_SPARE = 1  # level kept beyond, for a device nearby
_UNFELT = 1e-13  # population of a highest level that shows that no level above it is felt
_MOST_FOCK_LEVELS = 400  # with 3 transmon levels a state then has D^2 = 1.4e6 elements
_TRACE_TOLERANCE = 1e-7  # a tenth of TOP_LEVEL_LIMIT; evolutions are computed to 1e-10
_NEGATIVITY_TOLERANCE = 1e-7  # the same, for the lowest population


class ConvergenceError(CqedBatteryError):
    """A state cannot be trusted, or would need more levels than can be afforded."""


@dataclass(frozen=True)
class FockChoice:
    """How many Fock levels are in use, and why.

    Args:
        levels: in use, from 1 to 400.
        asked: what the experiment asks for; None means "auto".
        top: largest population of the highest level over the run, 0 to 1.
        limit: the largest `top` that is accepted.
    """

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
        """Return the choice with the highest level's population filled in.

        Args:
            top: population of the highest level, 0 to 1.
        """
        return replace(self, top=top)


def initial_fock_levels(experiment: Experiment) -> FockChoice:
    """Return the levels asked for, or a first guess from the largest amplitude |a| to expect.

    The drive is removed by displacing the resonator by Omega/2g (Zhao's model, lossless), so
    |a| stays below Omega/g; |a| cannot outgrow g sqrt(levels - 1) t; and a coherence of 1/2
    sustains at most g/kappa against the loss. A driven resonator alone stays below rate/kappa,
    rate/|detuning| and rate t/2. A guess that proves too low is raised.

    Args:
        experiment: with kept levels as a number, and charging times in ns.
    """
    asked = experiment.resonator.fock_levels
    if asked != "auto":
        return FockChoice(int(asked), int(asked))
    g = angular_from_mhz(max(experiment.coupler.g_on_MHz, experiment.coupler.g_off_MHz))
    rabi = angular_from_mhz(experiment.drive.rabi_rate_MHz)
    duration = float(experiment.charging_times_ns[-1])
    reach = g * sqrt(experiment.transmon.kept_levels - 1) * duration
    kappa = angular_from_mhz(experiment.resonator.linewidth_MHz)
    pumped = _pumped_amplitude(experiment, duration)
    sustained = g / kappa if kappa > 0 else reach
    own = experiment.drive.target != "resonator"
    amplitude = (min(rabi / g, reach, sustained) if g > 0 and own else 0.0) + pumped
    # A first guess uses at most about 60 levels; what needs more is raised step by step.
    amplitude = min(amplitude, sqrt(_MOST_FOCK_LEVELS) / 4)
    # A coherent state has mean |a|^2 and spread |a|: five spreads and seven levels above that.
    return FockChoice(min(ceil(amplitude**2 + 5 * amplitude + 7), _MOST_FOCK_LEVELS), None)


def _pumped_amplitude(experiment: Experiment, duration: float) -> float:
    """Return the largest amplitude that the resonator's own drive can give it."""
    drive, resonator = experiment.drive, experiment.resonator
    if drive.target == "transmon":
        return 0.0
    ratio = drive.resonator_ratio if drive.target == "both" else 1.0
    rate = ratio * (1 + drive.second_ratio) * angular_from_mhz(drive.rabi_rate_MHz)
    away = abs(angular_from_ghz(resonator.frequency_GHz) - angular_from_ghz(drive.frequency_GHz))
    against = max(angular_from_mhz(resonator.linewidth_MHz), away)
    return min(rate * duration / 2, rate / against) if against > 0 else rate * duration / 2


def fewer_levels(amplitude: float, photons: float) -> int:
    """Return how many Fock levels hold a resonator that is hardly reached, to rounding.

    Poisson's law of the amplitude bounds what is brought to level n, and a thermal state's that
    is there before: both stay below 1e-13 in the highest level.

    Args:
        amplitude: the largest |a| to expect of what couples to the resonator.
        photons: mean thermal photon number at the beginning, >= 0.
    """
    level, brought, thermal = 0, 1.0, 1.0
    while max(brought, thermal) > _UNFELT and level < _MOST_FOCK_LEVELS:
        level += 1
        brought *= amplitude**2 / level
        thermal *= photons / (1 + photons)
    return level + 1


def is_unfelt(photons: FloatArray) -> bool:
    """Say whether the highest Fock level is so empty that none above it is felt.

    Args:
        photons: populations of the Fock levels over the run, (..., n).
    """
    return float(photons[..., -1].max()) < _UNFELT


def check_thermal(photons: float) -> None:
    """Refuse a resonator so warm from the start that no affordable Fock space holds it.

    A thermal state with n photons holds (n / (1 + n))^k / (1 + n) in level k.

    Args:
        photons: mean thermal photon number at the beginning, >= 0.

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

    Args:
        choice: the levels in use.
        top: population of their highest one, 0 to 1.

    Returns:
        The choice with 35 % more levels, at most 400.

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


def enough_levels(photons: FloatArray) -> int:
    """Return how many Fock levels serve devices near one whose photons were computed.

    Args:
        photons: populations of the Fock levels over the run, (..., n).

    Returns:
        At most n.
    """
    beyond = np.cumsum(np.abs(photons[..., ::-1]), axis=-1)[..., ::-1]
    most = beyond.reshape(-1, photons.shape[-1]).max(axis=0)
    return min(int(np.count_nonzero(most > _EMPTY)) + _SPARE, photons.shape[-1])


def check_state(state: ComplexArray, photons: FloatArray, where: str) -> None:
    """Refuse an evolution whose end state or photon numbers are not those of a density matrix.

    Checked to 1e-7: the trace is 1, and no eigenvalue and no population is negative.

    Args:
        state: the last joint state, (D, D).
        photons: populations of the Fock levels at T times, (T, n).
        where: names the state in the message.

    Raises:
        ConvergenceError: one of them is off by more.
    """
    trace = float(np.abs(photons.sum(axis=1) - 1).max())
    lowest = min(float(np.linalg.eigvalsh(state)[0]), float(photons.min()))
    if not (trace < _TRACE_TOLERANCE and lowest > -_NEGATIVITY_TOLERANCE):
        raise ConvergenceError(
            f"the state of {where} cannot be trusted: its trace is off by {trace:.1e} and its"
            f" lowest population is {lowest:.1e}; lower simulation.tolerance"
        )
