"""Is the discretisation fine enough? Refine it, one kind at a time, and see what changes.

`refinements` lists what each finer calculation changes in z, x, J and F.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqed_battery.experiment import Experiment
from protocols.prediction.predict import Prediction, predict, with_enough_levels
from protocols.prediction.truth import arm_truth


@dataclass(frozen=True)
class Refinement:
    """What one refinement changes at most, over arms and times: z, x, F (no unit), J (hw/ns)."""

    kind: str
    before: str
    after: str
    z: float
    x: float
    heat_current: float
    vacuum_fidelity: float


def refinements(
    experiment: Experiment, progress: Callable[[int, int, str], None] | None = None
) -> Iterator[Refinement]:
    """Yield what each refinement of the calculation changes.

    More Fock levels, one more transmon level, a finer clock, a finer tolerance, an ODE solver
    in place of the exponential, and the laboratory frame in place of the rotating-wave
    approximation (its micromotion of about Rabi rate / (4 f_d) included).

    Args:
        experiment: the experiment file's content.
        progress: called as progress(done, total, what) after each finer calculation.

    Raises:
        ConvergenceError: a finer calculation cannot be trusted.
    """
    experiment = with_enough_levels(experiment).replace({"vacuum.method": "none"})
    base = predict(experiment)
    levels, fock = experiment.transmon.kept_levels, base.fock.levels
    clock, tolerance = experiment.drive.clock_GHz, experiment.simulation.tolerance
    finest = max(tolerance / 1000, 1e-14)
    more_fock, more_levels, faster = min(fock + 6, 400), min(levels + 1, 10), min(4 * clock, 100.0)
    steps: list[tuple[str, str, str, dict[str, Any]]] = [
        ("Fock levels", f"{fock}", f"{more_fock}", {"resonator.fock_levels": more_fock}),
        ("transmon levels", f"{levels}", f"{more_levels}", {"transmon.levels": more_levels}),
        ("clock", f"{clock:g} GHz", f"{faster:g} GHz", {"drive.clock_GHz": faster}),
        ("tolerance", f"{tolerance:.0e}", f"{finest:.0e}", {"simulation.tolerance": finest}),
        ("solver", experiment.simulation.method, "DOP853", {"simulation.method": "DOP853"}),
        ("frame", experiment.simulation.frame, "lab", {"simulation.frame": "lab"}),
    ]
    for number, (kind, before, after, changes) in enumerate(steps):
        if before == after or (kind == "solver" and experiment.simulation.frame == "lab"):
            continue  # nothing to refine, or minutes for what the rotating frame shows in seconds
        finer = predict(experiment.replace(changes))
        if progress is not None:
            progress(number + 1, len(steps), kind)
        yield Refinement(kind, before, after, *_largest_changes(experiment, base, finer))


def _largest_changes(
    experiment: Experiment, base: Prediction, finer: Prediction
) -> tuple[float, float, float, float]:
    found = np.zeros(4)
    for arm in base.arms:
        coarse = arm_truth(experiment, base, base.arms[arm])
        fine = arm_truth(experiment, finer, finer.arms[arm])
        differences = (
            (coarse["bloch"] - fine["bloch"])[:, 2],
            (coarse["bloch"] - fine["bloch"])[:, 0],
            coarse["heat_current"] - fine["heat_current"],
            coarse["vacuum_fidelity"] - fine["vacuum_fidelity"],
        )
        found = np.maximum(found, [float(np.abs(change).max()) for change in differences])
    return float(found[0]), float(found[1]), float(found[2]), float(found[3])
