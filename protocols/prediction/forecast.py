"""How long a prediction will take on this machine, from the first nanoseconds of its charging."""

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from cqed_battery.dynamics.convergence import initial_fock_levels
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from protocols.prediction.predict import predict
from protocols.stages.charging import arms

_LONGEST_NS = 3.0  # of a trial, which then takes a fraction of a second also by an ODE solver


def expected_seconds(
    experiment: Experiment, variants: Sequence[Mapping[str, Any]]
) -> list[float] | None:
    """Return roughly how long each variant of an experiment takes to predict, in s.

    One trial takes what does not grow with the charging: pulses and imports. Two short ones of each
    variant, of one arm without pulses, give what each nanosecond adds.

    Args:
        experiment: its transmon levels a number.
        variants: changes by key, each for one prediction.

    Returns:
        As many times, all above 0; None if the trials are refused where the experiment may not be.
    """
    stop = float(experiment.charging_times_ns[-1])
    longer = min(_LONGEST_NS, stop)
    shorter = longer / 3
    levels = {
        "resonator.fock_levels": initial_fock_levels(experiment).levels,
        "extraction.unitary": "none",
        "qutrit.measured": False,
    }
    bare = {**levels, "tomography.pulse": "none", "control.enabled": False}
    try:
        fixed = _seconds(experiment, {**levels, "charging.times_ns": (shorter,)})
        found = []
        for variant in variants:
            first, second = (
                _seconds(experiment, {**bare, **variant, "charging.times_ns": (time,)})
                for time in (shorter, longer)
            )
            each_ns = max(second - first, 0.0) / max(longer - shorter, 1e-9)
            found.append(fixed + len(arms(experiment)) * each_ns * stop)
    except CqedBatteryError:
        return None
    return found


def _seconds(experiment: Experiment, changes: Mapping[str, Any]) -> float:
    begun = perf_counter()
    predict(experiment.replace(changes))
    return perf_counter() - begun
