"""The vacuum fidelity of the resonator, measured through the transmon alone."""

from protocols.resonator.methods import (
    COUNTED,
    METHODS,
    PULSES,
    check_vacuum,
    displacements,
    exchange_times,
    needs,
    photon_response,
    vacuum_durations,
    vacuum_effects,
    vacuum_probabilities,
)

__all__ = [
    "COUNTED",
    "METHODS",
    "PULSES",
    "check_vacuum",
    "displacements",
    "exchange_times",
    "needs",
    "photon_response",
    "vacuum_durations",
    "vacuum_effects",
    "vacuum_probabilities",
]
