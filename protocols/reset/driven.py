"""What resets by drives have in common: the master equation of transmon and resonator under them.

The frame turns with every tone, so nothing but the drives' terms is left of the Hamiltonian; losses
and baths are those of the device.
"""

from abc import abstractmethod
from functools import lru_cache
from typing import ClassVar

import numpy as np

from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, SparseMatrix, lowering, on_transmon
from cqed_battery.theory.master import evolve, lindblad
from cqed_battery.units import angular_from_ghz, angular_from_mhz, ns_from_us
from protocols.reset.method import WAITS, HistoryRow, ResetMethod, Step
from protocols.reset.passive import MIXED

_STEPS = 10  # of the drives, that the history shows
_RELATIVE_STEP = 1e-3  # of the linewidth, for the slope of the photons


class DrivenReset(ResetMethod):
    """The drives are on for `reset.drive_us`, then the resonator empties.

    They begin after a run that left levels 0 and 1 equally likely, with the resonator in
    equilibrium: `laboratory.idle_us` must be what its photons take to leave.
    """

    own_keys: ClassVar[tuple[str, ...]] = ("reset.drive_us", *WAITS)

    in_sequence = False

    def sequence(self, experiment: Experiment) -> tuple[Step, ...]:
        """Return the drives' time.

        Args:
            experiment: the experiment file's content.
        """
        return (Step(ns_from_us(experiment.reset.drive_us)),)

    def duration_ns(self, experiment: Experiment) -> float:
        """Return the drives' time and the resonator's wait, in ns.

        Args:
            experiment: the experiment file's content.
        """
        return ns_from_us(experiment.reset.drive_us) + experiment.reset.resonator_wait_ns

    @abstractmethod
    def sizes(self, experiment: Experiment) -> tuple[int, int]:
        """Return how many levels of transmon and resonator are followed.

        Args:
            experiment: the experiment file's content.
        """

    @abstractmethod
    def hamiltonian(self, experiment: Experiment) -> SparseMatrix:
        """Return the drives' Hamiltonian in their frame, (D, D), in rad/ns.

        Args:
            experiment: the experiment file's content.
        """

    def check(self, experiment: Experiment) -> None:
        """Refuse a device on which the drives do not reset.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: says what it needs.
        """

    def states(self, experiment: Experiment) -> tuple[FloatArray, ComplexArray]:
        """Return times in ns, (S,), and the joint states under the drives, (S, D, D).

        Args:
            experiment: the experiment file's content.
        """
        self.check(experiment)
        times = np.linspace(0.0, ns_from_us(experiment.reset.drive_us), _STEPS + 1)
        return times, _evolved(self, experiment)

    def driven(self, experiment: Experiment) -> tuple[FloatArray, float]:
        """Return the populations of levels 0, 1 and 2, (3,), and the photons when drives end.

        Args:
            experiment: the experiment file's content.
        """
        levels, fock = self.sizes(experiment)
        _, states = self.states(experiment)
        diagonal = states[-1].diagonal().real.reshape(levels, fock)
        populations = np.zeros(3)
        populations[:levels] = diagonal.sum(axis=1)
        return populations, float(diagonal.sum(axis=0) @ np.arange(fock))

    def levels(self, experiment: Experiment) -> FloatArray:
        """Return the populations when the charging starts, (3,): T1 acts as the resonator empties.

        Args:
            experiment: the experiment file's content.
        """
        from protocols.reset.active import latency_matrix

        left, _ = self.driven(experiment)
        return np.asarray(left @ latency_matrix(experiment, experiment.reset.resonator_wait_ns))

    def history(self, experiment: Experiment, rounds: int | None = None) -> list[HistoryRow]:
        """Return what is left at ten times under the drives, and after the wait.

        Args:
            experiment: the experiment file's content.
            rounds: not used.
        """
        levels, fock = self.sizes(experiment)
        times, states = self.states(experiment)
        shape = (len(times), levels, fock)
        each = np.diagonal(states, axis1=1, axis2=2).real.reshape(shape).sum(axis=-1)
        two = each[:, 2] if levels > 2 else np.zeros(len(times))
        rows = zip(times.tolist(), each[:, 1].tolist(), two.tolist(), strict=True)
        found = [HistoryRow(None, *row) for row in rows]
        _, one, last = map(float, self.levels(experiment))
        return [*found, HistoryRow(None, self.duration_ns(experiment), one, last)]

    def _extra_photons(self, experiment: Experiment) -> tuple[float, float]:
        """Return the photons beyond the thermal ones, and how long they decayed in ns."""
        wait = experiment.reset.resonator_wait_ns
        kappa = angular_from_mhz(experiment.resonator.linewidth_MHz)
        extra = self.driven(experiment)[1] - experiment.resonator.thermal_photons
        return extra * float(np.exp(-kappa * wait)), wait

    def photons_slope(self, experiment: Experiment) -> float:
        """Return the derivative of `photons` by the linewidth, in 1/MHz.

        Args:
            experiment: the experiment file's content.
        """
        now = experiment.resonator.linewidth_MHz
        step = _RELATIVE_STEP * now
        ends = [
            self.photons(experiment.replace({"resonator.linewidth_MHz": now + way * step}))
            for way in (1, -1)
        ]
        return (ends[0] - ends[1]) / (2 * step) if step else 0.0


@lru_cache(maxsize=32)
@one_thread()
def _evolved(method: DrivenReset, experiment: Experiment) -> ComplexArray:
    """Return the joint states at eleven times under the drives, (11, D, D)."""
    levels, fock = method.sizes(experiment)
    sized = experiment.replace(
        {"transmon.levels": levels, "vacuum.method": "none", "qutrit.measured": False}
    )
    terms = rotating_frame(sized.device, fock)
    # What turns in the frame of the charging drive stands still in those of the tones.
    drive = angular_from_ghz(experiment.drive.frequency_GHz)
    still = Controls(
        g=-angular_from_mhz(experiment.coupler.fixed_MHz),
        transmon=drive - angular_from_ghz(experiment.transmon.frequency_GHz),
        resonator=drive - angular_from_ghz(experiment.resonator.frequency_GHz),
    )
    alpha = angular_from_ghz(experiment.transmon.anharmonicity_GHz)
    b = lowering(levels)
    ladder = on_transmon(alpha / 2 * (b.T @ b.T @ b @ b), fock)
    losses = Liouvillian(terms).matrix(still)
    matrix = losses + lindblad(method.hamiltonian(experiment) - ladder, [])
    photons = experiment.resonator.thermal_photons
    resonator = (photons / (1 + photons)) ** np.arange(fock)
    transmon = np.zeros(levels)
    transmon[:2] = 1 - MIXED, MIXED
    start = np.diag(np.kron(transmon, resonator / resonator.sum())).astype(complex)
    times = np.linspace(0.0, ns_from_us(experiment.reset.drive_us), _STEPS + 1)
    return evolve(matrix, start, times)
