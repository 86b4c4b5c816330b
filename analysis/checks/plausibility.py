"""What no device gives: counts of no state, an F that is no probability, a file nobody means."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.estimators.arms.arms import ArmState
from analysis.estimators.observed import Observed
from analysis.estimators.state.bloch import states_p_value
from analysis.estimators.vacuum.fidelity import VacuumFidelity
from analysis.verdict import beyond_a_probability
from cqed_battery.experiment import Experiment
from cqed_battery.units import mhz_from_ghz
from protocols.sequence.timing import timing_notes

IMPOSSIBLE = 1e-6
"""Probability of the Bloch vectors below which no state gives them."""
_FAR = 5.0  # Rabi rates and linewidths from which a drive hardly charges
_WARN, _FAIL = 3.0, 5.0  # standard errors outside [0, 1]


def states_chance(data: Observed, found: Mapping[str, ArmState]) -> float:
    """Return how likely the counts' Bloch vectors are if all are states, by the milder reading.

    With and without the correction of the readout sequence: level 2 makes vectors longer before
    it, and a wrong correction after it.

    Args:
        data: frequencies of all settings, and the model.
        found: estimates by arm.
    """
    raw = [data.uncorrected_bloch(arm) for arm in found]
    # What the residuals show is no excuse, nor that no device was found: counts of no state are far
    # from every model.
    known = data.expected
    if known.device is not None and not known.device.fitted:
        known = replace(known, device=None)
    plain = replace(data, expected=known, discrepancy=None)
    corrected = [plain.bloch(arm, constrained=True) for arm in found]
    return max(states_p_value(raw), states_p_value(corrected))


def states(data: Observed, found: Mapping[str, ArmState]) -> dict[str, Any]:
    """Return the check that the Bloch vectors, all together, are those of states.

    Args:
        data: frequencies of all settings, and the model.
        found: estimates by arm.
    """
    chance = states_chance(data, found)
    longest = max(float(np.linalg.norm(arm.bloch.linear, axis=1).max()) for arm in found.values())
    said = "are those of states" if chance >= IMPOSSIBLE else "are longer than any state's"
    return {
        "outcome": "pass" if chance >= IMPOSSIBLE else "fail",
        "statement": f"the Bloch vectors, up to {longest:.2f} long, {said} (probability"
        f" {chance:.1g} if every one is a state)",
        "p_value": chance,
    }


def vacuum_range(vacuum: VacuumFidelity) -> dict[str, Any]:
    """Return the check that the measured F is a probability.

    Args:
        vacuum: the measured F.
    """
    sigmas = beyond_a_probability(vacuum.value, vacuum.std)
    place = f"{sigmas:.1f} sigma outside" if sigmas else "inside"
    return {
        "outcome": "fail" if sigmas > _FAIL else "warn" if sigmas > _WARN else "pass",
        "statement": f"the measured F, {vacuum.value:.4f}, lies {place} [0, 1]",
        "sigmas": sigmas if np.isfinite(sigmas) else None,
    }


def plausible(experiment: Experiment) -> dict[str, Any]:
    """Return a check of the file itself: values that no laboratory means, or cannot play.

    Args:
        experiment: the experiment file's content.
    """
    found, drive, transmon = [], experiment.drive, experiment.transmon
    off = abs(mhz_from_ghz(drive.frequency_GHz - transmon.frequency_GHz))
    reach = max(drive.rabi_rate_MHz, experiment.resonator.linewidth_MHz)
    if off > _FAR * reach:
        found.append(
            f"the drive is {off:.4g} MHz from the transmon, more than {_FAR:g} Rabi rates and"
            " linewidths: is drive.frequency_GHz that of this transmon?"
        )
    coupler, resonator = experiment.coupler, experiment.resonator
    off = abs(mhz_from_ghz(resonator.frequency_GHz - transmon.frequency_GHz))
    reach = max(reach, coupler.g_on_MHz)
    if off > _FAR * reach:
        found.append(
            f"the resonator is {off:.4g} MHz from the transmon, more than {_FAR:g} couplings, Rabi"
            " rates and linewidths: is resonator.frequency_GHz meant?"
        )
    if transmon.levels != 2 and transmon.anharmonicity_GHz > 0:
        found.append(
            f"transmon.anharmonicity_GHz is {transmon.anharmonicity_GHz:g}, and a transmon's is"
            " below 0"
        )
    period, times = 1 / drive.clock_GHz, experiment.charging_times_ns
    short = times[(times > 0) & (times < period * (1 - 1e-9))]
    if short.size:
        found.append(
            f"the charging time {short[0]:g} ns is shorter than one sample of the waveform"
            f" generator, {period:g} ns: raise drive.clock_GHz or leave it out"
        )
    said = found or ["the file's drive, transmon and times fit together"]
    return {
        "outcome": "warn" if found else "pass",
        "statement": "; ".join([*said, *timing_notes(experiment)]),
    }
