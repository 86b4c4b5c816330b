"""The fitted device as an experiment file, for the next run."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

from analysis.estimators.global_fit.model.described import STRETCHED
from analysis.estimators.global_fit.model.felt import compression
from analysis.estimators.global_fit.model.parameters import (
    COMPRESSION,
    COUPLING,
    DELAY,
    DEPHASING,
    DRAG,
    FLUX,
    FREQUENCY_DRIFT,
    LINEWIDTH,
    NOISE,
    P0_GIVEN_1,
    P1_GIVEN_0,
    PHASE,
    PULSE_AMPLITUDE,
    PULSE_PHASE,
    RABI,
    RABI_DRIFT,
    READOUT_DRIFT,
    RESONATOR_DETUNING,
    SETTLING,
    T1,
    TRANSMON_DETUNING,
)
from analysis.results import Results
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment, ExperimentLike, as_experiment
from cqed_battery.units import ghz_from_mhz, mhz_from_angular
from protocols.readout import readout_of
from protocols.stages.bias import control_idles

_OWN = (COUPLING, RABI, PHASE, LINEWIDTH, DEPHASING, T1, DRAG, *FLUX)
_FREQUENCIES = {
    TRANSMON_DETUNING: "transmon.frequency_GHz",
    RESONATOR_DETUNING: "resonator.frequency_GHz",
}
_FAULTS = (PULSE_AMPLITUDE, PULSE_PHASE, DELAY, RABI_DRIFT, FREQUENCY_DRIFT, READOUT_DRIFT)
_SEEN = 2.0  # standard errors from which what cannot be negative is taken for there
_NARROWEST_MHZ = 5.0  # bandwidth that a file admits


def fitted_experiment(experiment: ExperimentLike, results: Results) -> Experiment:
    """Return the experiment with the fitted device, pulses and line in place of its own.

    Device, drive and readout take the fitted values; what was off of pulses, line, noise and drifts
    stands in the section `faults`, so an emulation of it is this laboratory. What the reset leaves
    has no key of its own and stays.

    Args:
        experiment: that was run, or the path of its file.
        results: of its counts, with a fit that describes them.

    Raises:
        CqedBatteryError: the results hold no such fit.
    """
    file, fit = as_experiment(experiment), results.global_fit
    if fit is None or not fit.parameters:
        raise CqedBatteryError(
            "the results hold no fitted device: analyse the counts with analysis.global_fit = true"
        )
    if fit.outcome != "pass":
        raise CqedBatteryError(
            "no device describes these counts, so there is none to write: look at the checks"
        )
    values = {name: float(found.value) for name, found in fit.parameters.items()}
    own = file.transmon.frequency_noise_MHz**2
    known = {SETTLING: values.get(SETTLING, 0.0), NOISE: values.get(NOISE, own)}
    for name in known:
        if name in fit.parameters and known[name] < _SEEN * float(fit.parameters[name].std):
            known[name] = 0.0
    return file.replace(_changes(file, values, known))


def _changes(
    file: Experiment, values: Mapping[str, float], seen: Mapping[str, float]
) -> dict[str, Any]:
    found: dict[str, Any] = {name: values[name] for name in _OWN if name in values}
    found["drive.frequency_GHz"] = file.drive.frequency_GHz  # also where a detuning stands for it
    for name, key in _FREQUENCIES.items():
        section, _, part = key.partition(".")
        own = getattr(getattr(file, section), part)
        found[key] = own + ghz_from_mhz(values.get(name, 0.0))
    if readout_of(file).errors_in_file:
        found |= {name: values[name] for name in (P1_GIVEN_0, P0_GIVEN_1) if name in values}
    found |= {f"faults.{name}": values[name] for name in _FAULTS if name in values}
    if FLUX[0] in found and control_idles(file):
        found[FLUX[1]] = found[FLUX[0]]
    for name, key in STRETCHED.items():
        if off := values.get(name):
            section, _, part = key.partition(".")
            length = (1 + off) * getattr(getattr(file, section), part)
            found[key] = max(length, 1 / file.drive.clock_GHz)
    if (more := values.get(COMPRESSION, 0.0)) > 0:  # a line that expands has no key
        scale, saturation = compression(more, file.drive.rabi_rate_MHz)
        found["faults.rabi_rate_error"] = scale - 1
        found["faults.drive_saturation_MHz"] = saturation
    if settling := seen[SETTLING]:
        bandwidth = mhz_from_angular(1 / settling)
        found["faults.drive_bandwidth_MHz"] = max(bandwidth, _NARROWEST_MHZ)
    # The fitted spread is the whole: what the file states of it is in it.
    stated = file.transmon.frequency_noise_MHz > 0
    whole, other = ("transmon", "faults") if stated else ("faults", "transmon")
    found[f"{whole}.frequency_noise_MHz"] = sqrt(seen[NOISE])
    found[f"{other}.frequency_noise_MHz"] = 0.0
    return found
