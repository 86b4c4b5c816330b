"""The plain readout: assignment errors as the experiment file states them."""

from cqed_battery.experiment import Experiment
from protocols.readout.model import AssignmentErrors, ReadoutModel


class Plain(ReadoutModel):
    """Outcomes without IQ points."""

    errors_in_file = True

    def assignment_errors(self, experiment: Experiment) -> AssignmentErrors:
        """Return the errors of the section `readout`.

        Args:
            experiment: the experiment file's content.
        """
        readout = experiment.readout
        return AssignmentErrors(readout.p1_given_0, readout.p0_given_1, readout.leaked_reads_1)

    def duration_ns(self, experiment: Experiment) -> float:
        """Return `laboratory.readout_ns`.

        Args:
            experiment: the experiment file's content.
        """
        return experiment.laboratory.readout_ns

    def probe(self, experiment: Experiment) -> None:
        """Return None: there are no IQ points.

        Args:
            experiment: the experiment file's content.
        """


METHOD = Plain()
