"""What every reset method tells: its sequence, what it leaves, and its history step by step."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp
from typing import ClassVar

import numpy as np
from qiskit import QuantumCircuit

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import angular_from_mhz, rate_from_t1_us


@dataclass(frozen=True)
class Step:
    """One step of a reset: a wait, and whether what was read as 1 before it is flipped after it."""

    wait_ns: float
    flips: bool = False


@dataclass(frozen=True)
class HistoryRow:
    """The transmon after so many rounds (none counted unless the reset has them) and so long.

    `residual_excitation` is the population of level 1, `leakage` that of level 2.
    """

    rounds: int | None
    time_ns: float
    residual_excitation: float
    leakage: float


@dataclass(frozen=True)
class ResetCircuit:
    """A reset as a circuit for Aer, and the noise of its gates, by their labels.

    The last register is an errorless look at the transmon; its second bit, where `leaks`, tells
    level 2. Measurements carry the device's assignment errors.

    Args:
        circuit: as Aer runs it, gates named by the labels below.
        leaks: whether level 2 can be reached.
        relaxations: of qubit 0, as T1 (ns), duration (ns) and excited population in equilibrium.
        hops: P(level after | level before), rows before; of qubits 0 and 2, where level 2 is
            that of the states 2 and 3.
    """

    circuit: QuantumCircuit
    leaks: bool
    relaxations: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    hops: Mapping[str, FloatArray] = field(default_factory=dict)


WAITS = ("reset.resonator_wait_ns", "reset.resonator_photons")
"""Keys of a reset after which the resonator empties."""


class ResetMethod(ABC):
    """A way to empty transmon and resonator before each repetition."""

    own_keys: ClassVar[tuple[str, ...]] = ()
    """Keys of the file, "section.key", that play a part only with this method or some others."""

    has_rounds: ClassVar[bool] = False
    """Whether its history is counted in rounds."""

    in_sequence: ClassVar[bool] = True
    """Whether its sequence holds all that instruments have to play."""

    resets: ClassVar[bool] = True
    """Whether it does anything, so that a circuit may ask for it."""

    @abstractmethod
    def sequence(self, experiment: Experiment) -> tuple[Step, ...]:
        """Return what is done to the transmon, in order; the resonator's wait is not in it.

        Args:
            experiment: the experiment file's content.
        """

    @abstractmethod
    def duration_ns(self, experiment: Experiment) -> float:
        """Return how long one reset takes, the resonator's wait included, in ns.

        Args:
            experiment: the experiment file's content.
        """

    def resonator_wait_ns(self, experiment: Experiment) -> float | None:
        """Return how long the previous run's photons decay, in ns; None for ever.

        Args:
            experiment: the experiment file's content.
        """
        return experiment.reset.resonator_wait_ns

    @abstractmethod
    def levels(self, experiment: Experiment) -> FloatArray:
        """Return the expected populations of levels 0, 1 and 2 when the charging starts, (3,).

        Args:
            experiment: the experiment file's content.
        """

    def history(self, experiment: Experiment, rounds: int | None = None) -> list[HistoryRow]:
        """Return what the reset is expected to leave, from its beginning to its end.

        Args:
            experiment: its reset, readout and transmon count.
            rounds: how many rounds, by default the experiment's; only where it `has_rounds`.
        """
        _, excited, leaked = map(float, self.levels(experiment))
        return [HistoryRow(None, 0.0, excited, leaked)]

    def note(self, experiment: Experiment, history: list[HistoryRow]) -> str | None:
        """Return a warning about what the reset leaves, if there is one.

        Args:
            experiment: the experiment file's content.
            history: what the reset leaves, from `history`.
        """
        return None

    def circuit(self, experiment: Experiment) -> ResetCircuit | None:
        """Return the circuit whose repetitions establish what is left; None if none do.

        Args:
            experiment: the experiment file's content.
        """
        return None

    def shots(self, experiment: Experiment) -> int:
        """Return how many repetitions of its own a run takes to establish what is left.

        Args:
            experiment: the experiment file's content.
        """
        return 0

    def kept(self, experiment: Experiment) -> float:
        """Return which share of the repetitions counts; the others are thrown away.

        Args:
            experiment: the experiment file's content.
        """
        return 1.0

    def photons(self, experiment: Experiment) -> float:
        """Return the resonator's mean photons when the charging starts.

        What the previous run left decays at kappa towards the thermal number; without a reset
        the resonator is in equilibrium.

        Args:
            experiment: the experiment file's content.
        """
        return experiment.resonator.thermal_photons + self._extra_photons(experiment)[0]

    def photons_slope(self, experiment: Experiment) -> float:
        """Return the derivative of `photons` by the linewidth, in 1/MHz.

        Args:
            experiment: the experiment file's content.
        """
        extra, wait = self._extra_photons(experiment)
        return -extra * wait * angular_from_mhz(1.0)

    def _extra_photons(self, experiment: Experiment) -> tuple[float, float]:
        """Return the photons beyond the thermal ones, and how long they decayed in ns."""
        wait = self.resonator_wait_ns(experiment)
        if wait is None:
            return 0.0, 0.0
        kappa = angular_from_mhz(experiment.resonator.linewidth_MHz)
        extra = experiment.reset.resonator_photons - experiment.resonator.thermal_photons
        return extra * exp(-kappa * wait), wait


def two_levels(excitation: float) -> FloatArray:
    """Return the populations of levels 0, 1 and 2 where the third is never reached, (3,).

    Args:
        excitation: population of level 1, from 0 to 1.
    """
    return np.array([1 - excitation, excitation, 0.0])


def relaxed(excitation: float, duration: float, experiment: Experiment) -> float:
    """Return the excitation after a wait (ns): exponential decay to equilibrium.

    The rate is Gamma1 (2 n_q + 1), Gamma1 = 1/T1 at zero temperature.

    Args:
        excitation: population of level 1 when the wait begins, from 0 to 1.
        duration: of the wait, in ns.
        experiment: the experiment file's content, for T1 and the transmon's bath.
    """
    occupation = experiment.transmon.thermal_photons
    rate = rate_from_t1_us(experiment.transmon.t1_us) * (2 * occupation + 1)
    equilibrium = experiment.transmon.excited_population
    return equilibrium + (excitation - equilibrium) * exp(-rate * duration)
