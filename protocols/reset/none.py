"""No reset: `laboratory.idle_us` must be what equilibrium takes, and the charging starts there."""

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.reset.method import ResetMethod, Step, two_levels


class NoReset(ResetMethod):
    """Transmon and resonator are in equilibrium."""

    resets = False

    def sequence(self, experiment: Experiment) -> tuple[Step, ...]:
        """Return no step.

        Args:
            experiment: the experiment file's content.
        """
        return ()

    def duration_ns(self, experiment: Experiment) -> float:
        """Return 0.

        Args:
            experiment: the experiment file's content.
        """
        return 0.0

    def resonator_wait_ns(self, experiment: Experiment) -> None:
        """Return None: nothing of the previous run is left.

        Args:
            experiment: the experiment file's content.
        """

    def levels(self, experiment: Experiment) -> FloatArray:
        """Return the populations of equilibrium, (3,).

        Args:
            experiment: the experiment file's content.
        """
        excited = experiment.transmon.excited_population
        return two_levels(excited)


METHOD = NoReset()
