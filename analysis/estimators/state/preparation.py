"""How well the levels are known that the reset leaves."""

from math import hypot, sqrt

from cqed_battery.experiment import Experiment
from protocols.reset import expected_excitation

PREPARATION = "excitation of the prepared levels"
"""Cause: the reset's residual excitation, where the calibration's levels are not heralded."""

_LEAST_VARIANCE = 1e-6  # of one shot: no residual excitation is known to be none


def excitation_error(experiment: Experiment) -> float:
    """Return the standard error of the residual excitation: by the reset's shots, and its prior.

    Args:
        experiment: the experiment file's content.
    """
    excitation = expected_excitation(experiment)
    by_shots = sqrt(max(excitation * (1 - excitation), _LEAST_VARIANCE) / experiment.reset.shots)
    return hypot(by_shots, experiment.priors.residual_excitation * min(excitation, 1 - excitation))
