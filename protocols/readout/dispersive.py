"""The dispersive readout: errors that follow from the resonator's pointer states and from jumps."""

from functools import lru_cache

from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from protocols.readout.assignment import ideal_discriminator, reading_probabilities
from protocols.readout.model import AssignmentErrors, ReadoutModel
from protocols.readout.pointer_states import Probe, probe_of

_LEAST_CONTRAST = 0.01  # below it, dividing by the contrast makes every error a hundred times worse


class DispersiveReadout(ReadoutModel):
    """An IQ point for each shot, and a line that tells 1 from 0."""

    own_keys = tuple(
        f"dispersive.{key}" for key in Experiment.sections()["dispersive"].model_fields
    )
    errors_in_file = False

    def assignment_errors(self, experiment: Experiment) -> AssignmentErrors:
        """Return the errors of the ideal discriminator.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: the readout does not tell level 1 from 0.
        """
        return _errors(probe_of(experiment))

    def parts_ns(self, experiment: Experiment) -> tuple[float, float, float]:
        """Return delay, ring-up before the integration, and integration, in ns.

        Args:
            experiment: the experiment file's content.
        """
        section = experiment.dispersive
        return section.delay_ns, section.start_ns, section.integration_ns

    def probe(self, experiment: Experiment) -> Probe:
        """Return the probe of the readout resonator.

        Args:
            experiment: the experiment file's content.
        """
        return probe_of(experiment)


@lru_cache(maxsize=256)
def _errors(probe: Probe) -> AssignmentErrors:
    zero, one, leaked = reading_probabilities(probe, ideal_discriminator(probe))
    contrast = one - zero
    if contrast < _LEAST_CONTRAST:
        raise ExperimentError(
            "the dispersive readout must tell level 1 from level 0, but reads 1 with probability"
            f" {zero:.3f} and {one:.3f}: raise dispersive.photons, efficiency or integration_ns,"
            " or lower dispersive.delay_ns or relaxation_factor"
        )
    return AssignmentErrors(float(zero), float(1 - one), float((leaked - zero) / contrast))


METHOD = DispersiveReadout()
