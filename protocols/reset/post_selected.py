"""Post-selection: a first measurement, and only repetitions that read 0 count.

From equilibrium with level 1 at p, a reading of 0 leaves p P(0|1) / (p P(0|1) + (1 - p) P(0|0)).
T1 acts from that measurement on, for `reset.latency_ns` and while the resonator empties. What reads
1 is thrown away, and its time is lost.
"""

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.readout import assignment_errors
from protocols.reset.method import WAITS, HistoryRow, ResetMethod, Step, relaxed, two_levels


class PostSelected(ResetMethod):
    """A measurement of which only the outcome 0 counts."""

    own_keys = ("reset.latency_ns", *WAITS)

    in_sequence = False

    def sequence(self, experiment: Experiment) -> tuple[Step, ...]:
        """Return the measurement's time.

        Args:
            experiment: the experiment file's content.
        """
        return (Step(experiment.reset.latency_ns),)

    def duration_ns(self, experiment: Experiment) -> float:
        """Return the measurement's time and the resonator's wait, in ns.

        Args:
            experiment: the experiment file's content.
        """
        return experiment.reset.latency_ns + experiment.reset.resonator_wait_ns

    def kept(self, experiment: Experiment) -> float:
        """Return how often 0 is read first.

        Args:
            experiment: the experiment file's content.
        """
        excited, errors = experiment.transmon.excited_population, assignment_errors(experiment)
        return float((1 - excited) * (1 - errors.p1_given_0) + excited * errors.p0_given_1)

    def levels(self, experiment: Experiment) -> FloatArray:
        """Return the populations when the charging starts, (3,).

        Args:
            experiment: the experiment file's content.
        """
        excited = self.history(experiment)[-1].residual_excitation
        return two_levels(excited)

    def history(self, experiment: Experiment, rounds: int | None = None) -> list[HistoryRow]:
        """Return equilibrium, what a reading of 0 leaves, and that after latency and wait.

        Args:
            experiment: the experiment file's content.
            rounds: not used.
        """
        before = experiment.transmon.excited_population
        wrong = assignment_errors(experiment).p0_given_1
        left = before * wrong / self.kept(experiment)
        latency, whole = experiment.reset.latency_ns, self.duration_ns(experiment)
        times = (0.0, latency, whole)
        later = [relaxed(left, time, experiment) for time in times]
        return [
            HistoryRow(None, 0.0, before, 0.0),
            *(HistoryRow(None, time, one, 0.0) for time, one in zip(times, later, strict=True)),
        ]

    def note(self, experiment: Experiment, history: list[HistoryRow]) -> str:
        """Say which share of the repetitions counts.

        Args:
            experiment: the experiment file's content.
            history: what is left, from `history`.
        """
        return f"{self.kept(experiment):.1%} of the repetitions read 0 first and count"


METHOD = PostSelected()
