"""What an experiment file predicts: truth at each charging time and every setting's probability.

One forward evolution per arm gives the states at all charging times; one backward evolution per
measurement gives its operator at the end of charging. Probabilities are inner products. Fock
levels are raised until the highest one stays empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cqed_battery.compute.threads import one_thread
from cqed_battery.device import Device
from cqed_battery.dynamics.convergence import (
    ConvergenceError,
    FockChoice,
    check_thermal,
    enough_levels,
    initial_fock_levels,
    raise_levels,
)
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.faults.drive_line import IDEAL, Line
from protocols.prediction.arm import ArmPrediction, at_ends
from protocols.prediction.arm_levels import LEAST_FOCK_LEVELS, Shared, arm_on_its_levels
from protocols.reset import expected_excitation, expected_leakage, remaining_photons
from protocols.resonator import check_vacuum, measurement_of
from protocols.settings.axis import driven_as, settings_of
from protocols.stages.charging import arms, charging_waveform
from protocols.stages.extraction import is_named, with_pulses

LEVEL_TOLERANCE = 1e-4  # of a Bloch component, with one transmon level more
_MOST_LEVELS = 8


@dataclass(frozen=True)
class Prediction:
    """All arms, the vacuum measurement's probabilities (2, K) or None, and the levels used.

    `vacuum_probability` is that of reading 1 before assignment errors. `experiment` is the one
    that was computed, its transmon levels chosen, and `liouvillians` the equations of motion of the
    device `actual`, by arm, which is the experiment's own unless another was given. That of the
    control, whose resonator stays nearly empty, may have fewer Fock levels. `settings` are the
    predictions of every charging setting, where these are not moments of one pulse; then what
    stands here is read off their ends, and the equation of motion is that of the last.
    """

    experiment: Experiment
    liouvillians: Mapping[str, Liouvillian]
    times: FloatArray
    arms: dict[str, ArmPrediction]
    vacuum_probability: FloatArray | None
    residual_excitation: float
    residual_leakage: float
    fock: FockChoice
    transmon_levels: int
    actual: Device
    line: Line = IDEAL
    settings: tuple["Prediction", ...] = ()

    @property
    def liouvillian(self) -> Liouvillian:
        """The equation of motion of the catalysed arm, with all Fock levels."""
        return self.liouvillians["catalysed"]

    @property
    def last(self) -> "Prediction":
        """The prediction of the last charging setting, after which the resonator is measured."""
        return self.settings[-1] if self.settings else self

    @property
    def near(self) -> Experiment:
        """The experiment with as many Fock levels as serve devices near this one."""
        levels = max(enough_levels(arm.photons) for arm in self.arms.values())
        return self.experiment.replace({"resonator.fock_levels": max(levels, LEAST_FOCK_LEVELS)})


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
    experiment = named(with_enough_levels(experiment))
    check_vacuum(experiment)
    check_thermal(remaining_photons(experiment))
    fock, left = initial_fock_levels(experiment), (residual_excitation, residual_leakage)
    settings = settings_of(experiment)
    actuals = [actual if each is experiment else driven_as(actual, each) for each in settings]
    while True:
        runs = list(_charged(experiment, settings, actuals, fock, left, line))
        top = max(float(arm.photons[:, -1].max()) for run in runs for arm in run.arms.values())
        if top < fock.limit:
            break
        fock = raise_levels(fock, top)
    fock = fock.with_top(top)
    runs = [replace(run, fock=fock) for run in runs]
    last = runs[-1]
    runs[-1] = replace(last, vacuum_probability=_vacuum(last, actuals[-1]))
    return runs[0] if experiment.axis.truncated else swept(experiment, runs, actual)


def _charged(
    experiment: Experiment,
    settings: Sequence[Experiment],
    actuals: Sequence[Device | None],
    fock: FockChoice,
    left: tuple[float, float],
    line: Line,
) -> Iterator[Prediction]:
    """Yield the prediction of each charging setting, without the vacuum measurement."""
    shared: dict[int, Shared] = {}
    for each, actual in zip(settings, actuals, strict=True):
        if experiment.axis.name == "detuning":  # which turns the frame
            shared = {}
        found, liouvillians = {}, {}
        for arm in arms(each):
            found[arm], liouvillians[arm] = arm_on_its_levels(
                each, arm, fock, left, actual, line, shared
            )
        yield Prediction(
            experiment=each,
            liouvillians=liouvillians,
            times=each.charging_times_ns,
            arms=found,
            vacuum_probability=None,
            residual_excitation=left[0],
            residual_leakage=left[1],
            fock=fock,
            transmon_levels=each.transmon.kept_levels,
            actual=actual or each.device,
            line=line,
        )


def swept(
    experiment: Experiment, settings: Sequence[Prediction], actual: Device | None = None
) -> Prediction:
    """Return the prediction of a sweep from those of its settings.

    Args:
        experiment: that sweeps something else than moments of one pulse.
        settings: predictions of `protocols.settings.axis.settings_of`, (T,).
        actual: the device, by default the experiment's own.
    """
    last = settings[-1]
    found = {name: at_ends([each.arms[name] for each in settings]) for name in last.arms}
    return replace(
        last,
        experiment=experiment,
        times=experiment.charging_times_ns,
        arms=found,
        actual=actual or experiment.device,
        settings=tuple(settings),
    )


def _vacuum(prediction: Prediction, actual: Device | None) -> FloatArray | None:
    """Return the vacuum measurement's probabilities after the catalysed arm, if there is one."""
    experiment, line = prediction.experiment, prediction.line
    if not experiment.vacuum.measured:
        return None
    end, last = prediction.arms["catalysed"].joint_states[-1], experiment.charging_times_ns[-1:]
    held = complex(line.ringing(charging_waveform(experiment, "control"), last)[0])
    method = measurement_of(experiment)
    read = method.probabilities(experiment, prediction.liouvillian, end, line, held, actual)
    return np.clip(read, 0.0, 1.0)


def read_by(prediction: Prediction, experiment: Experiment) -> Prediction:
    """Return a prediction with the resonator measured in another way; the charging stays.

    Args:
        prediction: of one pulse, on the file's own device.
        experiment: that differs in [vacuum] alone from the prediction's.

    Raises:
        ExperimentError: the device cannot serve the measurement.
    """
    check_vacuum(experiment)
    vacuum = {f"vacuum.{name}": value for name, value in experiment.vacuum}
    read = replace(prediction, experiment=prediction.experiment.replace(vacuum))
    return replace(read, vacuum_probability=_vacuum(read, None))


def named(experiment: Experiment) -> Experiment:
    """Return the experiment with the extraction pulses that its own model names optimal.

    Pulses that are named stay; where there is no extraction nothing is computed.

    Args:
        experiment: the experiment file's content.

    Raises:
        ConvergenceError: as `predict`.
    """
    if is_named(experiment):
        return experiment
    left_out = {"extraction.unitary": "none", "vacuum.method": "none", "qutrit.measured": False}
    bare = experiment.replace(left_out)
    found = predict(bare)
    return with_pulses(experiment, {name: arm.bloch for name, arm in found.arms.items()})


def with_enough_levels(experiment: Experiment) -> Experiment:
    """Return the experiment with a number of transmon levels, chosen where the file says "auto".

    Levels are added, from three, until one more changes no Bloch component of the driven,
    uncoupled transmon by more than 1e-4, before or after the tomography pulses. What is driven
    through its resonator stays coupled.

    Args:
        experiment: the experiment file's content.

    Raises:
        ConvergenceError: eight levels do not suffice.
    """
    if experiment.transmon.levels != "auto":
        return experiment
    changes: dict[str, object] = {
        "control.enabled": False,
        "vacuum.method": "none",
        "extraction.unitary": "none",
        "qutrit.measured": False,
    }
    if experiment.drive.target == "transmon":
        changes |= {
            "coupler.g_on_MHz": 0.0,
            "coupler.g_off_MHz": 0.0,
            "resonator.fock_levels": 2,
            "resonator.temperature_mK": 0.0,
            "reset.resonator_photons": 0.0,
        }
    alone = experiment.replace(changes)

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
