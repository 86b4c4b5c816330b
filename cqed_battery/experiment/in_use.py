"""Which keys of an experiment file play a part: what a page shows of it, and what it folds away.

The list of rules is closed: a key that no rule names plays a part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cqed_battery.experiment.experiment import Experiment

Rule = tuple[Callable[["Experiment"], bool], tuple[str, ...]]


def _keys(section: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{section}.{name}" for name in names)


_DISPERSIVE = (
    *("chi_MHz", "chi_leaked_MHz", "linewidth_MHz", "probe_MHz", "photons", "amplifier"),
    *("efficiency", "bandwidth_MHz", "delay_ns", "start_ns", "integration_ns", "weights"),
    *("relaxation_factor", "excitation_factor", "save_iq"),
)
_WAITS = ("active", "passive", "f0-g1", "ddrop", "post-selected")
_LONG = ("gaussian", "gaussian-drag", "flat-top", "chirp")

RULES: tuple[Rule, ...] = (
    (lambda e: e.coupler.kind == "tunable", _keys("coupler", "g_off_MHz")),
    (lambda e: e.coupler.kind == "fixed", _keys("coupler", "tuned")),
    (lambda e: e.drive.target == "both", _keys("drive", "resonator_ratio", "resonator_phase_rad")),
    (
        lambda e: e.drive.second_ratio != 0,
        _keys("drive", "second_offset_MHz", "second_phase_rad", "second_delay_ns"),
    ),
    (
        lambda e: e.readout.model == "plain",
        _keys("readout", "p1_given_0", "p0_given_1", "leaked_reads_1"),
    ),
    (lambda e: e.readout.model == "dispersive", _keys("dispersive", *_DISPERSIVE)),
    (
        lambda e: e.reset.kind == "active",
        _keys("reset", "rounds", "leakage_per_flip", "shots", "rethermalises"),
    ),
    (lambda e: e.reset.kind in ("active", "post-selected"), _keys("reset", "latency_ns")),
    (lambda e: e.reset.kind == "f0-g1", _keys("reset", "f0g1_MHz", "upper_rabi_MHz")),
    (lambda e: e.reset.kind == "ddrop", _keys("reset", "ddrop_rabi_MHz", "ddrop_photons")),
    (lambda e: e.reset.kind in ("f0-g1", "ddrop"), _keys("reset", "drive_us")),
    (lambda e: e.reset.kind == "passive", _keys("reset", "wait_us")),
    (lambda e: e.reset.kind in _WAITS, _keys("reset", "resonator_wait_ns", "resonator_photons")),
    (
        lambda e: e.charging.axis == "amplitude",
        _keys("charging", "amplitude_from", "amplitude_to"),
    ),
    (
        lambda e: e.charging.axis == "detuning",
        _keys("charging", "detuning_from_MHz", "detuning_to_MHz"),
    ),
    (lambda e: e.charging.axis in ("time", "scaled-time"), _keys("charging", "start_ns")),
    (
        lambda e: e.charging.times_ns is None,
        _keys("charging", "start_ns", "stop_ns", "points"),
    ),
    (
        lambda e: e.charging.shape in _LONG or e.charging.axis == "scaled-time",
        _keys("charging", "length_ns"),
    ),
    (lambda e: e.charging.shape == "gaussian-drag", _keys("charging", "drag_scale")),
    (lambda e: e.charging.shape == "chirp", _keys("charging", "chirp_from_MHz", "chirp_to_MHz")),
    (lambda e: e.tomography.pulse != "none", _keys("tomography", "pulse_ns")),
    (lambda e: e.vacuum.method != "none", _keys("vacuum", "shots", "stop_ns", "points")),
    (lambda e: e.vacuum.method not in ("none", "vacuum-rabi"), _keys("vacuum", "reset_ns")),
    (
        lambda e: e.vacuum.method in ("number-selective", "displaced-parity"),
        _keys("vacuum", "shift_per_photon_MHz"),
    ),
    (lambda e: e.vacuum.method == "number-selective", _keys("vacuum", "selective_pulse_ns")),
    (lambda e: e.vacuum.method == "displaced-parity", _keys("vacuum", "displacement_MHz")),
    (lambda e: e.control.kind == "detuned", _keys("control", "moved", "drive")),
    (lambda e: e.extraction.unitary != "none", _keys("extraction", "shots")),
    (lambda e: e.qutrit.measured, _keys("qutrit", "shots")),
    (lambda e: e.simulation.frame == "lab", _keys("simulation", "counter_rotating")),
    (lambda e: e.analysis.envelope == "damped-sinusoids", _keys("analysis", "max_modes")),
    (
        lambda e: e.charging.shape in ("gaussian", "gaussian-drag"),
        _keys("priors", "charging_width"),
    ),
    (lambda e: e.charging.shape == "gaussian-drag", _keys("priors", "charging_drag")),
    (lambda e: e.charging.shape == "flat-top", _keys("priors", "charging_rise")),
    (lambda e: e.coupler.kind == "fixed" or e.control.detuned, _keys("priors", "flux_pulse")),
)
"""A condition, and the keys at their defaults that play a part only where it holds."""

_FAULTS, _ORDER = "faults.", "faults.order"


def idle_keys(experiment: Experiment) -> frozenset[str]:
    """Return the keys, "section.key", that are at their defaults and play no part.

    A fault at its default is none; the order of the settings always is one.

    Args:
        experiment: the experiment file's content.
    """
    defaults = _defaults()
    values = dict(flat_keys(experiment.model_dump()))
    untouched = {key for key, value in values.items() if value == defaults[key]}
    idle = {key for plays, keys in RULES if not plays(experiment) for key in keys}
    idle |= {key for key in untouched if key.startswith(_FAULTS) and key != _ORDER}
    return frozenset(idle & untouched)


@lru_cache(maxsize=1)
def _defaults() -> dict[str, Any]:
    from cqed_battery.experiment.experiment import Experiment

    return dict(flat_keys(Experiment().model_dump()))


def flat_keys(file: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the keys of a file as "section.key", those outside the sections by name, with values.

    Args:
        file: sections as mappings.
    """
    for name, block in file.items():
        if isinstance(block, Mapping):
            yield from ((f"{name}.{key}", value) for key, value in block.items())
        else:
            yield name, block
