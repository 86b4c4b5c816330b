"""What an experiment file predicts: truth at each charging time and every setting's probability.

One forward evolution per arm gives the states at all charging times; one backward evolution per
measurement gives its operator at the end of charging. Probabilities are inner products. Fock
levels are raised until the highest one stays empty.
"""

from dataclasses import dataclass

import numpy as np

from cqed_battery.compute.threads import one_thread
from cqed_battery.device import Device
from cqed_battery.dynamics.convergence import (
    ConvergenceError,
    FockChoice,
    check_thermal,
    initial_fock_levels,
    raise_levels,
)
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.charging import arms, charging_waveform
from protocols.faults.drive_line import IDEAL, Line
from protocols.prediction.arm import ArmPrediction, predict_arm
from protocols.reset import expected_excitation, expected_leakage, remaining_photons
from protocols.resonator import check_vacuum, measurement_of
from protocols.tomography import Effects

LEVEL_TOLERANCE = 1e-4  # of a Bloch component, with one transmon level more
_MOST_LEVELS = 8


@dataclass(frozen=True)
class Prediction:
    """All arms, the vacuum measurement's probabilities (2, K) or None, and the levels used.

    `vacuum_probability` is that of reading 1 before assignment errors. `experiment` is the one
    that was computed, its transmon levels chosen, and `liouvillian` the equation of motion of the
    device `actual`, which is the experiment's own unless another was given.
    """

    experiment: Experiment
    liouvillian: Liouvillian
    times: FloatArray
    arms: dict[str, ArmPrediction]
    vacuum_probability: FloatArray | None
    residual_excitation: float
    residual_leakage: float
    fock: FockChoice
    transmon_levels: int
    actual: Device
    line: Line = IDEAL


@one_thread()
def predict(
    experiment: Experiment,
    residual_excitation: float | None = None,
    residual_leakage: float | None = None,
    *,
    actual: Device | None = None,
    line: Line = IDEAL,
) -> Prediction:
    """Return truth and probabilities of every setting of an experiment.

    Args:
        experiment: what is done to which device.
        residual_excitation: of the transmon before charging; by default what the reset is
            expected to leave.
        residual_leakage: of the transmon's level 2 before charging; by default as expected.
        actual: the device whose equation of motion is solved, where it is not the one that the
            experiment (its waveforms and tuned pulses) was made for.
        line: what the drive line makes of the waveforms; nothing, by default.

    Raises:
        ConvergenceError: the state cannot be trusted (trace, positivity), or the photon number
            outgrows the largest Fock space.
        ExperimentError: the device cannot serve the vacuum measurement.
    """
    if residual_excitation is None:
        residual_excitation = expected_excitation(experiment)
    if residual_leakage is None:
        residual_leakage = expected_leakage(experiment)
    experiment = with_enough_levels(experiment)
    check_vacuum(experiment)
    check_thermal(remaining_photons(experiment))
    fock, times = initial_fock_levels(experiment), experiment.charging_times_ns
    while True:
        liouvillian = Liouvillian(rotating_frame(actual or experiment.device, fock.levels))
        effects = Effects(experiment, liouvillian, line)
        found = {
            arm: predict_arm(
                experiment,
                liouvillian,
                arm,
                residual_excitation,
                residual_leakage,
                effects=effects,
                actual=actual,
                line=line,
            )
            for arm in arms(experiment)
        }
        top = max(float(arm.photons[:, -1].max()) for arm in found.values())
        if top < fock.limit:
            break
        fock = raise_levels(fock, top)
    return Prediction(
        experiment=experiment,
        liouvillian=liouvillian,
        times=times,
        arms=found,
        vacuum_probability=_vacuum(experiment, liouvillian, found, line, actual),
        residual_excitation=residual_excitation,
        residual_leakage=residual_leakage,
        fock=fock.with_top(top),
        transmon_levels=experiment.transmon.kept_levels,
        actual=actual or experiment.device,
        line=line,
    )


def _vacuum(
    experiment: Experiment,
    liouvillian: Liouvillian,
    found: dict[str, ArmPrediction],
    line: Line,
    actual: Device | None,
) -> FloatArray | None:
    """Return the vacuum measurement's probabilities after the catalysed arm, if there is one."""
    if not experiment.vacuum.measured:
        return None
    end, last = found["catalysed"].joint_states[-1], experiment.charging_times_ns[-1:]
    held = complex(line.ringing(charging_waveform(experiment, "control"), last)[0])
    method = measurement_of(experiment)
    read = method.probabilities(experiment, liouvillian, end, line, held, actual)
    return np.clip(read, 0.0, 1.0)


def with_enough_levels(experiment: Experiment) -> Experiment:
    """Return the experiment with a number of transmon levels, chosen where the file says "auto".

    Levels are added, from three, until one more changes no Bloch component of the driven,
    uncoupled transmon by more than 1e-4, before or after the tomography pulses.

    Args:
        experiment: the experiment file's content.

    Raises:
        ConvergenceError: eight levels do not suffice.
    """
    if experiment.transmon.levels != "auto":
        return experiment
    alone = experiment.replace(
        {
            "coupler.g_on_MHz": 0.0,
            "coupler.g_off_MHz": 0.0,
            "resonator.fock_levels": 2,
            "resonator.temperature_mK": 0.0,
            "reset.resonator_photons": 0.0,
            "control.enabled": False,
            "vacuum.method": "none",
        }
    )

    def seen(levels: int) -> FloatArray:
        """Return the Bloch vectors before and after the tomography pulses, (2 T, 3)."""
        arm = predict(alone.replace({"transmon.levels": levels})).arms["catalysed"]
        return np.concatenate([arm.bloch, arm.measured_bloch])

    fewer = seen(3)
    for levels in range(3, _MOST_LEVELS + 1):
        more = seen(levels + 1)
        if float(np.abs(more - fewer).max()) < LEVEL_TOLERANCE:
            return experiment.replace({"transmon.levels": levels})
        fewer = more
    raise ConvergenceError(
        f"even {_MOST_LEVELS} transmon levels do not describe this drive to {LEVEL_TOLERANCE:g};"
        " lower drive.rabi_rate_MHz or raise the size of transmon.anharmonicity_GHz"
    )
