"""What every measurement of the resonator tells: sequence, response, demands, labels, estimate.

Each has K times tau_k and two traces, so each gives counts (2, K, 2).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import exp
from typing import ClassVar

import numpy as np

from cqed_battery.device import Device
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import angular_from_mhz
from protocols.faults.drive_line import IDEAL, Line
from protocols.sequence.step import Step

PULSES = ("none", "pi")
"""Names of the two traces in datasets: those of the vacuum-Rabi one, which came first."""


@dataclass(frozen=True)
class Labels:
    """How a measurement is named.

    counts: in a dataset. estimate: in results.json. caption: what is done, under the figure.
    time, traces: the figure's axis (with its unit) and key.
    """

    counts: str
    estimate: str
    caption: str
    time: str
    traces: tuple[str, str]


@dataclass(frozen=True)
class Needs:
    """What a measurement at its shortest time needs after charging.

    `before_ns` at the resonator's own linewidth, then `pulse_ns` of pulses and waits, at
    `vacuum.kappa_off_MHz` where the linewidth switches; `lost` is the share of photons that
    decays meanwhile.
    """

    before_ns: float
    pulse_ns: float
    lost: float


MEASURED = ("vacuum.shots", "vacuum.stop_ns", "vacuum.points")
"""Keys that every measurement of the resonator plays."""


class ResonatorMeasurement(ABC):
    """A pulse sequence that measures the resonator's vacuum fidelity through the transmon."""

    labels: ClassVar[Labels]

    own_keys: ClassVar[tuple[str, ...]] = MEASURED
    """Keys of the file, "section.key", that play a part only with this method or some others."""

    empties_transmon: ClassVar[bool] = False
    """Whether the transmon is reset first, so that counts depend on photon numbers alone."""

    evolves: ClassVar[bool] = False
    """Whether its steps are one evolution of the joint state, which their samples alone decide."""

    traces_oscillate: ClassVar[bool] = False
    """Whether its times must be close enough to follow an exchange of battery and photon."""

    @abstractmethod
    def lengths_ns(self, experiment: Experiment) -> tuple[float, float]:
        """Return the times before the pulses, and of pulses and waits, at the shortest, in ns.

        Args:
            experiment: the experiment file's content.
        """

    @abstractmethod
    def steps(
        self, experiment: Experiment, trace: int, time: float, line: Line = IDEAL
    ) -> tuple[Step, ...]:
        """Return what is played from the end of charging to the readout.

        Args:
            experiment: the experiment file's content.
            trace: 0 or 1, as `PULSES` names them.
            time: tau, in ns.
            line: the drive line that the pulses are tuned for.
        """

    def durations_ns(self, experiment: Experiment) -> FloatArray:
        """Return how long each setting takes from the end of charging to its readout, (2, K).

        Args:
            experiment: the experiment file's content.

        Returns:
            Durations in ns.
        """
        beside = [
            sum(step.duration for step in self.steps(experiment, trace, 0.0))
            for trace in range(len(PULSES))
        ]
        return exchange_times(experiment) + np.array(beside)[:, None]

    @abstractmethod
    def probabilities(
        self,
        experiment: Experiment,
        liouvillian: Liouvillian,
        state: FloatArray,
        line: Line = IDEAL,
        ringing: complex = 0.0,
        actual: Device | None = None,
    ) -> FloatArray:
        """Return the probability of reading 1 at tau_k, (2, K), before assignment errors.

        Args:
            experiment: what is done.
            liouvillian: the equation of motion.
            state: at the end of charging, a real vector (D^2,).
            line: through which the pulses go.
            ringing: what the line still holds of the charging drive, in rad/ns.
            actual: the device on which the pulses act, where it is not the experiment's.
        """

    @abstractmethod
    def effects(self, experiment: Experiment, liouvillian: Liouvillian) -> FloatArray:
        """Return the operators of reading 1, real vectors (2, K, D^2), on an ideal line.

        Args:
            experiment: the experiment file's content.
            liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.
        """

    @abstractmethod
    def textbook_fidelity(
        self, experiment: Experiment, probability: FloatArray, fock_levels: int
    ) -> float:
        """Return what a textbook makes of P(1) of both traces, (2, K): F, decay forgotten.

        Args:
            experiment: the experiment file's content.
            probability: P(1) of both traces at tau_k, assignment errors corrected, (2, K).
            fock_levels: up to which a photon distribution is solved for, where the method does.
        """

    @abstractmethod
    def check(self, experiment: Experiment) -> None:
        """Refuse a device that cannot serve the measurement.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: says what it needs.
        """

    def pulse_linewidth(self, experiment: Experiment) -> float:
        """Return the resonator's decay rate during pulses and waits, in 1/ns.

        Args:
            experiment: the experiment file's content.
        """
        return angular_from_mhz(experiment.resonator.linewidth_MHz)

    def needs(self, experiment: Experiment) -> Needs:
        """Return the time that it takes and the photons that it loses, 1 - exp(-kappa t).

        Args:
            experiment: the experiment file's content.
        """
        before, pulse = self.lengths_ns(experiment)
        own = angular_from_mhz(experiment.resonator.linewidth_MHz)
        return Needs(
            before, pulse, 1 - exp(-own * before - self.pulse_linewidth(experiment) * pulse)
        )


def exchange_times(experiment: Experiment) -> FloatArray:
    """Return the times tau as played, in ns, (K,): of exchange, swap, wait or displacement.

    Args:
        experiment: the experiment file's content.
    """
    return experiment.drive.played_ns(asked_exchange_times(experiment))


def asked_exchange_times(experiment: Experiment) -> FloatArray:
    """Return the times tau that the file asks for, evenly spaced from 0, in ns, (K,).

    Args:
        experiment: the experiment file's content.
    """
    return np.linspace(0.0, experiment.vacuum.stop_ns, experiment.vacuum.points)
