"""Reset before charging: what it leaves of excitation and photons, one file a method."""

from typing import get_args

from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.experiment.sections.reset import Reset
from protocols.registry import Registry
from protocols.reset.method import HistoryRow, ResetMethod

__all__ = [
    "RESETS",
    "HistoryRow",
    "ResetMethod",
    "check_kept",
    "check_reset",
    "expected_excitation",
    "expected_leakage",
    "remaining_photons",
    "reset_of",
]

RESETS: Registry[ResetMethod] = Registry(
    "reset.kind", __name__, get_args(Reset.model_fields["kind"].annotation)
)
"""The reset methods by `reset.kind`."""
_WITH_LEAKAGE = 3  # levels


def reset_of(experiment: Experiment) -> ResetMethod:
    """Return the method of an experiment's reset.

    Args:
        experiment: the experiment file's content.
    """
    return RESETS[experiment.reset.kind]


def expected_excitation(experiment: Experiment) -> float:
    """Return the transmon's excitation from which the charging is expected to start.

    What the reset leaves, unless another is prepared (`reset.initial_excitation`).

    Args:
        experiment: the experiment file's content.
    """
    prepared, left = experiment.reset.initial_excitation, reset_of(experiment).levels(experiment)
    return float(left[1]) if prepared is None else min(prepared, 1.0 - float(left[2]))


def expected_leakage(experiment: Experiment) -> float:
    """Return the population of level 2 from which the charging is expected to start.

    Args:
        experiment: the experiment file's content.
    """
    return float(reset_of(experiment).levels(experiment)[2])


def check_reset(experiment: Experiment) -> None:
    """Refuse a reset that the device cannot serve.

    Args:
        experiment: the experiment file's content, its transmon levels a number.

    Raises:
        ExperimentError: says what the reset needs.
    """
    check_kept(experiment.transmon.kept_levels, expected_leakage(experiment))


def check_kept(levels: int, leakage: float) -> None:
    """Refuse a population of level 2 that is not kept.

    Args:
        levels: of the transmon.
        leakage: population of level 2 before the charging.

    Raises:
        ExperimentError: there is some, and no level 2.
    """
    if leakage and levels < _WITH_LEAKAGE:
        raise ExperimentError(
            f"transmon.levels must be at least {_WITH_LEAKAGE} with a reset that leaves"
            f" {leakage:.3g} in level 2, but is {levels}: keep {_WITH_LEAKAGE}, or choose a reset"
            " that leaves none there (reset.kind, reset.leakage_per_flip)"
        )


def remaining_photons(experiment: Experiment) -> float:
    """Return the resonator's mean photons when the charging is expected to start.

    Args:
        experiment: the experiment file's content.
    """
    return reset_of(experiment).photons(experiment)
