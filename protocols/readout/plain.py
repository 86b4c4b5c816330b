"""The plain readout: assignment errors as the experiment file states them."""

from cqed_battery.experiment import Experiment
from protocols.readout.model import AssignmentErrors, ReadoutModel


class Plain(ReadoutModel):
    """Outcomes without IQ points."""

    own_keys = ("readout.p1_given_0", "readout.p0_given_1", "readout.leaked_reads_1")
    errors_in_file = True

    def assignment_errors(self, experiment: Experiment) -> AssignmentErrors:
        """Return the errors of the section `readout`.

        Args:
            experiment: the experiment file's content.
        """
        readout = experiment.readout
        return AssignmentErrors(readout.p1_given_0, readout.p0_given_1, readout.leaked_reads_1)

    def parts_ns(self, experiment: Experiment) -> tuple[float, float, float]:
        """Return 0, 0 and `laboratory.readout_ns`: all of it is recorded.

        Args:
            experiment: the experiment file's content.
        """
        return 0.0, 0.0, experiment.laboratory.readout_ns

    def probe(self, experiment: Experiment) -> None:
        """Return None: there are no IQ points.

        Args:
            experiment: the experiment file's content.
        """


METHOD = Plain()
