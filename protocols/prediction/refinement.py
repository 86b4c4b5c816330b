"""Is the discretisation fine enough? Refine it, one kind at a time, and see what changes.

`refinements` lists what each finer calculation changes in z, x, J and F.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqed_battery.dynamics.convergence import initial_fock_levels
from cqed_battery.experiment import Experiment
from cqed_battery.progress import Progress, stages
from cqed_battery.units import hours_from_seconds, show_hours
from protocols.prediction.forecast import expected_seconds
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
    experiment: Experiment,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
) -> Iterator[Refinement]:
    """Yield what each refinement of the calculation changes, as soon as it is known.

    More Fock levels, one more transmon level, a finer clock, a finer tolerance, an ODE solver
    in place of the exponential, and the laboratory frame in place of the rotating-wave
    approximation (its micromotion of about Rabi rate / (4 f_d) included), there without and with
    what the coupling holds that rotates against the drive.

    Args:
        experiment: the experiment file's content.
        progress: called as progress(done, total, what); the pieces are of about the same time.
        note: called once, before anything is computed, with how long it is expected to take.

    Raises:
        ConvergenceError: a finer calculation cannot be trusted.
    """
    left_out = {
        "vacuum.method": "none",
        "extraction.unitary": "none",
        "qutrit.measured": False,
    }
    experiment = with_enough_levels(experiment).replace(left_out)
    guess = _steps(experiment, initial_fock_levels(experiment).levels)
    seconds = expected_seconds(experiment, [{}, *(step.changes for step in guess)])
    if note is not None:
        note(_forecast(guess, seconds))
    first, *others = stages(progress, seconds or [1.0] * (1 + len(guess)))
    first(0, 1, "as the file says")
    base = predict(experiment)
    for stage, step in zip(others, _steps(experiment, base.fock.levels), strict=False):
        stage(0, 1, step.kind)
        finer = predict(experiment.replace(step.changes))
        stage(1, 1, step.kind)
        changes = _largest_changes(experiment, base, finer)
        yield Refinement(step.kind, step.before, step.after, *changes)


@dataclass(frozen=True)
class _Step:
    """One finer calculation: which kind, from what to what, and the keys that change."""

    kind: str
    before: str
    after: str
    changes: dict[str, Any]


def _steps(experiment: Experiment, fock: int) -> list[_Step]:
    """Return the refinements that there are, from so many Fock levels."""
    levels = experiment.transmon.kept_levels
    clock, tolerance = experiment.drive.clock_GHz, experiment.simulation.tolerance
    finest = max(tolerance / 1000, 1e-14)
    more_fock, more_levels, faster = min(fock + 6, 400), min(levels + 1, 10), min(4 * clock, 100.0)
    method, frame = experiment.simulation.method, experiment.simulation.frame
    lab = {"simulation.frame": "lab"}
    coupling = "full" if experiment.simulation.counter_rotating else "RWA"
    steps = [
        _Step("Fock levels", f"{fock}", f"{more_fock}", {"resonator.fock_levels": more_fock}),
        _Step("transmon levels", f"{levels}", f"{more_levels}", {"transmon.levels": more_levels}),
        _Step("clock", f"{clock:g} GHz", f"{faster:g} GHz", _faster_clock(experiment, faster)),
        _Step("tolerance", f"{tolerance:.0e}", f"{finest:.0e}", {"simulation.tolerance": finest}),
        _Step("solver", method, "DOP853", {"simulation.method": "DOP853"}),
        _Step("frame", frame, "lab", lab),
        _Step("coupling", coupling, "full", {**lab, "simulation.counter_rotating": True}),
    ]
    # Nothing to refine, or minutes for what the rotating frame shows in seconds.
    idle = [step.before == step.after or (step.kind, frame) == ("solver", "lab") for step in steps]
    return [step for step, left_out in zip(steps, idle, strict=True) if not left_out]


def _faster_clock(experiment: Experiment, clock: float) -> dict[str, Any]:
    """Return the changes for a faster clock that leave the charging times as they are played."""
    changes: dict[str, Any] = {"drive.clock_GHz": clock}
    if experiment.drive.timing == "clock":
        times = tuple(experiment.charging_times_ns.tolist())
        changes |= {"drive.timing": "exact", "charging.times_ns": times}
    return changes


def _forecast(steps: Sequence[_Step], seconds: Sequence[float] | None) -> str:
    if seconds is None:
        return "how long it takes cannot be said beforehand"
    longest = max(range(1, len(seconds)), key=seconds.__getitem__)
    whole, part = (show_hours(hours_from_seconds(s)) for s in (sum(seconds), seconds[longest]))
    return f"expected to take about {whole}, of which {part} for the {steps[longest - 1].kind}"


def _largest_changes(
    experiment: Experiment, base: Prediction, finer: Prediction
) -> tuple[float, float, float, float]:
    found = np.zeros(4)
    for arm in base.arms:
        coarse = arm_truth(experiment, base, arm)
        fine = arm_truth(experiment, finer, arm)
        differences = (
            (coarse["bloch"] - fine["bloch"])[:, 2],
            (coarse["bloch"] - fine["bloch"])[:, 0],
            coarse["heat_current"] - fine["heat_current"],
            coarse["vacuum_fidelity"] - fine["vacuum_fidelity"],
        )
        found = np.maximum(found, [float(np.abs(change).max()) for change in differences])
    return float(found[0]), float(found[1]), float(found[2]), float(found[3])
