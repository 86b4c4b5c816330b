"""What a reset leaves, step by step: rounds of the active one, or time of the passive one."""

from dataclasses import dataclass

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.units import ns_from_us
from protocols.reset import expected_reset_levels, relaxed

_PASSIVE_STEPS = 10
MIXED = 0.5


@dataclass(frozen=True)
class ResetStep:
    """The transmon after so many rounds (none counted unless the reset is active) and so long.

    `residual_excitation` is the population of level 1, `leakage` that of level 2.
    """

    rounds: int | None
    time_ns: float
    residual_excitation: float
    leakage: float


def reset_note(experiment: Experiment, steps: list[ResetStep]) -> str | None:
    """Say so if an active reset leaves more in level 1 than equilibrium, where it began."""
    left, equilibrium = steps[-1].residual_excitation, experiment.transmon.excited_population
    if experiment.reset.kind != "active" or left <= equilibrium:
        return None
    return (
        f"the active reset leaves {left:.3g} in level 1, more than the {equilibrium:.3g} of thermal"
        " equilibrium: the bath, readout errors and flips excite more than it empties; with"
        ' reset.kind = "none" the charging would start emptier'
    )


def reset_history(experiment: Experiment, rounds: int | None = None) -> list[ResetStep]:
    """Return what the experiment's reset is expected to leave, from its beginning to its end.

    "active": after every round of the Markov chain, from equilibrium; "passive": at ten times of
    the wait, after a run that left levels 0 and 1 equally likely; "none": equilibrium.

    Args:
        experiment: its reset, readout and transmon count.
        rounds: how many rounds of an active reset, by default the experiment's.
    """
    if experiment.reset.kind == "active":
        latency = experiment.reset.latency_ns
        chain = expected_reset_levels(experiment, rounds)
        return [
            ResetStep(number, number * latency, float(one), float(two))
            for number, (_, one, two) in enumerate(chain)
        ]
    if experiment.reset.kind == "passive":
        times = np.linspace(0.0, ns_from_us(experiment.reset.wait_us), _PASSIVE_STEPS + 1)
        return [
            ResetStep(None, float(time), relaxed(MIXED, float(time), experiment), 0.0)
            for time in times
        ]
    return [ResetStep(None, 0.0, experiment.transmon.excited_population, 0.0)]
