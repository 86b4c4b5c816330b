"""The truths of a coverage study, and what the analysis assumes: right, wrong and null models."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from analysis.estimators.global_fit.parameters import (
    COUPLING,
    DEPHASING,
    LINEWIDTH,
    PHASE,
    RABI,
    RESONATOR_DETUNING,
    TRANSMON_DETUNING,
)
from cqed_battery.experiment import Experiment

Kind = Literal["right", "wrong", "null"]

# Sizes of what the wrong models ignore: chosen for this study, not measured on a device.
RISE_NS = 3.0
DETUNING_MHZ = 5.0
# Standard deviations of the random devices about the file's: chosen likewise.
_SPREAD = 0.2  # relative, of a random device's rates
_DETUNED = 2.0  # MHz, of a random device's detunings
_TURNED = 0.05  # rad, of a random device's phase


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A truth and what the analysis assumes, as experiment files' texts.

    truth: the file whose device gives the counts. assumed: the file that the
    analysis reads.
    detunings: (parameter, MHz) of the true device, its waveforms staying those of the file.
    held: parameters that the global fit does not free. window: the file whose model says over
    which times J < 0 is looked for.
    """

    name: str
    kind: Kind
    truth: str
    assumed: str
    detunings: tuple[tuple[str, float], ...] = ()
    held: tuple[str, ...] = ()
    window: str = ""


def default_scenarios(experiment: Experiment, devices: int, seed: int) -> tuple[Scenario, ...]:
    """Return the file's device, random devices near it, three wrong models and a null run."""
    return (
        this_device(experiment),
        *(random_device(experiment, number, seed) for number in range(1, devices + 1)),
        two_levels(experiment),
        ignored_rise(experiment),
        ignored_detuning(experiment),
        null_run(experiment),
    )


def this_device(experiment: Experiment) -> Scenario:
    """Return the experiment file's own device, and the right model of it."""
    text = experiment.to_toml(comments=False)
    return Scenario(name="this device", kind="right", truth=text, assumed=text)


def random_device(experiment: Experiment, number: int, seed: int) -> Scenario:
    """Return a device with rates 20 % and detunings 2 MHz about the file's, drawn from the seed."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, number)))
    near = np.exp(_SPREAD * rng.standard_normal(4))
    found = {
        COUPLING: experiment.coupler.g_on_MHz * near[0],
        RABI: experiment.drive.rabi_rate_MHz * near[1],
        LINEWIDTH: experiment.resonator.linewidth_MHz * near[2],
        DEPHASING: experiment.transmon.dephasing_rate_MHz * near[3],
        PHASE: experiment.drive.phase_rad + _TURNED * rng.standard_normal(),
    }
    text = experiment.replace({k: float(v) for k, v in found.items()}).to_toml(comments=False)
    shifts = _DETUNED * rng.standard_normal(2)
    names = (TRANSMON_DETUNING, RESONATOR_DETUNING)
    detunings = tuple((name, float(shift)) for name, shift in zip(names, shifts, strict=True))
    name = f"random device {number}"
    return Scenario(name=name, kind="right", truth=text, assumed=text, detunings=detunings)


def two_levels(experiment: Experiment) -> Scenario:
    """Return data of a transmon with three levels or more, analysed with two."""
    changes: dict[str, Any] = {}
    if experiment.transmon.levels == 2:
        changes["transmon.levels"] = 3
    return _wrong("two levels", experiment, changes, {"transmon.levels": 2})


def ignored_rise(experiment: Experiment) -> Scenario:
    """Return data of a drive that rises in 3 ns, analysed as a step."""
    changes = {"drive.rise_ns": RISE_NS}
    return _wrong("ignored 3 ns rise", experiment, changes, {"drive.rise_ns": 0.0})


def ignored_detuning(experiment: Experiment) -> Scenario:
    """Return data of a transmon 5 MHz off, analysed with its detunings held at zero."""
    text = experiment.to_toml(comments=False)
    return Scenario(
        name="ignored 5 MHz detuning",
        kind="wrong",
        truth=text,
        assumed=text,
        detunings=((TRANSMON_DETUNING, DETUNING_MHZ),),
        held=(TRANSMON_DETUNING, RESONATOR_DETUNING),
    )


def null_run(experiment: Experiment) -> Scenario:
    """Return data without any coupling, where no heat can leave through the resonator."""
    text = experiment.replace({COUPLING: 0.0}).to_toml(comments=False)
    window = experiment.to_toml(comments=False)
    return Scenario(name="no coupling", kind="null", truth=text, assumed=text, window=window)


def _wrong(
    name: str, experiment: Experiment, truth: dict[str, Any], assumed: dict[str, Any]
) -> Scenario:
    return Scenario(
        name=name,
        kind="wrong",
        truth=experiment.replace(truth).to_toml(comments=False),
        assumed=experiment.replace(assumed).to_toml(comments=False),
    )
