"""The truths of a coverage study, and what the analysis assumes: right, wrong and null models."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from analysis.estimators.global_fit.model import parameters
from analysis.validation.repeats.drawn import Draw
from cqed_battery.experiment import Experiment

Kind = Literal["right", "wrong", "null", "off"]

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
    which times J < 0 is looked for. draw: how every repeat draws a device of its own that is off
    the file (`drawn.DRAWS`); None for the one true device.
    """

    name: str
    kind: Kind
    truth: str
    assumed: str
    detunings: tuple[tuple[str, float], ...] = ()
    held: tuple[str, ...] = ()
    window: str = ""
    draw: Draw | None = None


def drawn_scenario(experiment: Experiment, draw: Draw) -> Scenario:
    """Return devices off the file, a new one for every repeat, analysed with the file."""
    names = {"laboratory": "laboratory draw", "wide": "wide draw", "devices": "random devices"}
    return replace(_scenario(names[draw], "off", experiment, experiment), draw=draw)


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
    return _scenario("this device", "right", experiment, experiment)


def random_device(experiment: Experiment, number: int, seed: int) -> Scenario:
    """Return a device with rates 20 % and detunings 2 MHz about the file's, drawn from the seed."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, number)))
    near = np.exp(_SPREAD * rng.standard_normal(4))
    found = {
        parameters.COUPLING: experiment.coupler.g_on_MHz * near[0],
        parameters.RABI: experiment.drive.rabi_rate_MHz * near[1],
        parameters.LINEWIDTH: experiment.resonator.linewidth_MHz * near[2],
        parameters.DEPHASING: experiment.transmon.dephasing_rate_MHz * near[3],
        parameters.PHASE: experiment.drive.phase_rad + _TURNED * rng.standard_normal(),
    }
    device = experiment.replace({key: float(value) for key, value in found.items()})
    shifts = _DETUNED * rng.standard_normal(2)
    names = (parameters.TRANSMON_DETUNING, parameters.RESONATOR_DETUNING)
    detunings = tuple((name, float(shift)) for name, shift in zip(names, shifts, strict=True))
    scenario = _scenario(f"random device {number}", "right", device, device)
    return replace(scenario, detunings=detunings)


def two_levels(experiment: Experiment) -> Scenario:
    """Return data of a transmon with three levels or more, analysed with two."""
    two, three = (experiment.replace({"transmon.levels": levels}) for levels in (2, 3))
    truth = three if experiment.transmon.levels == 2 else experiment
    return _scenario("two levels", "wrong", truth, two)


def ignored_rise(experiment: Experiment) -> Scenario:
    """Return data of a drive that rises in 3 ns, analysed as a step."""
    risen, step = (experiment.replace({"drive.rise_ns": rise}) for rise in (RISE_NS, 0.0))
    return _scenario("ignored 3 ns rise", "wrong", risen, step)


def ignored_detuning(experiment: Experiment) -> Scenario:
    """Return data of a transmon 5 MHz off, analysed with its detunings held at zero."""
    return replace(
        _scenario("ignored 5 MHz detuning", "wrong", experiment, experiment),
        detunings=((parameters.TRANSMON_DETUNING, DETUNING_MHZ),),
        held=(parameters.TRANSMON_DETUNING, parameters.RESONATOR_DETUNING),
    )


def null_run(experiment: Experiment) -> Scenario:
    """Return data without any coupling, where no heat can leave through the resonator."""
    closed = experiment.replace({parameters.COUPLING: 0.0})
    window = experiment.to_toml(comments=False)
    return replace(_scenario("no coupling", "null", closed, closed), window=window)


def _scenario(name: str, kind: Kind, truth: Experiment, assumed: Experiment) -> Scenario:
    true, known = (found.to_toml(comments=False) for found in (truth, assumed))
    return Scenario(name=name, kind=kind, truth=true, assumed=known)
