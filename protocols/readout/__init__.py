"""From levels to IQ points to outcomes."""

from protocols.readout.assignment import (
    AssignmentErrors,
    assignment_errors,
    ideal_discriminator,
    is_dispersive,
    reading_probabilities,
    readout_ns,
)

__all__ = [
    "AssignmentErrors",
    "assignment_errors",
    "ideal_discriminator",
    "is_dispersive",
    "reading_probabilities",
    "readout_ns",
]
