"""Passive reset: wait until transmon and resonator have relaxed."""

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import ns_from_us
from protocols.reset.method import WAITS, HistoryRow, ResetMethod, Step, relaxed, two_levels

MIXED = 0.5  # excitation when the wait begins: levels 0 and 1 equally likely after any run
_INTERVALS = 10  # of the wait, that the history shows


class Passive(ResetMethod):
    """A wait, after a run that left levels 0 and 1 equally likely."""

    own_keys = ("reset.wait_us", *WAITS)

    def sequence(self, experiment: Experiment) -> tuple[Step, ...]:
        """Return the transmon's wait.

        Args:
            experiment: the experiment file's content.
        """
        return (Step(ns_from_us(experiment.reset.wait_us)),)

    def duration_ns(self, experiment: Experiment) -> float:
        """Return the longer of the transmon's and the resonator's wait, in ns.

        Args:
            experiment: the experiment file's content.
        """
        return self.resonator_wait_ns(experiment)

    def resonator_wait_ns(self, experiment: Experiment) -> float:
        """Return the longer of both waits, in ns.

        Args:
            experiment: the experiment file's content.
        """
        reset = experiment.reset
        return max(reset.resonator_wait_ns, ns_from_us(reset.wait_us))

    def levels(self, experiment: Experiment) -> FloatArray:
        """Return the populations after the wait, (3,).

        Args:
            experiment: the experiment file's content.
        """
        excited = self.history(experiment)[-1].residual_excitation
        return two_levels(excited)

    def history(self, experiment: Experiment, rounds: int | None = None) -> list[HistoryRow]:
        """Return the relaxation at ten times of the wait.

        Args:
            experiment: the experiment file's content.
            rounds: not used; a wait has none.
        """
        times = np.linspace(0.0, ns_from_us(experiment.reset.wait_us), _INTERVALS + 1)
        return [
            HistoryRow(None, float(time), relaxed(MIXED, float(time), experiment), 0.0)
            for time in times
        ]


METHOD = Passive()
