"""An arm on as many Fock levels as it needs: the control's resonator stays nearly empty."""

from cqed_battery.device import Device
from cqed_battery.dynamics.convergence import FockChoice, fewer_levels, is_unfelt
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.experiment import Experiment
from protocols.faults.drive_line import Line
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.arm_pass import predict_arm
from protocols.reset import remaining_photons
from protocols.stages.bias import control_reach
from protocols.stages.effects import Effects

LEAST_FOCK_LEVELS = 2
"""Fewer hold no photon."""

Shared = tuple[Liouvillian, Effects]
"""What arms and settings share that have as many Fock levels."""


def arm_on_its_levels(
    experiment: Experiment,
    arm: str,
    fock: FockChoice,
    left: tuple[float, float],
    actual: Device | None,
    line: Line,
    shared: dict[int, Shared],
) -> tuple[ArmPrediction, Liouvillian]:
    """Return one arm and its equation of motion; the control's on as many levels as it needs.

    Args:
        experiment: one charging setting, its transmon levels a number.
        arm: "catalysed" or "control".
        fock: the Fock levels of the catalysed arm, the most that there are.
        left: populations of levels 1 and 2 before charging.
        actual: the device whose equation of motion is solved; by default the experiment's.
        line: the drive line that the charging drive passes.
        shared: by number of levels; what is missing is added.

    Raises:
        ConvergenceError: as `predict_arm`.
    """
    device, levels = actual or experiment.device, _first_levels(experiment, arm, fock.levels)
    while True:
        if levels not in shared:
            liouvillian = Liouvillian(rotating_frame(device, levels))
            wider = shared[fock.levels][1] if fock.levels in shared else None
            shared[levels] = liouvillian, Effects(experiment, liouvillian, line, wider)
        liouvillian, effects = shared[levels]
        found = predict_arm(
            experiment, liouvillian, arm, *left, effects=effects, actual=actual, line=line
        )
        if levels == fock.levels or is_unfelt(found.photons):
            return found.widened(fock.levels), liouvillian
        levels = min(levels + 2, fock.levels)


def _first_levels(experiment: Experiment, arm: str, most: int) -> int:
    """Return how many Fock levels an arm is first tried with."""
    if arm == "catalysed" or experiment.drive.target != "transmon":
        return most
    needed = fewer_levels(control_reach(experiment), remaining_photons(experiment))
    return min(max(needed, LEAST_FOCK_LEVELS), most)
